from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0007_profile_and_attestations"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["email"], name="member_by_email"),
        ),
    ]
