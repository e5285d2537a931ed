from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("meetings", "0017_report_durations_without_times")]

    operations = [
        migrations.AddField(
            model_name="toolreport",
            name="tool",
            field=models.CharField(
                blank=True,
                choices=[
                    ("zoom", "Zoom"),
                    ("teams", "Microsoft Teams"),
                    ("webex", "Webex"),
                    ("meet", "Google Meet"),
                    ("other", "another tool"),
                ],
                default="",
                help_text="Which tool wrote it, as staff said of a poll report.",
                max_length=5,
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="toolreport",
            name="texts",
            field=models.JSONField(
                help_text="What stands in the files, of a poll report without any name; empty once they are done with.",
                null=True,
            ),
        ),
    ]
