"""Forty-eight hours of the portal's clock, minute by minute, around a change of the clocks.

    python -m tests.clock_changes            all four changes of 2027 and 2028
    python -m tests.clock_changes --only spring-2027

Celery's own beat runs the portal's own schedule, with every clock (Python's and the database's) moved on by a minute
at a time. What falls due in these two days, some of it in the hour that is skipped or comes twice, must be owed once to
each it is for, within one turn of its task, and be sent once. The suite takes steps of two hours, on one change.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

CHICAGO = ZoneInfo("America/Chicago")
# The moments at which the clocks change (of the table of zones).
CHANGES = {
    "spring-2027": datetime(2027, 3, 14, 8, tzinfo=UTC),
    "autumn-2027": datetime(2027, 11, 7, 7, tzinfo=UTC),
    "spring-2028": datetime(2028, 3, 12, 8, tzinfo=UTC),
    "autumn-2028": datetime(2028, 11, 5, 7, tzinfo=UTC),
}
BEFORE, HOURS = timedelta(hours=15), 48
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass
class Due:
    """What must be owed: the beginning of its key, to whom, from when on, and how long its task's turn may take."""

    key: str
    to: set[str]
    at: datetime
    within: timedelta = MINUTE


class Broken(AssertionError):
    """Something was owed twice, not at all, to somebody else, or at another time."""


class TwoDays:
    """A portal in which much falls due in the two days around one change."""

    def __init__(self, change: datetime) -> None:
        self.change, self.start = change, change - BEFORE
        self.sunday = change.astimezone(CHICAGO).date()
        self.due: list[Due] = []
        self._people()
        self._meetings()
        self._seats()
        self._notices()

    def at(self, hour: int, minute: int = 0, *, days: int = 0) -> datetime:
        """A wall-clock time of that Sunday, or so many days later, in UTC."""
        day = self.sunday + timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=CHICAGO).astimezone(UTC)

    def expect(self, key: str, to: set[str], at: datetime, within: timedelta = MINUTE) -> None:
        self.due.append(Due(key, to, max(at, self.start), within))

    def _people(self) -> None:
        from django.contrib.auth.models import Group

        from members.enums import StaffGroup
        from tests import factories as make

        since = date(2026, 1, 1)
        self.ana, self.ben = (make.MembershipPeriodFactory(starts_on=since).member for _ in range(2))
        self.all = {self.ana.email, self.ben.email}
        self.staff = make.StaffFactory()
        self.staff.groups.add(Group.objects.get_or_create(name=StaffGroup.MEETINGS)[0])

    def _meeting(self, starts_at: datetime, *, agenda: bool = True, **fields):
        from tests import factories as make

        made = make.MeetingFactory(starts_at=starts_at, published_at=self.start - timedelta(days=40), **fields)
        if agenda:
            make.AgendaItemFactory(meeting=made)
        return made

    def _digest(self, meeting, kind: str, at: datetime) -> None:
        self.expect(f"digest:{meeting.pk}:{meeting.held_on:%Y%m%d}:{kind}", self.all, at, 5 * MINUTE)

    def _meetings(self) -> None:
        from meetings import actions
        from tests import factories as make

        afternoon, night = self._meeting(self.at(14)), self._meeting(self.change + 70 * MINUTE)
        monday = self._meeting(
            self.at(10, days=1), series=make.SeriesFactory(), number=1, planned_start=self.at(10, days=1)
        )
        for meeting, opens in ((afternoon, self.at(13, 30)), (night, self.change + 40 * MINUTE)):
            make.RsvpFactory(meeting=meeting, member=self.ana, answered_at=self.start - HOUR)
            self.expect(f"join:{meeting.pk}:", {self.ana.email}, opens)
        for late in (afternoon, monday):  # the worker was away when a week was left
            self._digest(late, "week", self.start)
        self._digest(afternoon, "day", self.at(14, days=-1))
        self._digest(night, "day", self.start)
        self._digest(monday, "day", self.at(10))
        without = self._meeting(self.at(9, days=7), agenda=False)
        self._digest(without, "week", self.at(9))
        soon, due = (f"agenda-missing:{without.pk}:{without.held_on:%Y%m%d}:{word}" for word in ("soon", "due"))
        self.expect(soon, {self.staff.email}, self.start, HOUR)
        self.expect(due, {self.staff.email}, self.at(0), HOUR)
        ended = self.change + 20 * MINUTE - timedelta(days=3)
        past = self._meeting(ended - 2 * HOUR, ends_at=ended)
        self.expect(f"summary-missing:{past.pk}:3", {self.staff.email}, self.change + 20 * MINUTE, HOUR)
        make.RsvpFactory(meeting=monday, member=self.ben, answered_at=self.start - HOUR)
        self.expect(f"join:{monday.pk}:", {self.ben.email}, self.at(9, 30, days=1))
        moved_at = self.change - 2 * MINUTE
        actions.change(monday, changes={"place": "Room 9"}, by=self.staff, now=moved_at, reason="The roof leaks.")
        self.expect(f"meeting:{monday.pk}:change:", {self.ben.email}, moved_at + 5 * MINUTE)

    def _seats(self) -> None:
        """A seat that is held for one person until ten minutes after the change, and then for the next."""
        from meetings import actions
        from notices.models import Delivery
        from tests import factories as make

        far, early = self._meeting(self.at(10, days=30), capacity=1), self.start - timedelta(days=2)
        going, first, second = (make.MemberFactory() for _ in range(3))
        for member in (going, first, second):
            actions.rsvp(far, member=member, answer="in_person", now=early)
        actions.rsvp(far, member=going, answer="no", now=self.change + 10 * MINUTE - timedelta(hours=24))
        one, two = (far.rsvps.get(member=member).pk for member in (first, second))
        over = self.change + 10 * MINUTE
        self.expect(f"offer_over:{one}:", {first.email}, over)
        self.expect(f"offered:{two}:", {second.email}, over)
        self.expect(f"offer_over:{two}:", {second.email}, over + 24 * HOUR, 2 * MINUTE)  # a day from when it was made
        Delivery.objects.all().delete()  # what came before these two days

    def _notices(self) -> None:
        from tests import factories as make

        at_once, daily, weekly = (
            make.SubscriptionFactory(frequency=rhythm, since=self.start).subscriber.email
            for rhythm in ("at_once", "daily", "weekly")
        )
        for released in (self.change - 5 * MINUTE, self.change + 30 * MINUTE, self.at(20)):
            notice = make.NoticeFactory(state="scheduled", released_by=self.staff, scheduled_for=released)
            self.expect(f"notice:{notice.pk}", self.all | {at_once}, released)
        settled = 15 * MINUTE
        self.expect(f"digest:daily:{self.sunday}", {daily}, self.at(8) + settled, 5 * MINUTE)
        self.expect(
            f"digest:daily:{self.sunday + timedelta(days=1)}", {daily}, self.at(8, days=1) + settled, 5 * MINUTE
        )
        self.expect(
            f"digest:weekly:{self.sunday + timedelta(days=1)}", {weekly}, self.at(8, days=1) + settled, 5 * MINUTE
        )
        ending = make.SubscriptionFactory(since=self.start, subject="rfps").subscriber
        ending.renew_by = self.sunday + timedelta(days=45)
        ending.save()
        self.expect("renew:", {ending.email}, self.at(0), timedelta(hours=15))

    def run(self, step: timedelta = MINUTE) -> Counter[str]:
        """Let the two days pass; returns how often each task ran. Raises Broken where a promise was not kept."""
        import time_machine
        from celery.beat import Scheduler
        from django.conf import settings
        from django.core import mail
        from django.test import override_settings

        from cop_portal.celery import app

        app.loader.import_default_modules()
        ran: Counter[str] = Counter()
        mail.outbox = []
        with override_settings(RENEWAL_REMINDER_DAYS=45), time_machine.travel(self.start, tick=False) as clock:
            _database_clock()
            beat = Scheduler(app, lazy=True)
            beat.merge_inplace(settings.CELERY_BEAT_SCHEDULE)
            for turn in range(int(timedelta(hours=HOURS) / step) + 1):
                clock.move_to(self.start + turn * step)
                for entry in [entry for entry in beat.schedule.values() if beat.is_due(entry).is_due]:
                    beat.reserve(entry)
                    ran[entry.task] += 1
                    app.tasks[entry.task].apply(throw=True)
        self.check(step)
        return ran

    def check(self, step: timedelta) -> None:
        from django.core import mail

        from notices.models import Delivery

        left = list(Delivery.objects.filter(owed_at__gte=self.start, owed_at__lte=self.start + HOURS * HOUR))
        for due in self.due:
            found = [row for row in left if row.key.startswith(due.key)]
            left = [row for row in left if row not in found]
            _demand(
                sorted(row.address for row in found) == sorted(due.to),
                f"{due}: {found} of {[(r.key, r.address) for r in left]}",
            )
            late = due.within + step
            wrong = [row.owed_at for row in found if not due.at <= row.owed_at <= due.at + late]
            _demand(not wrong, f"{due}: owed at {wrong}")
        _demand(not left, f"nobody expected {[(row.key, row.address, row.owed_at) for row in left]}")
        owed = Counter(Delivery.objects.values_list("message_id", flat=True))
        sent = Counter(message.extra_headers["Message-ID"] for message in mail.outbox)
        _demand(sent == owed, f"sent, and not owed: {sent - owed}; owed, and not sent: {owed - sent}")


def _demand(holds: bool, words: str) -> None:
    if not holds:
        raise Broken(words)


def _database_clock() -> None:
    """SQLite's own clock is asked of Python from now on, so that it is moved as well."""
    from django.db import connection

    connection.ensure_connection()
    real = connection.connection.execute

    def moved(pattern: str, when: str) -> str:
        now = datetime.now(tz=UTC)
        if when.upper() == "NOW" and pattern == "%Y-%m-%d %H:%M:%f":
            return f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d}"
        raise Broken(f"the database was asked {pattern} of {when}")

    connection.connection.create_function("strftime", 2, moved)
    _demand(real("select strftime('%Y-%m-%d %H:%M:%f', 'NOW')").fetchone()[0].startswith("20"), "no clock")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=CHANGES)
    parser.add_argument("--minutes", type=int, default=1, help="between two looks at the clock")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ.pop("TEST_DATABASE_URL", None)
    import django
    from django.db import transaction
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    django.setup()
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        for name in [options.only] if options.only else CHANGES:
            with transaction.atomic():
                days = TwoDays(CHANGES[name])
                ran = days.run(options.minutes * MINUTE)
                transaction.set_rollback(True)
            sys.stdout.write(json.dumps({"change": name, "due": len(days.due), "broken": 0, "ran": ran}) + "\n")
            sys.stdout.flush()
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
