from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0006_events_end_with_their_period"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["email"], name="member_by_email"),
        ),
    ]
