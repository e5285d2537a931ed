from datetime import timedelta

from django.db import migrations

YEAR = timedelta(days=365)


def _a_year(apps, schema_editor):
    """Whoever subscribed before this was kept has a year, too. A day that is past ends nothing: they are told first."""
    rows = apps.get_model("notices", "Subscriber").objects.filter(member=None, confirmed_at__isnull=False)
    for row in rows.iterator(1000):
        row.renew_by = (row.confirmed_at + YEAR).date()
        row.save(update_fields=["renew_by"])


class Migration(migrations.Migration):
    dependencies = [("notices", "0013_yearly_renewal")]
    operations = [migrations.RunPython(_a_year, migrations.RunPython.noop)]
