"""Seats, the line, and the seat that is held until somebody answers: docs/decisions/0013-a-seat-is-offered.md."""

from datetime import timedelta

import pytest

from meetings import actions, tasks
from meetings.models import Rsvp
from notices.models import Delivery
from tests.factories import MeetingFactory, MemberFactory, RsvpFactory, StaffFactory

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def come(meeting, now, count=1, answer="in_person"):
    return [actions.rsvp(meeting, member=MemberFactory(), answer=answer, now=now) for _ in range(count)]


def again(row, answer, now):
    return actions.rsvp(row.meeting, member=row.member, answer=answer, now=now)


def stand(*rows):
    """Where each stands: seated, offered, its place in line, or the answer."""
    found = []
    for row in Rsvp.objects.in_bulk([row.pk for row in rows]).values():
        words = "offered" if row.is_offered else actions.waiting_position(row)
        found.append(words or ("seated" if row.answer == "in_person" else row.answer))
    return found


def letters():
    told = [(row.address, row.subject_line.split(":")[0]) for row in Delivery.objects.order_by("pk")]
    Delivery.objects.all().delete()
    return told


def test_full_room_makes_people_wait_in_order_but_never_online(now):
    meeting = MeetingFactory(capacity=1)
    rows = [*come(meeting, now, 3), *come(meeting, now, answer="online"), *come(meeting, now, answer="undecided")]

    assert stand(*rows) == ["seated", 1, 2, "online", "undecided"]
    assert "METHOD" not in Delivery.objects.get(member=rows[1].member).calendar
    assert "number 2 in line" in Delivery.objects.get(member=rows[2].member).text
    assert not Delivery.objects.filter(member=rows[4].member).exists()


def test_nobody_jumps_the_line_by_an_earlier_clock(now):
    meeting = MeetingFactory(capacity=1)
    come(meeting, now)

    first, second = *come(meeting, now + timedelta(seconds=5)), *come(meeting, now)

    assert stand(first, second) == [1, 2]


def test_seat_given_up_is_held_for_the_first_in_line_who_takes_it_with_one_tap(now):
    meeting = MeetingFactory(capacity=1)
    rows = come(meeting, now, 3)
    letters()

    again(rows[0], "no", now)
    assert stand(*rows) == ["no", "offered", 1]
    assert letters() == [(rows[1].member.email, "A seat is held for you"), (rows[0].member.email, "Not coming")]
    assert come(meeting, now)[0].is_waiting

    again(rows[1], "in_person", now + HOUR)
    again(rows[1], "in_person", now + HOUR)
    assert stand(*rows) == ["no", "seated", 1]
    entry = Delivery.objects.get(member=rows[1].member)
    assert (entry.subject_line[:14], "METHOD:REQUEST" in entry.calendar) == ("You are coming", True)


def test_seat_declined_is_offered_to_the_next(now):
    meeting = MeetingFactory(capacity=1)
    rows = come(meeting, now, 3)
    again(rows[0], "no", now)

    again(rows[1], "online", now)

    assert stand(*rows) == ["no", "online", "offered"]


@pytest.mark.parametrize(
    ("left", "held"),
    [(28 * DAY, DAY), (2 * DAY, DAY), (DAY, DAY / 2), (3 * HOUR, 1.5 * HOUR), (1.5 * HOUR, HOUR), (HOUR / 2, HOUR / 2)],
    ids=str,
)
def test_seat_is_held_a_day_and_less_near_the_start_but_never_beyond_it(now, left, held):
    meeting = MeetingFactory(capacity=1, starts_at=now + left)
    rows = come(meeting, now, 2)

    again(rows[0], "no", now)

    assert meeting.rsvps.offered().get().offered_until == now + held


def test_offer_without_an_answer_goes_to_the_next_and_the_person_may_come_back(now):
    meeting = MeetingFactory(capacity=1)
    rows = come(meeting, now, 3)
    again(rows[0], "no", now)
    letters()

    assert actions.pass_on_offers(now=now + DAY - timedelta(seconds=1)) == 0
    assert actions.pass_on_offers(now=now + DAY) == 1
    assert actions.pass_on_offers(now=now + DAY) == 0

    assert stand(*rows) == ["no", "undecided", "offered"]
    assert letters() == [
        (rows[1].member.email, "The seat is no longer held for you"),
        (rows[2].member.email, "A seat is held for you"),
    ]
    again(rows[1], "in_person", now + DAY)
    assert stand(*rows) == ["no", 1, "offered"]


def test_whoever_answers_late_gets_what_is_there_and_one_letter(now):
    meeting = MeetingFactory(capacity=1)
    rows = come(meeting, now, 2)
    again(rows[0], "no", now)
    third = come(meeting, now)[0]
    letters()

    again(rows[1], "in_person", now + 2 * DAY)
    assert stand(rows[1], third) == [1, "offered"]
    assert letters() == [(third.member.email, "A seat is held for you"), (rows[1].member.email, "Waiting list")]

    again(third, "no", now + 2 * DAY)
    again(rows[1], "in_person", now + 9 * DAY)
    assert stand(rows[1], third) == ["seated", "no"]


def test_offers_end_with_the_start_and_nobody_is_written_to(now):
    meeting = MeetingFactory(capacity=1, starts_at=now + HOUR / 2)
    rows = come(meeting, now, 3)
    again(rows[0], "no", now)
    letters()

    assert actions.pass_on_offers(now=meeting.starts_at) == 1

    assert (stand(*rows), letters()) == (["no", "undecided", 1], [])


def test_offers_of_a_cancelled_meeting_end_in_silence(now):
    meeting = MeetingFactory(capacity=1)
    rows = come(meeting, now, 3)
    again(rows[0], "no", now)
    actions.cancel(meeting, by=StaffFactory(), reason="Snow", now=now)
    letters()

    actions.pass_on_offers(now=now + DAY)

    assert (stand(*rows), letters()) == (["no", "undecided", 1], [])


def test_whoever_cannot_be_written_to_gets_the_seat_at_once_and_staff_tell_them(now):
    meeting = MeetingFactory(capacity=1)
    [first] = come(meeting, now)
    member = actions.rsvp(meeting, member=MemberFactory(email=None), answer="in_person", by=StaffFactory(), now=now)
    caller = actions.rsvp(
        meeting, guest=actions.Guest("Gus", phone="651-555-0100"), answer="in_person", by=StaffFactory(), now=now
    )

    again(first, "no", now)
    assert (stand(member, caller), member.member.calls.count()) == (["seated", 1], 1)
    again(member, "no", now)

    caller.refresh_from_db()
    assert (stand(caller), caller.to_tell) == (["seated"], "A seat in the room became free, and it is theirs.")


def test_closed_membership_is_passed_over_and_keeps_nobody_out(now):
    meeting = MeetingFactory(capacity=1)
    gone = RsvpFactory(meeting=meeting, answer="in_person", waiting_since=now, member__is_active=False)

    rows = come(meeting, now, 2)

    assert stand(gone, *rows) == [1, "seated", 2]


def test_more_seats_are_offered_and_fewer_take_none_away(now):
    meeting, staff = MeetingFactory(capacity=1), StaffFactory()
    rows = come(meeting, now, 4)

    actions.change(meeting, changes={"capacity": 2}, by=staff, now=now)
    assert stand(*rows) == ["seated", "offered", 1, 2]

    actions.change(meeting, changes={"capacity": 1}, by=staff, now=now)
    again(rows[1], "in_person", now)
    assert stand(*rows) == ["seated", "seated", 1, 2]

    again(rows[0], "no", now)
    assert stand(*rows) == ["no", "seated", 1, 2]

    actions.change(meeting, changes={"capacity": None}, by=staff, now=now)
    assert stand(*rows) == ["no", "seated", "seated", "seated"]


def test_clock_passes_offers_on_by_the_time_of_the_database(now):
    meeting = MeetingFactory(capacity=1)
    rows = come(meeting, now, 2)
    Rsvp.objects.filter(pk=rows[0].pk).update(answer="no")
    Rsvp.objects.filter(pk=rows[1].pk).update(offered_until=actions.database_time() - HOUR)

    tasks.pass_on_offers()

    assert stand(*rows) == ["no", "undecided"]
