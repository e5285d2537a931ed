import django.utils.timezone
from django.db import migrations, models


def say_when(apps, schema_editor):
    """What was recorded before this was kept: when it was confirmed, or else when the person joined."""
    period = apps.get_model("members", "MembershipPeriod")
    for row in period.objects.select_related("member"):
        period.objects.filter(pk=row.pk).update(recorded_at=row.agreed_at or row.member.joined_at)


class Migration(migrations.Migration):
    dependencies = [("members", "0003_name_those_who_left")]
    operations = [
        migrations.AddField(
            "membershipperiod",
            "recorded_at",
            models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="recorded"),
        ),
        migrations.RunPython(say_when, migrations.RunPython.noop),
    ]
