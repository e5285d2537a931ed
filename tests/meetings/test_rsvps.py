from datetime import UTC, datetime, timedelta

import pytest

from cop_portal.errors import Refused
from meetings import actions
from meetings.enums import AccommodationState
from meetings.models import Accommodation, CalendarFeed, GuestAnswer, Rsvp
from notices.models import Delivery
from privacy.models import ConsentNotice
from tests.factories import (
    ConsentNoticeFactory,
    MeetingFactory,
    MemberFactory,
    RsvpFactory,
    StaffFactory,
    WorkgroupFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def guests():
    """The notice that stands beside the forms of those without an account."""
    return ConsentNoticeFactory(key="guest", version=1)


def test_rsvp_takes_a_place_and_owes_one_letter_with_the_entry(now):
    meeting, ana = MeetingFactory(), MemberFactory()

    row = actions.rsvp(meeting, member=ana, answer="online", now=now)

    [letter] = Delivery.objects.all()
    assert (row.answer, row.is_waiting, row.sequence) == ("online", False, 0)
    assert (letter.key, letter.address, letter.member) == (f"rsvp:{row.pk}:0", ana.email, ana)
    assert "METHOD:REQUEST" in letter.calendar


def test_rsvp_twice_is_one_row_and_one_letter(now):
    meeting, ana = MeetingFactory(), MemberFactory()

    first = actions.rsvp(meeting, member=ana, answer="in_person", now=now)
    second = actions.rsvp(meeting, member=ana, answer="in_person", now=now + timedelta(seconds=1))

    assert (first.pk, second.sequence) == (second.pk, 0)
    assert (Rsvp.objects.count(), Delivery.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("state", "later", "code"),
    [("draft", 0, "not_open"), ("cancelled", 0, "not_open"), ("published", 28, "started")],
)
def test_rsvp_is_refused_and_leaves_nothing_behind(now, state, later, code):
    meeting = MeetingFactory(state=state)

    with pytest.raises(Refused) as refusal:
        actions.rsvp(meeting, member=MemberFactory(), answer="online", now=now + timedelta(days=later))

    assert refusal.value.code == code
    assert not Rsvp.objects.exists()
    assert not Delivery.objects.exists()


def test_request_goes_with_the_answer_and_is_taken_back_with_it(now):
    meeting, ana = MeetingFactory(), MemberFactory()
    asked = actions.Details(need="Captions", language="Somali", needs_interpreter=True, note="Vegetarian")

    row = actions.rsvp(meeting, member=ana, answer="online", details=asked, now=now)
    assert (row.accommodation.need, row.accommodation.state, row.language) == ("Captions", "asked", "Somali")

    actions.rsvp(meeting, member=ana, answer="no", now=now)
    assert Accommodation.objects.get().state == AccommodationState.WITHDRAWN

    actions.rsvp(meeting, member=ana, answer="online", now=now)
    assert Accommodation.objects.get().state == AccommodationState.ASKED
    actions.rsvp(meeting, member=ana, answer="online", details=actions.Details(), now=now)
    assert Accommodation.objects.get().state == AccommodationState.WITHDRAWN


def test_guest_counts_only_once_confirmed(now):
    meeting = MeetingFactory(capacity=1)
    details = actions.Details(need="Large print")

    pending = actions.ask_as_guest(
        meeting, name="Gus", email="Gus@Example.org", answer="in_person", details=details, now=now
    )
    assert not Rsvp.objects.exists()
    assert Delivery.objects.get().address == "gus@example.org"
    assert pending.token in Delivery.objects.get().text

    row = actions.confirm_guest(pending, now=now)
    assert (row.guest_name, row.guest_email, row.accommodation.need) == ("Gus", "gus@example.org", "Large print")
    assert row.notice == ConsentNotice.objects.get()
    assert not GuestAnswer.objects.exists()
    with pytest.raises(Refused) as refusal:
        actions.confirm_guest(pending, now=now)
    assert (refusal.value.code, Rsvp.objects.count()) == ("gone", 1)


def test_guest_asking_twice_gets_one_mail_and_the_later_answer(now):
    meeting = MeetingFactory()
    for answer in ("in_person", "online"):
        actions.ask_as_guest(
            meeting, name="Gus", email="gus@example.org", answer=answer, details=actions.Details(), now=now
        )

    assert (GuestAnswer.objects.get().answer, Delivery.objects.count()) == ("online", 1)


def test_guest_who_asks_again_later_gets_another_mail(now):
    meeting, hour = MeetingFactory(), timedelta(hours=1)
    for moment in (now, now + hour):
        actions.ask_as_guest(
            meeting, name="Gus", email="gus@example.org", answer="online", details=actions.Details(), now=moment
        )

    assert (GuestAnswer.objects.get().mailed_at, Delivery.objects.count()) == (now + hour, 2)


def test_guest_with_a_members_address_becomes_the_members_answer(now):
    meeting, ana = MeetingFactory(), MemberFactory(email="ana@example.org")
    RsvpFactory(meeting=meeting, member=ana, answer="no")

    pending = actions.ask_as_guest(
        meeting, name="Somebody", email="ANA@example.org", answer="online", details=actions.Details(), now=now
    )
    row = actions.confirm_guest(pending, now=now)

    assert (Rsvp.objects.count(), row.member, row.answer, row.notice) == (1, ana, "online", None)


def test_guest_answer_is_refused_after_the_start_and_unconfirmed_ones_are_forgotten(now):
    meeting = MeetingFactory()
    actions.ask_as_guest(
        meeting, name="Gus", email="gus@example.org", answer="online", details=actions.Details(), now=now
    )

    with pytest.raises(Refused) as refusal:
        actions.ask_as_guest(
            meeting, name="Eve", email="eve@example.org", answer="online", details=actions.Details(),
            now=meeting.starts_at,
        )  # fmt: skip

    assert refusal.value.code == "not_open"
    assert actions.forget_unconfirmed(now=meeting.starts_at) == 1
    assert not GuestAnswer.objects.exists()


def test_person_without_e_mail_can_be_answered_for(now):
    meeting, ana = MeetingFactory(), MemberFactory(email=None)

    row = actions.rsvp(meeting, member=ana, answer="in_person", by=StaffFactory(), now=now)

    assert row.answer == "in_person"
    assert not Delivery.objects.exists()


def test_dates_in_letters_are_in_the_meetings_zone(now):
    meeting = MeetingFactory(zone="America/Denver", starts_at=datetime(2027, 3, 17, 16, 0, tzinfo=UTC))

    actions.rsvp(meeting, member=MemberFactory(), answer="online", now=now)

    assert "10 a.m. to noon MDT (America/Denver)" in Delivery.objects.get().text


def test_whoever_leaves_gives_places_back_and_keeps_what_is_over(now):
    meeting, ana, ben = MeetingFactory(capacity=1), MemberFactory(), MemberFactory()
    past = RsvpFactory(member=ana, meeting__starts_at=now - timedelta(days=9))
    group = WorkgroupFactory()
    group.members.add(ana)
    actions.replace_feed(ana, now=now)
    for member in (ana, ben):
        actions.rsvp(meeting, member=member, answer="in_person", now=now)

    assert actions.give_back_places(ana, now=now) == 1
    assert actions.give_back_places(ana, now=now) == 0

    past.refresh_from_db()
    assert past.answer == "online"
    assert list(meeting.rsvps.offered().values_list("member", flat=True)) == [ben.pk]
    assert not group.members.exists()
    assert not CalendarFeed.objects.exists()
