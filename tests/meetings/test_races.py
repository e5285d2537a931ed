"""Forty people at one door. On PostgreSQL, with real threads, and with the guard off to show that it is the guard."""

from datetime import timedelta

import pytest

from meetings import actions
from meetings.actions import rsvps
from meetings.models import Meeting, Rsvp
from notices.models import Delivery
from tests.factories import NOW, MeetingFactory, MemberFactory
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


def test_seats_given_up_at_once_go_to_as_many_who_wait_one_letter_each():
    meeting = MeetingFactory(capacity=10)
    rows = [
        actions.rsvp(meeting, member=MemberFactory(), answer="in_person", now=NOW + timedelta(seconds=number))
        for number in range(30)
    ]
    Delivery.objects.all().delete()

    def leaving(row):
        return lambda: actions.rsvp(meeting, member=row.member, answer="no", now=NOW)

    errors = together([leaving(row) for row in rows[:10]])

    assert errors == []
    assert set(meeting.rsvps.seated().values_list("pk", flat=True)) == {row.pk for row in rows[10:20]}
    assert meeting.rsvps.waiting().count() == 10
    promoted = Delivery.objects.filter(member__in=[row.member for row in rows[10:20]])
    assert promoted.count() == 10


def test_after_a_storm_no_seat_is_empty_while_somebody_waits():
    meeting = MeetingFactory(capacity=10)
    members = [MemberFactory() for _ in range(40)]

    def storm(number, member):
        def run():
            for turn in range(5):
                answer = ("in_person", "no", "in_person", "online", "in_person")[(number + turn) % 5]
                actions.rsvp(meeting, member=member, answer=answer, now=NOW)

        return run

    errors = together([storm(number, member) for number, member in enumerate(members)])

    seated, waiting = meeting.rsvps.seated().count(), meeting.rsvps.waiting().count()
    assert errors == []
    assert seated <= 10
    assert waiting == 0 or seated == 10
    assert Rsvp.objects.count() == 40


def test_check_in_by_forty_windows_is_one_row():
    meeting, member = MeetingFactory(), MemberFactory()
    job = lambda: actions.check_in(meeting, member=member, code=meeting.checkin_code, now=meeting.starts_at)  # noqa: E731

    errors = together([job] * 40)

    assert errors == []
    assert meeting.attendances.count() == 1
