from datetime import timedelta

import pytest

from cop_portal.errors import Refused
from meetings import actions
from meetings.models import ChangeLogEntry, Meeting
from notices.models import Delivery
from tests.factories import MeetingFactory, MemberFactory, RsvpFactory, StaffFactory

pytestmark = pytest.mark.django_db
CHICAGO_TEN = "10 a.m. to noon CST (America/Chicago)"


def test_create_gives_an_address_a_name_for_life_and_a_code(now):
    fields = {"title": "Full CoP meeting", "starts_at": now, "ends_at": now + timedelta(hours=2)}

    first, second = actions.create(**fields), actions.create(**fields)

    assert (first.slug, second.slug) == ("full-cop-meeting-2027-01-20", "full-cop-meeting-2027-01-20-2")
    assert first.state == "draft"
    assert first.uid != second.uid
    assert len(first.checkin_code) == 6
    assert not set("0O1IL") & set(first.checkin_code)


def test_create_refuses_an_end_before_the_start(now):
    with pytest.raises(Refused) as refusal:
        actions.create(title="X", starts_at=now, ends_at=now)

    assert refusal.value.code == "ends_before_start"
    assert not Meeting.objects.exists()


def test_publish_shows_a_draft_once(now):
    meeting = MeetingFactory(state="draft", published_at=None)

    actions.publish(meeting, by=StaffFactory(), now=now)
    actions.publish(meeting, by=StaffFactory(), now=now + timedelta(days=1))

    meeting.refresh_from_db()
    assert (meeting.state, meeting.published_at) == ("published", now)


@pytest.mark.parametrize(
    ("fields", "days", "code"),
    [
        ({"place": "", "join_url": ""}, 0, "nowhere"),
        ({}, 29, "over"),
        ({}, 26, "needs_reason"),
        ({"state": "cancelled"}, 0, "cancelled"),
    ],
)
def test_publish_is_refused_and_nothing_changes(now, fields, days, code):
    meeting = MeetingFactory(**{"state": "draft", **fields})

    with pytest.raises(Refused) as refusal:
        actions.publish(meeting, by=StaffFactory(), now=now + timedelta(days=days))

    assert refusal.value.code == code
    assert Meeting.objects.get().state == fields.get("state", "draft")
    assert not ChangeLogEntry.objects.exists()


def test_publish_at_short_notice_is_logged_with_its_reason(now):
    meeting = MeetingFactory(state="draft")

    actions.publish(meeting, by=StaffFactory(), now=meeting.starts_at - timedelta(days=1), reason="A bill moved")

    assert ChangeLogEntry.objects.get().reason == "A bill moved"


def test_change_of_a_draft_is_silent(now):
    meeting = MeetingFactory(state="draft")

    changed = actions.change(meeting, changes={"place": "Room 1"}, by=StaffFactory(), now=now)

    assert (changed.place, changed.sequence) == ("Room 1", 0)
    assert not ChangeLogEntry.objects.exists()


def test_change_of_time_is_logged_and_told_to_those_going_and_waiting(now):
    meeting, staff = MeetingFactory(), StaffFactory()
    going, waiting = RsvpFactory(meeting=meeting), RsvpFactory(meeting=meeting, answer="in_person", waiting_since=now)
    RsvpFactory(meeting=meeting, answer="no")
    later = meeting.starts_at + timedelta(days=1)

    changed = actions.change(
        meeting, changes={"starts_at": later, "ends_at": later + timedelta(hours=2)}, by=staff, now=now
    )

    assert changed.sequence == 1
    entry = ChangeLogEntry.objects.get()
    assert entry.what == "Date and time"
    assert entry.before == f"Wednesday, February 17, 2027, {CHICAGO_TEN}"
    assert entry.after == f"Thursday, February 18, 2027, {CHICAGO_TEN}"
    assert not Delivery.objects.exists()
    actions.tell_changes(now=now + timedelta(minutes=5))
    letters = {row.member: row for row in Delivery.objects.all()}
    assert letters.keys() == {going.member, waiting.member}
    assert "SEQUENCE:1" in letters[going.member].calendar
    assert letters[waiting.member].calendar == ""


def test_same_values_again_are_no_change(now):
    meeting = MeetingFactory()
    RsvpFactory(meeting=meeting)

    changed = actions.change(meeting, changes={"place": meeting.place}, by=StaffFactory(), now=now)

    assert changed.sequence == 0
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("state", "changes", "days", "code"),
    [
        ("cancelled", {"place": "B"}, 0, "cancelled"),
        ("published", {"place": "B"}, 29, "over"),
        ("published", {"place": "B"}, 26, "needs_reason"),
        ("published", {"join_url": "https://b.example.org/"}, 26, "needs_reason"),
        ("published", {"ends_at": None}, 0, "ends_before_start"),
    ],
)
def test_change_is_refused_and_nothing_changes(now, state, changes, days, code):
    meeting = MeetingFactory(state=state)
    RsvpFactory(meeting=meeting)
    changes = {name: value or meeting.starts_at for name, value in changes.items()}

    with pytest.raises(Refused) as refusal:
        actions.change(meeting, changes=changes, by=StaffFactory(), now=now + timedelta(days=days))

    assert refusal.value.code == code
    assert Meeting.objects.get().place == meeting.place
    assert not ChangeLogEntry.objects.exists()
    assert not Delivery.objects.exists()


def test_change_near_the_start_goes_through_with_a_reason(now):
    meeting = MeetingFactory()
    near = meeting.starts_at - timedelta(days=1)

    actions.change(meeting, changes={"place": "B"}, by=StaffFactory(), now=near, reason="Burst pipe")

    assert ChangeLogEntry.objects.get().reason == "Burst pipe"


def test_cancel_stays_visible_and_tells_those_going(now):
    meeting = MeetingFactory()
    going = RsvpFactory(meeting=meeting)

    for _ in range(2):
        actions.cancel(meeting, by=StaffFactory(), now=now, reason="Snow")

    meeting.refresh_from_db()
    assert (meeting.state, meeting.cancel_reason, meeting.sequence) == ("cancelled", "Snow", 1)
    assert meeting in Meeting.objects.upcoming(now)
    letter = Delivery.objects.get()
    assert letter.member == going.member
    assert "METHOD:CANCEL" in letter.calendar


def test_cancel_tells_those_who_wait_without_an_entry_to_take_back(now):
    waiting = RsvpFactory(answer="in_person", waiting_since=now)

    actions.cancel(waiting.meeting, by=StaffFactory(), now=now, reason="Snow")

    letter = Delivery.objects.get()
    assert (letter.member, letter.calendar) == (waiting.member, "")


@pytest.mark.parametrize(
    ("state", "days", "reason", "code"),
    [("draft", 0, "x", "not_published"), ("published", 29, "x", "over"), ("published", 0, " ", "needs_reason")],
)
def test_cancel_is_refused_and_nothing_changes(now, state, days, reason, code):
    meeting = MeetingFactory(state=state)

    with pytest.raises(Refused) as refusal:
        actions.cancel(meeting, by=StaffFactory(), now=now + timedelta(days=days), reason=reason)

    assert refusal.value.code == code
    assert Meeting.objects.get().state == state


def test_agenda_change_is_logged_only_when_published_and_changed(now):
    staff, draft = StaffFactory(), MeetingFactory(state="draft")
    shown = MeetingFactory(agenda_public_on=now.date())
    actions.log_agenda_change(MeetingFactory(), before="a", after="b", by=staff, now=now)  # still a draft

    actions.log_agenda_change(draft, before="a", after="b", by=staff, now=now)
    actions.log_agenda_change(shown, before="a", after="a", by=staff, now=now)
    actions.log_agenda_change(shown, before="a", after="b", by=staff, now=now)

    assert ChangeLogEntry.objects.get().meeting == shown


def test_workgroup_is_joined_and_left(now):
    from tests.factories import MembershipPeriodFactory, WorkgroupFactory

    group, ana = WorkgroupFactory(), MembershipPeriodFactory(level="specialty").member

    actions.join_workgroup(group, member=ana, now=now)
    assert list(group.members.all()) == [ana]
    actions.leave_workgroup(group, member=ana, now=now)
    assert not group.members.exists()
    with pytest.raises(Refused) as refusal:
        actions.join_workgroup(group, member=MemberFactory(), now=now)
    assert refusal.value.code == "level"
    assert not group.members.exists()
