"""Many at the doors of one room, round after round: `python -m tests.meetings.storm` (PostgreSQL; see --help).

Each scene is also run with the guard off, where it must go wrong: what holds without the lock was no test of it.
Prints one line for each scene, and ends with an error where an invariant was broken or a control has held.
"""

import argparse
import os
import random
import sys
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.test.utils import setup_databases, setup_test_environment, teardown_databases  # noqa: E402

from meetings import actions  # noqa: E402
from meetings.actions import planning, rsvps, seats  # noqa: E402
from meetings.models import Meeting, Rsvp  # noqa: E402
from notices.models import Delivery  # noqa: E402
from tests.factories import NOW, MeetingFactory, MemberFactory, StaffFactory  # noqa: E402
from tests.races import together  # noqa: E402

CLIENTS, SEATS = 40, 10
TIMES = []  # of each answer, in seconds


def act(meeting, member, answer, now=NOW):
    def run():
        began = time.perf_counter()
        actions.rsvp(meeting, member=member, answer=answer, now=now)
        TIMES.append(time.perf_counter() - began)

    return run


def full_room(count):
    meeting = MeetingFactory(capacity=SEATS)
    members = [MemberFactory() for _ in range(count)]
    for member in members:
        act(meeting, member, "in_person")()
    Delivery.objects.all().delete()
    return meeting, members


def pks(rows):
    return set(rows.values_list("member", flat=True))


def last_seats():
    meeting = MeetingFactory(capacity=SEATS)
    errors = together([act(meeting, MemberFactory(), "in_person") for _ in range(CLIENTS)])
    waiting = [row.waiting_since for row in meeting.rsvps.waiting()]
    return {
        "errors": errors,
        "not ten seated": meeting.rsvps.seated().count() != SEATS,
        "line not in order": len(set(waiting)) != CLIENTS - SEATS,
        "not a letter each": Delivery.objects.filter(member__in=meeting.rsvps.values("member")).count() != CLIENTS,
    }


def storm():
    meeting, members = MeetingFactory(capacity=SEATS), [MemberFactory() for _ in range(CLIENTS)]
    answers = ["in_person", "in_person", "in_person", "no", "online", "undecided"]

    def busy(member):
        mine = random.sample(answers * 5, 25)
        return lambda: [act(meeting, member, answer)() for answer in mine]

    errors = together([busy(member) for member in members])
    held, line = meeting.rsvps.holding().count(), meeting.rsvps.in_line().count()
    return {
        "errors": errors,
        "too many": held > SEATS,
        "a seat empty while somebody waits": held < SEATS and line > 0,
        "two rows of one person": Rsvp.objects.filter(meeting=meeting).count() != CLIENTS,
    }


def cancels():
    meeting, members = full_room(30)
    errors = together([act(meeting, member, "no") for member in members[:SEATS]])
    offered = pks(meeting.rsvps.offered())
    told = Delivery.objects.filter(member__in=members[SEATS : 2 * SEATS], subject_line__startswith="A seat is held")
    return {
        "errors": errors,
        "not the first in line": offered != {member.pk for member in members[SEATS : 2 * SEATS]},
        "not a letter each": told.count() != SEATS,
    }


def offers_end():
    meeting, members = full_room(40)
    for member in members[:SEATS]:
        act(meeting, member, "no")()
    late = NOW + timedelta(days=1)
    taps = [act(meeting, member, "in_person", late - timedelta(minutes=1)) for member in members[SEATS : 2 * SEATS]]
    errors = together([*taps, *[lambda: actions.pass_on_offers(now=late)] * 2])
    return {
        "errors": errors,
        "not ten held": meeting.rsvps.holding().count() != SEATS,
        "an offer beyond its time": meeting.rsvps.offered().filter(offered_until__lte=late).exists(),
    }


def lowered():
    meeting, members = full_room(30)
    staff = StaffFactory()
    edits = {"capacity": 5, "place": "Room 9, St. Paul", "title": "Another title", "purpose": "Of other things."}

    def edit(field):
        return lambda: actions.change(meeting, changes={field: edits[field]}, by=staff, now=NOW)

    errors = together([*map(edit, edits), *[act(meeting, member, "in_person") for member in members]])
    return {
        "errors": errors,
        "somebody dropped": pks(meeting.rsvps.seated()) != {m.pk for m in members[:SEATS]},
        "an edit is lost": Meeting.objects.filter(pk=meeting.pk).values(*edits).get() != edits,
    }


def double_click():
    meeting, member = MeetingFactory(capacity=SEATS), MemberFactory()
    errors = together([act(meeting, member, "in_person")] * CLIENTS)
    rows, letters = meeting.rsvps.count(), Delivery.objects.filter(member=member).count()
    return {"errors": errors, "not one row": rows != 1, "not one letter": letters != 1}


SCENES = {
    "C1 forty for the last ten seats": last_seats,
    "C2 storm of 1,000 answers": storm,
    "C3 ten seats given up at once": cancels,
    "C3 offers taken while they end": offers_end,
    "C4 fewer seats than people": lowered,
    "C5 forty windows, one person": double_click,
}


def broken(run):
    return [name for name, wrong in run().items() if wrong]


def without_the_lock(run):
    """One round with the guard off: what went wrong."""
    kept = seats.lock_meeting
    for module in (planning, rsvps, seats):
        module.lock_meeting = lambda pk: Meeting.objects.get(pk=pk)
    try:
        return broken(run)
    finally:
        for module in (planning, rsvps, seats):
            module.lock_meeting = kept


def play(name, run, rounds, controls):
    """All rounds of a scene, said in a line; whether it is as it must be."""
    TIMES.clear()
    began = time.perf_counter()
    wrong = [what for _ in range(rounds) for what in broken(run)]
    took, times = time.perf_counter() - began, sorted(TIMES)
    p95 = times[int(len(times) * 0.95)] if times else 0
    caught = sum(bool(without_the_lock(run)) for _ in range(controls))
    sys.stdout.write(
        f"{name}: {rounds} rounds, {len(times)} answers, {len(wrong)} violations {sorted(set(wrong)) or ''}, "
        f"p95 {p95:.2f} s, {took:.0f} s; guard off: {caught} of {controls} rounds went wrong\n"
    )
    sys.stdout.flush()
    return not wrong and bool(caught or not controls)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--controls", type=int, default=2, help="rounds with the guard off")
    given = parser.parse_args()
    if not os.environ.get("TEST_DATABASE_URL", "").startswith("postgres"):
        sys.exit("Set TEST_DATABASE_URL to a PostgreSQL server: SQLite has one writer at a time, and no race to run.")
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        results = [play(name, run, given.rounds, given.controls) for name, run in SCENES.items()]
    finally:
        teardown_databases(databases, verbosity=0)
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
