from datetime import UTC, datetime, timedelta

import pytest

from cop_portal.errors import Refused
from meetings import actions
from meetings.enums import AccommodationState
from meetings.models import Accommodation, CalendarFeed, GuestAnswer, Rsvp
from notices.models import Delivery
from privacy.models import ConsentNotice
from tests.factories import (
    AccommodationFactory,
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


def test_full_room_makes_people_wait_in_order_but_never_online(now):
    meeting = MeetingFactory(capacity=1)
    rows = [actions.rsvp(meeting, member=MemberFactory(), answer="in_person", now=now) for _ in range(3)]
    online = actions.rsvp(meeting, member=MemberFactory(), answer="online", now=now)

    assert [actions.waiting_position(row) for row in rows] == [None, 1, 2]
    assert online.is_waiting is False
    assert "METHOD" not in Delivery.objects.get(member=rows[1].member).calendar


def test_seat_given_up_goes_to_the_first_who_waits_with_a_letter(now):
    meeting = MeetingFactory(capacity=1)
    rows = [actions.rsvp(meeting, member=MemberFactory(), answer="in_person", now=now) for _ in range(3)]
    Delivery.objects.all().delete()

    actions.rsvp(meeting, member=rows[0].member, answer="no", now=now)

    for row in rows:
        row.refresh_from_db()
    assert [row.is_waiting for row in rows] == [False, False, True]
    assert actions.waiting_position(rows[2]) == 1
    letters = {row.member_id: row for row in Delivery.objects.all()}
    assert letters.keys() == {rows[0].member_id, rows[1].member_id}
    assert "METHOD:REQUEST" in letters[rows[1].member_id].calendar
    assert "METHOD:CANCEL" in letters[rows[0].member_id].calendar


def test_nobody_jumps_the_queue_by_an_earlier_clock(now):
    meeting = MeetingFactory(capacity=1)
    actions.rsvp(meeting, member=MemberFactory(), answer="in_person", now=now)
    first = actions.rsvp(meeting, member=MemberFactory(), answer="in_person", now=now + timedelta(seconds=5))
    second = actions.rsvp(meeting, member=MemberFactory(), answer="in_person", now=now)

    assert [actions.waiting_position(row) for row in (first, second)] == [1, 2]


def test_more_seats_are_given_to_those_who_wait_and_fewer_take_none_away(now):
    meeting, staff = MeetingFactory(capacity=1), StaffFactory()
    for _ in range(3):
        actions.rsvp(meeting, member=MemberFactory(), answer="in_person", now=now)

    actions.change(meeting, changes={"capacity": 2}, by=staff, now=now)
    assert (meeting.rsvps.seated().count(), meeting.rsvps.waiting().count()) == (2, 1)

    actions.change(meeting, changes={"capacity": 1}, by=staff, now=now)
    assert (meeting.rsvps.seated().count(), meeting.rsvps.waiting().count()) == (2, 1)

    actions.change(meeting, changes={"capacity": None}, by=staff, now=now)
    assert (meeting.rsvps.seated().count(), meeting.rsvps.waiting().count()) == (3, 0)


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


def test_request_moves_on_and_the_person_hears_that_there_is_news_only(now):
    row, staff = AccommodationFactory(need="A very private need"), StaffFactory()

    actions.set_accommodation(row, state="cannot", answer="No lift in this house", by=staff, now=now)

    row.refresh_from_db()
    [letter] = Delivery.objects.all()
    assert (row.state, row.owner, row.answer) == ("cannot", staff, "No lift in this house")
    for text in (letter.subject_line, letter.text, letter.html):
        assert "private need" not in text
        assert "lift" not in text


@pytest.mark.parametrize(
    ("before", "state", "code"), [("asked", "cannot", "says_nothing"), ("withdrawn", "arranged", "withdrawn")]
)
def test_request_is_refused_and_stays_as_it_was(now, before, state, code):
    row = AccommodationFactory(state=before)

    with pytest.raises(Refused) as refusal:
        actions.set_accommodation(row, state=state, by=StaffFactory(), now=now)

    row.refresh_from_db()
    assert (refusal.value.code, row.state, row.owner) == (code, before, None)
    assert not Delivery.objects.exists()


def test_request_moved_on_twice_is_told_once(now):
    row, first = AccommodationFactory(), StaffFactory()

    for staff, moment in ((first, now), (StaffFactory(), now + timedelta(minutes=1))):
        actions.set_accommodation(row, state="arranged", by=staff, now=moment)

    row.refresh_from_db()
    assert (row.state, row.owner, Delivery.objects.count()) == ("arranged", first, 1)


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
    assert list(meeting.rsvps.seated().values_list("member", flat=True)) == [ben.pk]
    assert not group.members.exists()
    assert not CalendarFeed.objects.exists()
