import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db import migrations


def number_them(apps, schema_editor):
    """In the order in which they were planned: the day of that is at the end of each address, wherever it was moved."""
    Meeting = apps.get_model("meetings", "Meeting")
    rows = []
    for meeting in Meeting.objects.filter(series__isnull=False, number__isnull=True).select_related("series"):
        day = re.search(r"-(\d{4}-\d\d-\d\d)$", meeting.slug)
        planned = meeting.starts_at
        if day and meeting.slug == f"{meeting.series.slug}{day[0]}":
            zone = ZoneInfo(meeting.series.zone)
            wall_clock = datetime.combine(date.fromisoformat(day[1]), meeting.series.starts_at, zone)
            planned = wall_clock.astimezone(UTC)
        rows.append((meeting.series_id, planned, meeting.pk))
    numbers = {}
    for series, planned, pk in sorted(rows):
        numbers[series] = numbers.get(series, 0) + 1
        Meeting.objects.filter(pk=pk).update(number=numbers[series], planned_start=planned)


class Migration(migrations.Migration):
    dependencies = [("meetings", "0007_series_agendas_and_owed_changes")]

    operations = [migrations.RunPython(number_them, migrations.RunPython.noop)]
