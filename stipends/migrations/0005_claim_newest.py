from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stipends", "0004_staff_rights")]

    operations = [
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["-submitted_at", "-id"], name="claim_newest"),
        ),
    ]
