"""The way to join, mailed shortly before the start to those who are going online, and to nobody else."""

from datetime import timedelta

import pytest

from meetings import actions, tasks
from meetings.actions import owe_digests
from notices.models import Call, Delivery
from tests.factories import MeetingFactory, MemberFactory, RsvpFactory

pytestmark = pytest.mark.django_db
HALF = timedelta(minutes=30)


def answered(meeting):
    """The addresses of those going online; beside them, everybody who must not get it."""
    guest = RsvpFactory(meeting=meeting, member=None, guest_name="Gus", guest_email="gus@example.org")
    member = RsvpFactory(meeting=meeting)
    for answer in ("in_person", "undecided", "no"):
        RsvpFactory(meeting=meeting, answer=answer)
    RsvpFactory(meeting=meeting, answer="in_person", waiting_since=meeting.published_at)
    RsvpFactory(meeting=meeting, member__is_active=False)
    RsvpFactory(meeting=meeting, member=None, guest_name="Caller", guest_phone="651-555-0100")
    return {guest.guest_email, member.member.email}


@pytest.mark.parametrize(
    ("after_start", "owed"), [(-HALF - timedelta(seconds=1), 0), (-HALF, 2), (timedelta(minutes=119), 2), (timedelta(hours=2), 0)]
)  # fmt: skip
def test_link_is_mailed_from_half_an_hour_before_until_the_end_and_once(after_start, owed):
    meeting = MeetingFactory()
    addresses = answered(meeting)
    now = meeting.starts_at + after_start

    assert [actions.owe_join_links(now=now) for _ in range(2)] == [owed, 0]

    letters = Delivery.objects.all()
    assert {letter.address for letter in letters} == (addresses if owed else set())
    assert all(meeting.join_url in letter.text and meeting.join_url in letter.html for letter in letters)


@pytest.mark.parametrize("change", [{"state": "cancelled"}, {"state": "draft"}, {"join_url": ""}], ids=str)
def test_no_link_is_mailed_where_there_is_none_to_follow(change):
    meeting = MeetingFactory(**change)
    answered(meeting)

    assert actions.owe_join_links(now=meeting.starts_at) == 0


def test_whoever_says_so_late_gets_it_and_all_get_a_new_link():
    meeting = MeetingFactory()
    now = meeting.starts_at - HALF
    RsvpFactory(meeting=meeting)
    actions.owe_join_links(now=now)
    RsvpFactory(meeting=meeting)
    assert actions.owe_join_links(now=now) == 1

    meeting.join_url = "https://join.example.org/another-room"
    meeting.save()
    assert actions.owe_join_links(now=now) == 2


def test_whoever_has_no_address_is_called_once():
    meeting = MeetingFactory()
    RsvpFactory(meeting=meeting, member=MemberFactory(email=None))

    assert [actions.owe_join_links(now=meeting.starts_at - HALF) for _ in range(2)] == [1, 0]
    assert meeting.join_url in Call.objects.get().text


def test_reminder_of_the_day_before_does_not_say_it():
    meeting = MeetingFactory()
    answered(meeting)

    owe_digests(now=meeting.starts_at - timedelta(hours=23))

    letters = Delivery.objects.all()
    assert len(letters) > 2
    assert not any("secret-room" in letter.text + letter.html + letter.calendar for letter in letters)


def test_clock_owes_them_by_its_own_time():
    tasks.owe_join_links()

    assert not Delivery.objects.exists()
