"""Forty people at one door. On PostgreSQL, with real threads, and with the guard off to show that it is the guard."""

from datetime import timedelta

import pytest

from meetings import actions
from meetings.actions import rsvps
from meetings.models import Meeting, Rsvp
from notices.models import Delivery
from tests.factories import NOW, MeetingFactory, MemberFactory, StaffFactory
from tests.races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def race_for_seats():
    meeting = MeetingFactory(capacity=10)
    members = [MemberFactory() for _ in range(40)]

    def answering(member):
        return lambda: actions.rsvp(meeting, member=member, answer="in_person", now=NOW)

    errors = together([answering(member) for member in members])
    return meeting, errors


@pytest.mark.parametrize("_round", range(3))
def test_forty_for_ten_seats_leave_ten_seated_and_thirty_waiting_in_order(_round):
    meeting, errors = race_for_seats()

    assert errors == []
    assert meeting.rsvps.seated().count() == 10
    waiting = list(meeting.rsvps.waiting())
    assert [actions.waiting_position(row) for row in waiting] == list(range(1, 31))
    assert len({row.waiting_since for row in waiting}) == 30
    assert Delivery.objects.count() == 40


def test_without_the_lock_the_room_is_oversold(monkeypatch):
    monkeypatch.setattr(rsvps, "lock_meeting", lambda pk: Meeting.objects.get(pk=pk))

    meeting, _ = race_for_seats()

    assert meeting.rsvps.seated().count() > 10


def test_double_click_in_forty_windows_is_one_answer_and_one_letter():
    meeting, member = MeetingFactory(capacity=10), MemberFactory()

    errors = together([lambda: actions.rsvp(meeting, member=member, answer="in_person", now=NOW)] * 40)

    assert errors == []
    assert (Rsvp.objects.count(), Delivery.objects.count()) == (1, 1)


def full_room(count):
    """Ten seated, the rest in line, and no letter of it left."""
    meeting = MeetingFactory(capacity=10)
    rows = [
        actions.rsvp(meeting, member=MemberFactory(), answer="in_person", now=NOW + timedelta(seconds=number))
        for number in range(count)
    ]
    Delivery.objects.all().delete()
    return meeting, rows


def answering(row, answer, now=NOW):
    return lambda: actions.rsvp(row.meeting, member=row.member, answer=answer, now=now)


def give_up_ten():
    meeting, rows = full_room(30)
    errors = together([answering(row, "no") for row in rows[:10]])
    offered = {row.pk for row in meeting.rsvps.offered()}
    letters = Delivery.objects.filter(key__in=[f"offered:{row.pk}:1" for row in rows[10:]])
    return errors, offered, {row.pk for row in rows[10:20]}, letters.count()


def test_seats_given_up_at_once_are_offered_to_as_many_in_line_one_letter_each():
    errors, offered, first_in_line, letters = give_up_ten()

    assert (errors, letters) == ([], 10)
    assert offered == first_in_line


def test_without_the_lock_seats_given_up_are_offered_wrongly(monkeypatch):
    monkeypatch.setattr(rsvps, "lock_meeting", lambda pk: Meeting.objects.get(pk=pk))

    _, offered, first_in_line, letters = give_up_ten()

    assert (offered, letters) != (first_in_line, 10)


@pytest.mark.parametrize("_round", range(3))
def test_offers_taken_while_they_end_are_taken_or_passed_on_but_never_both(_round):
    """Ten tap at the last moment, while two clocks pass the offers on: each seat has one person, and none is lost."""
    meeting, rows = full_room(40)
    for row in rows[:10]:
        answering(row, "no")()
    in_time, late = NOW + timedelta(hours=23, minutes=59), NOW + timedelta(days=1)
    taps = [answering(row, "in_person", in_time) for row in rows[10:20]]

    errors = together([*taps, *[lambda: actions.pass_on_offers(now=late)] * 2])

    seated = set(meeting.rsvps.seated().values_list("pk", flat=True))
    assert errors == []
    assert seated <= {row.pk for row in rows[10:20]}
    assert meeting.rsvps.holding().count() == 10
    assert meeting.rsvps.offered().count() == 10 - len(seated)
    assert not meeting.rsvps.offered().filter(offered_until__lte=late).exists()


def storm(meeting, members, turns=5):
    answers = ("in_person", "no", "in_person", "online", "in_person")

    def acting(number, member):
        def run():
            for turn in range(turns):
                actions.rsvp(meeting, member=member, answer=answers[(number + turn) % 5], now=NOW)

        return run

    return [acting(number, member) for number, member in enumerate(members)]


def at_rest(meeting):
    """(holding, in line) once nobody is busy."""
    return meeting.rsvps.holding().count(), meeting.rsvps.in_line().count()


def test_after_a_storm_no_seat_is_empty_while_somebody_waits():
    meeting, members = MeetingFactory(capacity=10), [MemberFactory() for _ in range(40)]

    errors = together(storm(meeting, members))

    held, waiting = at_rest(meeting)
    assert (errors, Rsvp.objects.count()) == ([], 40)
    assert held == 10 or (held < 10 and waiting == 0)


def test_capacity_lowered_in_a_storm_takes_nobodys_seat():
    meeting, rows = full_room(30)
    staff = StaffFactory()
    before = {row.pk for row in rows[:10]}
    lower = lambda: actions.change(meeting, changes={"capacity": 5}, by=staff, now=NOW)  # noqa: E731

    errors = together([lower, *[answering(row, "in_person") for row in rows], *storm(meeting, [MemberFactory()], 2)])

    assert errors == []
    assert set(meeting.rsvps.seated().values_list("pk", flat=True)) == before


def test_check_in_by_forty_windows_is_one_row():
    meeting, member = MeetingFactory(), MemberFactory()
    job = lambda: actions.check_in(meeting, member=member, code=meeting.checkin_code, now=meeting.starts_at)  # noqa: E731

    errors = together([job] * 40)

    assert errors == []
    assert meeting.attendances.count() == 1
