from django.db import migrations, models

import notices.models


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_calls")]

    operations = [
        migrations.AddField(
            "relay",
            "label",
            models.CharField(
                blank=True,
                default="",
                help_text="For your own list: the event, the place or the flyer. Visitors do not see it.",
                max_length=80,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "relay",
            "last_day",
            models.DateField(
                blank=True,
                help_text="After it the link still leads there, and nothing is counted any more.",
                null=True,
            ),
        ),
        migrations.AddField("relay", "joined", models.PositiveIntegerField(default=0, editable=False)),
        migrations.AlterField(
            "relay",
            "page",
            models.CharField(
                default="/accounts/signup/",
                help_text="The page of this portal it leads to: /accounts/signup/ to join, or a meeting, or anything else.",
                max_length=200,
                validators=[notices.models.own_path],
            ),
        ),
        migrations.RemoveConstraint("relay", "relay_once_per_partner_and_page"),
        migrations.AddConstraint(
            "relay",
            models.UniqueConstraint(
                fields=["partner", "page", "label"],
                name="relay_once_per_partner_page_and_label",
                violation_error_message="This partner has this link already. Give the new one a label of its own.",
            ),
        ),
    ]
