from django.db import migrations


def name_those_who_left(apps, schema_editor):
    """Whoever closed the membership ended the level with it; deactivation never did."""
    members = apps.get_model("members", "Member").objects.filter(is_active=False, periods__isnull=False)
    held = members.filter(periods__ends_on__isnull=True).values("pk")
    pks = list(members.exclude(pk__in=list(held)).values_list("pk", flat=True))
    apps.get_model("members", "Member").objects.filter(pk__in=pks).update(closed_as="left")


class Migration(migrations.Migration):
    dependencies = [("members", "0002_lifecycle_and_events")]
    operations = [migrations.RunPython(name_those_who_left, migrations.RunPython.noop)]
