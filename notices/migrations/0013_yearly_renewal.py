from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("notices", "0012_digest_runs_once")]

    operations = [
        migrations.AddField(
            "subscriber",
            "renew_by",
            models.DateField(
                editable=False,
                help_text="The last day, unless renewed; none for a member, who is one.",
                null=True,
            ),
        ),
        migrations.AddField(
            "subscriber",
            "reminded_at",
            models.DateTimeField(
                editable=False,
                help_text="When they were told that this day comes. Nobody's ends untold.",
                null=True,
            ),
        ),
        migrations.AddField(
            "subscriber",
            "ended_at",
            models.DateTimeField(
                editable=False,
                help_text="When it ended unrenewed: the choices stay, and nothing is sent.",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            "subscriber",
            models.CheckConstraint(
                condition=Q(member__isnull=True) | Q(renew_by__isnull=True, ended_at__isnull=True),
                name="subscriber_who_is_a_member_never_expires",
            ),
        ),
        migrations.AddConstraint(
            "subscriber",
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(reminded_at__isnull=False),
                name="subscriber_ends_after_a_reminder",
            ),
        ),
    ]
