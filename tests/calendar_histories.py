"""Random histories of a meeting, and what its feeds and messages say all the while (RELIABILITY of calendars).

    python -m tests.calendar_histories --count 2000 --seed 1

In each history staff move, rename, undo and cancel, people answer, minutes pass, the worker sends or does not. After each
step: one UID for life; SEQUENCE grows with each real change of time, place or state and with nothing else; what is sent is
true at that moment; and once all is told, each person's last message and own feed say the same.
"""

import argparse
import json
import os
import random
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import icalendar

NOW = datetime(2027, 3, 1, 16, 0, tzinfo=UTC)  # the first clock change is two weeks off
STARTS = [datetime(2027, 3, day, hour, tzinfo=UTC) for day in (12, 13, 15, 17) for hour in (15, 16)]
PLACES = ["Room 1", "Room 2", ""]
LINKS = ["https://join.example.org/one", "https://join.example.org/two"]


class Broken(AssertionError):
    """What does not hold, and the history that led there."""


class History:
    """One meeting, two people, and a clock of its own."""

    def __init__(self, seed):
        from tests.factories import MeetingFactory, MemberFactory, SeriesFactory, StaffFactory

        self.random, self.now, self.steps = random.Random(seed), NOW, []
        start = self.random.choice(STARTS)
        self.meeting = MeetingFactory(
            series=SeriesFactory(), starts_at=start, planned_start=start, place="Room 1", join_url=LINKS[0]
        )
        self.uid, self.staff = self.meeting.uid, StaffFactory(email=None)
        self.people = [MemberFactory() for _ in range(2)]
        self.sent = {person.pk: [] for person in self.people}
        self.counts = Counter()

    def run(self, length):
        for _ in range(3):  # without an answer nobody is told anything
            self.take(self.answer)
        for _ in range(length):
            step = self.random.choice(
                [self.move, self.move, self.rename, self.link, self.undo, self.answer, self.wait, self.send]
            )
            self.take(step)
        if self.random.random() < 0.3:
            self.take(self.cancel)
        for step in (self.rest, self.send):
            self.take(step)
        self.check_agreement()
        return self.counts

    def take(self, step):
        self.steps.append(step.__name__)
        before = self.facts()
        step()
        self.now += timedelta(seconds=self.random.randint(1, 90))
        self.meeting.refresh_from_db()
        after = self.facts()
        self.demand(self.meeting.uid == self.uid, "another UID")
        grown = self.meeting.sequence - before[0]
        self.demand(grown == (before[1:] != after[1:]), f"SEQUENCE grew by {grown}: {before} {after}")
        self.counts[step.__name__] += 1

    def facts(self):
        row = self.meeting
        return row.sequence, row.starts_at, row.ends_at, row.place_text, row.state

    def demand(self, holds, words):
        if not holds:
            raise Broken(f"{words}\nafter {' → '.join(self.steps)}")

    # --- steps ---------------------------------------------------------------------------------------------------

    def change(self, **changes):
        from meetings import actions

        self.former = {name: getattr(self.meeting, name) for name in changes}
        actions.change(self.meeting, changes=changes, by=self.staff, now=self.now, reason="A reason")

    def move(self):
        start = self.random.choice(STARTS)
        self.change(starts_at=start, ends_at=start + timedelta(hours=2), place=self.random.choice(PLACES))

    def rename(self):
        self.change(title=self.random.choice(["One title", "Another title"]))

    def link(self):
        self.change(join_url=self.random.choice(LINKS))

    def undo(self):
        if former := getattr(self, "former", None):
            self.change(**former)

    def answer(self):
        from meetings import actions

        place = [] if not self.meeting.place else ["in_person"]
        answer = self.random.choice(["online", "no", "undecided", *place])
        actions.rsvp(self.meeting, member=self.random.choice(self.people), answer=answer, now=self.now)

    def wait(self):
        from meetings import actions

        self.now += timedelta(minutes=self.random.choice([1, 6, 20]))
        actions.tell_changes(now=self.now)

    def rest(self):
        from meetings import actions

        self.now += timedelta(hours=1)
        actions.tell_changes(now=self.now)

    def cancel(self):
        from meetings import actions

        actions.cancel(self.meeting, by=self.staff, now=self.now, reason="Snow")

    def send(self):
        """The worker hands over what is queued; each message is held against the meeting as it is at this moment."""
        from notices.models import Delivery

        for row in Delivery.objects.filter(state="queued", member__in=self.people).order_by("pk"):
            self.counts["messages"] += 1
            if row.calendar:
                self.receive(row)
        Delivery.objects.filter(state="queued").update(state="sent", sent_at=self.now)

    # --- what must hold --------------------------------------------------------------------------------------------

    def receive(self, row):
        calendar = icalendar.Calendar.from_ical(row.calendar)
        [event] = calendar.walk("VEVENT")
        entry = said(event)
        self.demand(entry["uid"] == self.uid, "another UID in a message")
        self.demand(event["dtstamp"].dt.utcoffset() == timedelta(0), "DTSTAMP is not in UTC")
        self.demand(event["dtstart"].params["TZID"] == "America/Chicago", "no IANA zone")
        if str(calendar["method"]) == "REQUEST":
            self.demand(
                entry["when"] == (self.meeting.starts_at, self.meeting.ends_at), "a time that is not true is sent"
            )
            self.demand(entry["where"] == self.meeting.place_text, "a place that is not true is sent")
        told = self.sent[row.member_id]
        if told:
            is_news = (told[-1]["when"], told[-1]["where"], told[-1]["method"]) != (
                entry["when"], entry["where"], str(calendar["method"]),
            )  # fmt: skip
            self.demand(
                entry["sequence"] >= told[-1]["sequence"] + is_news, f"SEQUENCE does not grow: {told[-1]} {entry}"
            )
        told.append({**entry, "method": str(calendar["method"])})

    def check_agreement(self):
        """Each person's feed and last message; and the feed that everybody reads."""
        from meetings import ical
        from meetings.models import Rsvp
        from meetings.rules import has_place

        [public] = icalendar.Calendar.from_ical(
            ical.feed([(self.meeting, self.meeting.sequence)], name="x", now=self.now)
        ).walk("VEVENT")
        self.demand(said(public)["when"] == (self.meeting.starts_at, self.meeting.ends_at), "the public feed is off")
        for row in Rsvp.objects.filter(meeting=self.meeting).select_related("meeting"):
            told = self.sent[row.member_id]
            if self.meeting.is_cancelled or not has_place(row):
                self.demand(not told or told[-1]["method"] == "CANCEL", f"an entry is left: {told[-1:]}")
                continue
            own = ical.feed([(row.meeting, row.meeting.sequence + row.sequence)], name="x", now=self.now)
            entry, last = said(icalendar.Calendar.from_ical(own).walk("VEVENT")[0]), told[-1]
            same = all(entry[name] == last[name] for name in ("uid", "when", "where"))
            self.demand(same and last["method"] == "REQUEST", f"feed and message differ: {entry} {last}")
            # An edit that was undone leaves a higher number in the feed and no message.
            self.demand(entry["sequence"] >= last["sequence"], "the message outranks the feed")
            self.counts["agreed"] += 1


def said(event):
    return {
        "uid": str(event["uid"]),
        "sequence": int(event["sequence"]),
        "when": (event["dtstart"].dt.astimezone(UTC), event["dtend"].dt.astimezone(UTC)),
        "where": str(event["location"]),
    }


def run(count, seed, length=7):
    """Play so many histories; returns how often each step was taken. Raises Broken at the first that does not hold."""
    from django.db import transaction

    total = Counter()
    for number in range(count):
        with transaction.atomic():
            total += History(f"{seed}:{number}").run(length)
            transaction.set_rollback(True)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    django.setup()
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        total = run(options.count, options.seed)
    finally:
        teardown_databases(databases, verbosity=0)
    sys.stdout.write(json.dumps({"histories": options.count, "seed": options.seed, "broken": 0, **total}) + "\n")


if __name__ == "__main__":
    main()
