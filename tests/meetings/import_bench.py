"""How long a report of so many people takes: reading it, reviewing it, importing it. `python -m tests.meetings.import_bench 5000`"""

import os
import resource
import sys
import tempfile
import time


def main():
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "cop_portal.settings", "DEBUG": "true", "VAR_DIR": folder}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        measure(number)


def measure(number):
    from datetime import timedelta

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from meetings import actions
    from meetings.models import Attendance
    from meetings.tasks import import_reports
    from members.models import Member
    from tests.factories import NOW, MeetingFactory, StaffFactory

    meeting, staff = MeetingFactory(starts_at=NOW - timedelta(hours=2)), StaffFactory()
    Member.objects.bulk_create(Member(name=f"P {n}", email=f"p{n}@example.org") for n in range(number))
    lines = [f"P {n},p{n}@example.org,01/20/2027 08:0{n % 9},01/20/2027 09:{n % 50 + 10}" for n in range(number)]
    data = "\n".join(["Name,Email,Join time,Leave time", *lines]).encode()

    def step(name, act):
        began = time.monotonic()
        with CaptureQueriesContext(connection) as queries:
            found = act()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{name}: {time.monotonic() - began:.1f} s, {len(queries)} queries, at most {peak} MB")  # noqa: T201
        return found

    report = step("keep", lambda: actions.keep_report(meeting, kind="attendance", files=[data], by=staff, now=NOW))
    step("read", lambda: actions.read_people(report, mapping=actions.first_guess(report)))
    step("confirm", lambda: actions.confirm_report(report, by=staff, now=NOW))
    step("import", import_reports)
    print(f"{Attendance.objects.count()} recorded")  # noqa: T201


if __name__ == "__main__":
    main()
