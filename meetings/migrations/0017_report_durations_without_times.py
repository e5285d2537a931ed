from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("meetings", "0016_workgroups_are_subjects"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportperson",
            name="without_times",
            field=models.PositiveIntegerField(default=0, help_text="Seconds for which there is a duration alone."),
        ),
    ]
