# ruff: noqa: E402 - Django is set up first
"""How long 10,000 members' digests take to assemble, and in how many queries: ``python -m tests.meetings.digest_bench``.

A database of its own is made and dropped: TEST_DATABASE_URL (PostgreSQL for the goal of 60 seconds), COP_TEST_DB its name.
The suite holds the number of queries (tests/meetings/test_digests.py); times are measured here alone.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from datetime import UTC, date, datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetings.actions import owe_digests
from members.models import Member, MembershipPeriod
from notices.actions import owe_period_digests
from notices.models import Delivery, Subscription
from tests import factories as make

NOW = datetime(2027, 1, 20, 14, 30, tzinfo=UTC)


def fill(members: int) -> None:
    """Members of three levels, a meeting in five days with agenda, papers, work and a third of answers."""
    people = Member.objects.bulk_create(
        (Member(name=f"Person {n}", email=f"reader{n}@bench.example", joined_at=NOW) for n in range(members)), 1000
    )
    levels = ["full", "specialty", "full"]
    MembershipPeriod.objects.bulk_create(
        (MembershipPeriod(member=row, level=levels[n % 3], starts_on=date(2026, 1, 1)) for n, row in enumerate(people)),
        1000,
    )
    meeting = make.MeetingFactory(starts_at=NOW + timedelta(days=5))
    make.AgendaItemFactory.create_batch(8, meeting=meeting)
    make.MaterialFactory.create_batch(4, meeting=meeting)
    work = make.MeetingWorkFactory.create_batch(2, meeting=meeting)
    answers = ["in_person", "online", "no"]
    make.Rsvp.objects.bulk_create(
        (
            make.Rsvp(meeting=meeting, member=row, answer=answers[n % 3], answered_at=NOW)
            for n, row in enumerate(people[::3])
        ),
        1000,
    )
    work[0].done_by.set(people[::7])
    for n in range(5):
        make.ReleasedNoticeFactory(title=f"News {n}", released_at=NOW - timedelta(hours=3 + n))


def measure(what: str, act, size: int) -> None:
    with CaptureQueriesContext(connection) as queries:
        start, busy = time.monotonic(), time.process_time()
        owed = act()
        seconds, busy = time.monotonic() - start, time.process_time() - busy
    line = {"what": what, "members": size, "owed": owed, "seconds": round(seconds, 2), "of_our_own_cpu": round(busy, 2)}
    line["queries"] = len(queries)
    print(json.dumps(line))  # noqa: T201 - what the command is for


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=10_000)
    size = parser.parse_args().members
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    settings.DEBUG = False
    try:
        fill(size)
        measure("before a meeting", lambda: owe_digests(now=NOW), size)
        measure("the same, five minutes later", lambda: owe_digests(now=NOW + timedelta(minutes=5)), size)
        Subscription.objects.update(frequency="daily", since=NOW - timedelta(days=2))
        measure("daily digest", lambda: owe_period_digests(NOW), size)
        print(Delivery.objects.count(), "messages")  # noqa: T201
    finally:
        connection.creation.destroy_test_db("", verbosity=0)


if __name__ == "__main__":
    main()
