import secrets

from django.db import migrations
from django.utils import timezone

FIXED = ["meetings", "rfps", "resources", "digest"]


def _keep(apps, schema_editor):
    """Every workgroup is a subject, and whoever is in it hears about it."""
    Topic, Subscription = (apps.get_model("notices", name) for name in ("Topic", "Subscription"))
    Subscriber = apps.get_model("notices", "Subscriber")
    now = timezone.now()
    for group in apps.get_model("meetings", "Workgroup").objects.all():
        key = f"workgroup-{group.pk}"
        label, about = f"Workgroup: {group.name}", "Its meetings, and what comes of its work."
        Topic.objects.get_or_create(key=key, defaults={"label": label, "about": about})
        for member in group.members.filter(is_active=True):
            row, made = Subscriber.objects.get_or_create(
                member=member, defaults={"token": secrets.token_urlsafe(32), "confirmed_at": now}
            )
            # Who never chose had every fixed subject on by that; a row of their own must say so.
            subjects = [*FIXED, key] if made else [key]
            Subscription.objects.bulk_create(
                [Subscription(subscriber=row, subject=subject, since=now) for subject in subjects],
                ignore_conflicts=True,
            )


class Migration(migrations.Migration):
    dependencies = [("meetings", "0015_workgroups_have_leads"), ("notices", "0010_topics")]
    operations = [migrations.RunPython(_keep, migrations.RunPython.noop)]
