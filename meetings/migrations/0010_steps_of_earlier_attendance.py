from django.db import migrations

AT_A_TIME = 2000


def write_first_steps(apps, schema_editor):
    """What was recorded before steps were kept begins with one: as the row is, when and by whom it was recorded last."""
    attendance = apps.get_model("meetings", "Attendance")
    event = apps.get_model("meetings", "AttendanceEvent")
    waiting = []
    for row in attendance.objects.order_by("pk").iterator(AT_A_TIME):
        waiting.append(
            event(
                meeting_id=row.meeting_id,
                number=row.pk,
                member_id=row.member_id,
                guest_name=row.guest_name,
                was_present=False,
                was_confirmed=False,
                is_present=True,
                role=row.role,
                minutes=row.minutes,
                is_confirmed=row.confirmed_by_id is not None,
                source=row.source,
                by_id=row.recorded_by_id,
                at=row.recorded_at,
            )
        )
        if len(waiting) == AT_A_TIME:
            event.objects.bulk_create(waiting)
            waiting = []
    event.objects.bulk_create(waiting)


class Migration(migrations.Migration):
    dependencies = [("meetings", "0009_attendance_steps_and_tool_reports")]
    operations = [migrations.RunPython(write_first_steps, migrations.RunPython.noop)]
