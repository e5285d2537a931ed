"""Word of changes: one message about several edits, nothing about what was undone, and nobody reads a time of the past."""

from datetime import timedelta

import pytest

from meetings import actions
from meetings.models import ChangeLogEntry, OwedChange
from notices.actions import follow, keep_topic
from notices.delivery import claim
from notices.enums import DeliveryState, Frequency
from notices.models import Call, Delivery
from tests.factories import (
    MeetingFactory,
    MemberFactory,
    RsvpFactory,
    SeriesFactory,
    StaffFactory,
    SubscriberFactory,
    SubscriptionFactory,
    SuppressionFactory,
    WorkgroupFactory,
)
from tests.factories import (
    MembershipPeriodFactory as PeriodFactory,
)

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)
LINK = "https://other.example.org/canary-link"


@pytest.fixture
def staff():
    return StaffFactory()


@pytest.fixture
def regular(now):
    """A meeting at the time that the rule of its series gave it."""
    meeting = MeetingFactory(series=SeriesFactory(), starts_at=now + timedelta(days=28))
    meeting.planned_start = meeting.starts_at
    meeting.save()
    return meeting


def move(meeting, staff, now, *, hours=0, days=0, **changes):
    by = timedelta(hours=hours, days=days)
    meeting.refresh_from_db()
    if by:
        changes |= {"starts_at": meeting.starts_at + by, "ends_at": meeting.ends_at + by}
    return actions.change(meeting, changes=changes, by=staff, now=now, reason="The room is taken")


def send(*letters):
    """As the worker would: the server has them."""
    for letter in letters:
        Delivery.objects.filter(pk=letter.pk).update(state=DeliveryState.SENT, sent_at=letter.owed_at)


def test_several_edits_become_one_message_with_all_of_them(regular, staff, now):
    RsvpFactory(meeting=regular)

    move(regular, staff, now, days=1)
    move(regular, staff, now + timedelta(minutes=2), place="Room 9")
    move(regular, staff, now + timedelta(minutes=4), hours=1)
    assert actions.tell_changes(now=now + timedelta(minutes=8)) == 0
    assert actions.tell_changes(now=now + timedelta(minutes=9)) == 1
    assert actions.tell_changes(now=now + timedelta(minutes=10)) == 0

    letter = Delivery.objects.get()
    assert "Thursday, February 18, 2027, 11 a.m. to 1 p.m. CST (America/Chicago) (before: Wednesday" in letter.text
    assert "Place: Room 9, and online (before: Room 2370, St. Paul, and online)" in letter.text
    assert letter.text.count("Date and time") == 1
    assert "SEQUENCE:3" in letter.calendar
    assert "DTSTART;TZID=America/Chicago:20270218T110000" in letter.calendar


def test_edit_that_is_undone_tells_nothing(regular, staff, now):
    RsvpFactory(meeting=regular)

    move(regular, staff, now, days=1, join_url=LINK)
    move(regular, staff, now, days=-1, join_url="https://join.example.org/secret-room")
    actions.tell_changes(now=now + LATER)

    assert not Delivery.objects.exists()
    assert not OwedChange.objects.exists()
    regular.refresh_from_db()
    assert regular.sequence == 2  # a feed may have been read in between


def test_editing_without_end_is_told_after_a_quarter_of_an_hour(regular, staff, now):
    RsvpFactory(meeting=regular)

    for minute in range(0, 15, 3):
        move(regular, staff, now + timedelta(minutes=minute), hours=1)
        actions.tell_changes(now=now + timedelta(minutes=minute))
    assert not Delivery.objects.exists()

    assert actions.tell_changes(now=now + timedelta(minutes=15)) == 1


def test_close_to_the_start_nothing_waits(regular, staff):
    RsvpFactory(meeting=regular)
    near = regular.starts_at - timedelta(minutes=90)

    move(regular, staff, near, place="Room 9")

    assert actions.tell_changes(now=near) == 1


def test_message_that_is_overtaken_in_the_queue_is_not_sent_and_its_news_are_in_the_next(regular, staff, now):
    reached, waiting, held = (RsvpFactory(meeting=regular) for _ in range(3))
    move(regular, staff, now, days=1)
    actions.tell_changes(now=now + LATER)
    letters = {row.member: row for row in Delivery.objects.all()}
    send(letters[reached.member])
    Delivery.objects.filter(pk=letters[held.member].pk).update(
        state=DeliveryState.CLAIMED, claim="worker", lease_until=now + timedelta(hours=1)
    )

    then = now + timedelta(minutes=30)
    move(regular, staff, then, place="Room 9")
    actions.tell_changes(now=then + LATER)

    assert {letters[row.member].pk for row in (waiting, held)} == set(
        Delivery.objects.filter(state=DeliveryState.CANCELLED).values_list("pk", flat=True)
    )
    new = {row.member: row.text for row in Delivery.objects.filter(owed_at=then + LATER)}
    assert {member: ("Date and time" in text, "Room 9" in text) for member, text in new.items()} == {
        reached.member: (False, True),
        waiting.member: (True, True),
        held.member: (True, True),
    }


def test_edit_that_is_undone_after_it_was_told_is_told_and_otherwise_not(regular, staff, now):
    reached, waiting = RsvpFactory(meeting=regular), RsvpFactory(meeting=regular)
    move(regular, staff, now, days=1)
    actions.tell_changes(now=now + LATER)
    send(Delivery.objects.get(member=reached.member))

    move(regular, staff, now + timedelta(minutes=30), days=-1)
    actions.tell_changes(now=now + timedelta(minutes=35))

    assert Delivery.objects.exclude(state=DeliveryState.CANCELLED).filter(member=waiting.member).count() == 0
    assert "Wednesday, February 17" in Delivery.objects.filter(member=reached.member).latest("pk").text


def test_failed_word_of_a_change_is_not_left_to_be_retried(regular, staff, now):
    RsvpFactory(meeting=regular)
    move(regular, staff, now, days=1)
    actions.tell_changes(now=now + LATER)
    Delivery.objects.update(state=DeliveryState.FAILED, reason="No such mailbox")

    move(regular, staff, now + timedelta(hours=1), days=1)

    assert Delivery.objects.get().state == DeliveryState.CANCELLED


@pytest.mark.parametrize("held", [False, True], ids=["in the queue", "held by a worker"])
def test_letter_about_a_place_that_waits_gets_the_new_time(regular, staff, now, held):
    actions.rsvp(regular, member=MemberFactory(), answer="in_person", now=now)
    if held:
        Delivery.objects.update(owed_at=now - timedelta(days=400), due_at=now - timedelta(days=400))
        assert claim("token", 5)

    move(regular, staff, now, hours=1)

    letter = Delivery.objects.get()
    assert letter.state == DeliveryState.QUEUED
    assert "11 a.m. to 1 p.m." in letter.text
    assert "10 a.m." not in letter.text
    assert "T110000" in letter.calendar


def test_whoever_got_a_letter_with_a_time_that_was_then_undone_is_told(regular, staff, now):
    """All is as it was when they answered, and not as the letter says: it had waited, and was given the new time."""
    minute = timedelta(minutes=1)
    actions.rsvp(regular, member=MemberFactory(), answer="in_person", now=now)
    move(regular, staff, now + minute, hours=1)
    send(Delivery.objects.get())
    move(regular, staff, now + 2 * minute, hours=-1)

    assert actions.tell_changes(now=now + 2 * minute + LATER) == 1
    assert "10 a.m. to noon" in Delivery.objects.get(state=DeliveryState.QUEUED).text


def test_entry_of_somebody_undecided_is_taken_away_by_the_word_that_the_meeting_is_cancelled(regular, staff, now):
    member, minute = PeriodFactory().member, timedelta(minutes=1)
    actions.rsvp(regular, member=member, answer="online", now=now)
    send(*Delivery.objects.all())
    actions.rsvp(regular, member=member, answer="undecided", now=now + minute)

    actions.cancel(regular, by=staff, now=now + 2 * minute, reason="Snow")

    letter = Delivery.objects.get(member=member, state=DeliveryState.QUEUED)
    assert "METHOD:CANCEL" in letter.calendar


def test_letter_that_takes_an_entry_away_still_does_after_a_move(regular, staff, now):
    member = PeriodFactory().member
    actions.rsvp(regular, member=member, answer="online", now=now)
    send(*Delivery.objects.all())
    actions.rsvp(regular, member=member, answer="undecided", now=now + timedelta(minutes=1))

    move(regular, staff, now + timedelta(minutes=2), hours=1)

    letter = Delivery.objects.get(state=DeliveryState.QUEUED)
    assert "METHOD:CANCEL" in letter.calendar


def test_whoever_answered_between_two_edits_is_told_the_second(regular, staff, now):
    move(regular, staff, now, days=1)
    RsvpFactory(meeting=regular, answered_at=now + timedelta(minutes=1))
    move(regular, staff, now + timedelta(minutes=2), place="Room 9")

    actions.tell_changes(now=now + timedelta(minutes=7))

    text = Delivery.objects.get().text
    assert ("Date and time" in text, "Room 9" in text) == (False, True)


def test_new_join_link_is_told_and_stands_nowhere(regular, staff, now):
    going = RsvpFactory(meeting=regular)
    RsvpFactory(meeting=regular, answer="no")

    move(regular, staff, now, join_url=LINK)
    actions.tell_changes(now=now + LATER)

    entry = ChangeLogEntry.objects.get()
    assert (entry.what, entry.before, entry.after) == ("Way to join online", "", "")
    letter = Delivery.objects.get()
    assert (letter.member, letter.calendar) == (going.member, "")
    assert "Way to join online: changed" in letter.text
    assert "canary-link" not in letter.text + letter.html
    regular.refresh_from_db()
    assert regular.sequence == 0


def test_first_join_link_is_a_change_of_place_and_on_the_calendar(regular, staff, now):
    type(regular).objects.update(join_url="")
    RsvpFactory(meeting=regular)

    move(regular, staff, now, join_url=LINK)
    actions.tell_changes(now=now + LATER)

    regular.refresh_from_db()
    assert regular.sequence == 1
    assert "LOCATION:Room 2370\\, St. Paul\\, and online" in Delivery.objects.get().calendar


def test_title_alone_is_logged_and_told_with_the_next_change(regular, staff, now):
    RsvpFactory(meeting=regular)

    move(regular, staff, now, title="Another title")
    assert actions.tell_changes(now=now + LATER) == 0
    move(regular, staff, now + timedelta(days=1), place="Room 9")
    actions.tell_changes(now=now + timedelta(days=1) + LATER)

    assert "Title: Another title (before: Meeting" in Delivery.objects.get().text


def test_cancelling_says_all_that_is_left_to_say(regular, staff, now):
    actions.rsvp(regular, member=MemberFactory(), answer="online", now=now)
    move(regular, staff, now, days=1)
    actions.tell_changes(now=now + LATER)
    move(regular, staff, now + timedelta(minutes=6), days=1)

    actions.cancel(regular, by=staff, now=now + timedelta(minutes=7), reason="Snow")

    assert actions.tell_changes(now=now + timedelta(hours=1)) == 0
    [letter] = Delivery.objects.exclude(state=DeliveryState.CANCELLED)
    assert "METHOD:CANCEL" in letter.calendar


def test_call_to_somebody_without_an_address_says_the_latest(regular, staff, now):
    ana = MemberFactory(email=None)
    RsvpFactory(meeting=regular, member=ana)
    move(regular, staff, now, days=1)
    actions.tell_changes(now=now + LATER)

    move(regular, staff, now + timedelta(hours=1), days=1)
    actions.tell_changes(now=now + timedelta(hours=1) + LATER)

    call = Call.objects.get()
    assert call.member == ana
    assert "Friday, February 19" in call.text


def subscriber(**fields):
    return SubscriptionFactory(subscriber=SubscriberFactory(**fields)).subscriber


def test_of_a_special_meeting_everybody_hears_who_asked_to_hear_of_meetings(staff, now):
    special = MeetingFactory()
    going = RsvpFactory(meeting=special)
    weekly = SubscriptionFactory(frequency=Frequency.WEEKLY).subscriber
    stopped = subscriber(email=SuppressionFactory(email="no@example.org").email)
    SubscriptionFactory(subject="rfps")

    move(special, staff, now, place="Room 9")
    actions.tell_changes(now=now + LATER)

    rows = {row.address: row for row in Delivery.objects.all()}
    assert rows.keys() == {going.address, weekly.address, stopped.address}
    assert rows[stopped.address].state == DeliveryState.SUPPRESSED
    public = rows[weekly.address]
    assert "Room 9, and online (before: Room 2370, St. Paul, and online)" in public.text
    assert (public.unsubscribe_from, public.calendar, public.priority) == ("meetings", "", Delivery.BULK)
    assert "/notices/unsubscribe/" in public.text
    assert rows[going.address].unsubscribe_from == ""


@pytest.mark.parametrize(
    ("days", "told"), [(0, False), (7, True)], ids=["a regular one", "one that leaves the rule of its series"]
)
def test_of_a_regular_meeting_subscribers_hear_when_it_is_moved(regular, staff, now, days, told):
    reader = subscriber()

    move(regular, staff, now, days=days, place="Room 9")
    actions.tell_changes(now=now + LATER)

    assert Delivery.objects.filter(address=reader.address).exists() is told


def test_public_notice_says_again_what_was_taken_back(staff, now):
    special = MeetingFactory()
    reader, other = subscriber(), subscriber()
    move(special, staff, now, days=1)
    actions.tell_changes(now=now + LATER)
    send(Delivery.objects.get(address=other.address))

    move(special, staff, now + timedelta(minutes=30), place="Room 9")
    actions.tell_changes(now=now + timedelta(minutes=35))
    text = Delivery.objects.filter(address=reader.address).latest("pk").text
    send(*Delivery.objects.exclude(state=DeliveryState.CANCELLED))
    move(special, staff, now + timedelta(minutes=60), place="Room 10")
    actions.tell_changes(now=now + timedelta(minutes=65))

    assert ("Date and time" in text, "Room 9" in text) == (True, True)
    last = Delivery.objects.filter(address=reader.address).latest("pk").text
    assert ("Date and time" in last, "before: Room 9" in last) == (False, True)


def test_of_a_workgroups_special_meeting_those_hear_who_asked_to_hear_of_it(staff, now):
    group = WorkgroupFactory()
    keep_topic(group.subject, label=group.name)
    inside = PeriodFactory().member
    follow(inside, subject=group.subject, now=now)
    subscriber()

    move(MeetingFactory(workgroup=group), staff, now, place="Room 9")
    actions.tell_changes(now=now + LATER)

    letter = Delivery.objects.get()
    assert (letter.member, letter.unsubscribe_from) == (inside, group.subject)


def test_public_notice_costs_the_same_for_three_and_for_sixty(staff, now, django_assert_max_num_queries):
    special = MeetingFactory()
    for _ in range(60):
        subscriber()
    move(special, staff, now, place="Room 9")

    with django_assert_max_num_queries(30):
        assert actions.tell_changes(now=now + LATER) >= 60
