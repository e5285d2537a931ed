from django.db import migrations


def fill_in(apps, schema_editor):
    """Whoever gave a number before being asked how to be reached gave it to be called; the next save shall not ask."""
    members = apps.get_model("members", "Member").objects
    members.filter(reach_by__in=["email", "letter"]).exclude(phone="").update(reach_by="call")


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0009_takeover_codes"),
    ]

    operations = [
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
