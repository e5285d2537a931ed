from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("privacy", "0012_guests_have_a_notice")]

    operations = [
        migrations.AddField(
            model_name="datarequest",
            name="result",
            field=models.CharField(
                "what became of it",
                blank=True,
                choices=[
                    ("done", "What you asked for is done"),
                    ("part", "Done in part, for the reason given"),
                    ("refused", "Refused, for the reason given"),
                ],
                default="",
                max_length=7,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="datarequest",
            name="recipients_told",
            field=models.BooleanField(
                "past recipients were told",
                default=False,
                help_text="Those who had the wrong data from us know the right one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="datarequest",
            constraint=models.CheckConstraint(
                condition=Q(result="") | Q(state="done", result__in=["done", "part", "refused"]),
                name="data_request_result_once_done",
            ),
        ),
    ]
