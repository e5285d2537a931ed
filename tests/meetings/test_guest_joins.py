"""Guests who become members: their answers are theirs, and never there twice."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from meetings import actions, tasks
from meetings.models import Accommodation, Rsvp
from notices.models import Delivery
from privacy.actions import set_hold
from tests.factories import (
    AccommodationFactory,
    ConsentNoticeFactory,
    MeetingFactory,
    MemberFactory,
    RsvpFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
EMAIL = "gus@example.org"


def guest(meeting, answer="in_person", **fields):
    return RsvpFactory(
        meeting=meeting, member=None, guest_name="Gus", guest_email=EMAIL, answer=answer, **fields
    )  # fmt: skip


def test_guests_answers_become_the_members_with_what_they_asked_for(now):
    notice = ConsentNoticeFactory(key="guest", version=1)
    rows = [guest(MeetingFactory(), notice=notice), guest(MeetingFactory(starts_at=now - timedelta(days=9)))]
    need, other = AccommodationFactory(rsvp=rows[0]), RsvpFactory(member=None, guest_email="eve@example.org")
    member = MemberFactory(email="Gus@Example.org")

    tasks.join_guest_answers()
    assert actions.join_guest_answers(now=now) == 0

    for row in (*rows, other):
        row.refresh_from_db()
    assert [(row.member, row.guest_name, row.guest_email) for row in rows] == [(member, "", "")] * 2
    assert (rows[0].notice, Accommodation.objects.get().rsvp_id, other.member) == (notice, rows[0].pk, None)
    assert (need.pk, Delivery.objects.count()) == (Accommodation.objects.get().pk, 0)


def test_address_that_nobody_has_proved_joins_nothing(now):
    row, member = guest(MeetingFactory()), MemberFactory(email=EMAIL)
    EmailAddress.objects.create(user=member, email=EMAIL, primary=True, verified=False)

    assert actions.join_guest_answers(now=now) == 0
    EmailAddress.objects.update(verified=True)
    assert actions.join_guest_answers(now=now) == 1

    row.refresh_from_db()
    assert row.member == member


def test_member_who_answers_first_answers_with_the_guests_row(now):
    meeting = MeetingFactory(capacity=1)
    row = guest(meeting)

    actions.rsvp(meeting, member=MemberFactory(email=EMAIL), answer="in_person", now=now)

    kept = Rsvp.objects.get()
    assert (kept.pk, kept.is_waiting, kept.guest_email) == (row.pk, False, "")


MERGES = [
    # the member's own, the guest's later one, what is left of both: (answer, in line, offered)
    (("in_person", 0, 0), ("in_person", 1, 0), ("in_person", False, False)),
    (("in_person", 1, 0), ("in_person", 0, 0), ("in_person", False, False)),
    (("in_person", 2, 0), ("in_person", 1, 1), ("in_person", True, True)),
    (("in_person", 1, 0), ("in_person", 2, 0), ("in_person", True, False)),
    (("in_person", 0, 0), ("online", 0, 0), ("online", False, False)),
    (("no", 0, 0), ("in_person", 1, 0), ("in_person", True, False)),
    (("online", 0, 0), ("no", 0, 0), ("no", False, False)),
    (("online", 0, 0), ("undecided", 0, 0), ("undecided", False, False)),
]


@pytest.mark.parametrize(("own", "theirs", "left"), MERGES, ids=str)
def test_two_answers_become_one_and_nothing_is_lost(now, own, theirs, left):
    meeting, member = MeetingFactory(capacity=1), MemberFactory(email=EMAIL)
    full = RsvpFactory(meeting=meeting, answer="in_person")

    def place(answer, waits, offered):
        since = now + timedelta(minutes=waits) if waits else None
        return {"answer": answer, "waiting_since": since, "offered_until": now + timedelta(1) if offered else None}

    row = RsvpFactory(meeting=meeting, member=member, sequence=3, answered_at=now, **place(*own))
    guest(meeting, sequence=5, answered_at=now + timedelta(hours=1), **place(*theirs))

    assert actions.join_guest_answers(now=now) == 1

    kept = Rsvp.objects.exclude(pk=full.pk).get()
    assert (kept.pk, kept.member, kept.sequence) == (row.pk, member, 6)
    assert (kept.answer, kept.is_waiting, kept.is_offered) == left
    assert not kept.is_waiting or kept.waiting_since == now + timedelta(minutes=1)


def test_seat_that_one_of_the_two_leaves_is_offered(now):
    meeting, member = MeetingFactory(capacity=2), MemberFactory(email=EMAIL)
    RsvpFactory(meeting=meeting, member=member, answer="in_person", answered_at=now)
    guest(meeting, answered_at=now)
    waiting = RsvpFactory(meeting=meeting, answer="in_person", waiting_since=now)

    actions.join_guest_answers(now=now)

    waiting.refresh_from_db()
    assert waiting.is_offered
    assert [letter.address for letter in Delivery.objects.all()] == [waiting.member.email]


@pytest.mark.parametrize(
    ("own", "theirs", "left"),
    [
        (("A ramp", "confirmed"), ("Captions", "asked"), ("A ramp\nCaptions", "asked")),
        (("A ramp", "arranged"), ("A ramp", "asked"), ("A ramp", "arranged")),
        (("A ramp", "withdrawn"), ("Captions", "arranged"), ("Captions", "arranged")),
        (("A ramp", "arranged"), ("Captions", "withdrawn"), ("A ramp", "arranged")),
    ],
    ids=str,
)
def test_two_requests_become_one(now, own, theirs, left):
    meeting, member = MeetingFactory(), MemberFactory(email=EMAIL)
    staff = StaffFactory()
    row = RsvpFactory(meeting=meeting, member=member)
    AccommodationFactory(rsvp=row, need=own[0], state=own[1])
    AccommodationFactory(rsvp=guest(meeting, "online"), need=theirs[0], state=theirs[1], owner=staff)

    actions.join_guest_answers(now=now)

    kept = Accommodation.objects.get()
    assert (kept.rsvp, kept.need, kept.state) == (row, *left)


def test_two_answers_on_legal_hold_stay_two(now):
    meeting, member = MeetingFactory(), MemberFactory(email=EMAIL)
    RsvpFactory(meeting=meeting, member=member)
    guest(meeting)
    set_hold(kind="rsvps", why="A letter of the court", by=StaffFactory(), now=now)

    assert (actions.join_guest_answers(now=now), Rsvp.objects.count()) == (0, 2)
