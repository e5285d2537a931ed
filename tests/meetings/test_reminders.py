from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from meetings import actions
from meetings.actions import digests
from members.models import Member
from notices.actions import subscriber_for
from notices.enums import Subject
from notices.models import Delivery
from tests.factories import (
    AgendaItemFactory,
    MaterialFactory,
    MeetingFactory,
    MeetingWorkFactory,
    MemberFactory,
    MembershipPeriodFactory,
    RsvpFactory,
    StaffFactory,
    SummaryFactory,
    WorkgroupFactory,
)

pytestmark = pytest.mark.django_db


def owed(kind):
    return {row.address for row in Delivery.objects.filter(key__endswith=kind)}


def contributing(**fields):
    return MembershipPeriodFactory(**fields).member


def test_digest_comes_a_week_and_a_day_before_once_each():
    meeting, ana = MeetingFactory(), contributing()

    for hours in (8 * 24, 7 * 24, 6 * 24, 25, 24, 23, 1, 0, -1):
        actions.owe_digests(now=meeting.starts_at - timedelta(hours=hours))

    assert [row.key.rsplit(":", 1)[1] for row in Delivery.objects.order_by("pk")] == ["week", "day"]
    assert {row.unsubscribe_from for row in Delivery.objects.all()} == {Subject.DIGEST}
    assert {row.subscriber.member for row in Delivery.objects.all()} == {ana}


@pytest.mark.parametrize(
    ("hours", "kind"), [(100, "week"), (3, "day"), (0, None)], ids=["late", "very late", "after the start"]
)
def test_meeting_published_late_gets_its_digest_late_but_never_after_the_start(hours, kind):
    meeting, ana = MeetingFactory(), contributing()

    actions.owe_digests(now=meeting.starts_at - timedelta(hours=hours))

    assert [row.key.rsplit(":", 1)[1] for row in Delivery.objects.filter(member=ana)] == ([kind] if kind else [])


def test_digest_goes_to_contributing_levels_and_to_those_who_said_yes(now):
    meeting = MeetingFactory()
    full, specialty = contributing(level="full"), contributing(level="specialty")
    public_going, public = contributing(level="public"), contributing(level="public")
    said_no, closed = contributing(), contributing(member__is_active=False)
    unsubscribed = contributing()
    subscriber_for(unsubscribed, now).subscriptions.filter(subject=Subject.DIGEST).delete()
    RsvpFactory(meeting=meeting, member=public_going)
    RsvpFactory(meeting=meeting, member=said_no, answer="no")

    actions.owe_digests(now=meeting.starts_at - timedelta(days=5))

    assert owed("week") == {full.email, specialty.email, public_going.email}
    assert not {public.email, said_no.email, closed.email, unsubscribed.email} & owed("week")


def test_workgroup_digest_stays_in_the_workgroup():
    group, inside = WorkgroupFactory(), contributing()
    group.members.add(inside)
    contributing()
    meeting = MeetingFactory(kind="workgroup", workgroup=group)

    actions.owe_digests(now=meeting.starts_at - timedelta(days=5))

    assert owed("week") == {inside.email}


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_no_digest_for_a_meeting_that_is_not_held(state):
    meeting = MeetingFactory(state=state)
    contributing()

    assert actions.owe_digests(now=meeting.starts_at - timedelta(days=5)) == 0


def test_digest_says_what_concerns_the_reader_and_nothing_private():
    meeting, ana, ben = MeetingFactory(), contributing(), contributing()
    AgendaItemFactory(meeting=meeting, title="Housing gaps", kind="open_discussion")
    MaterialFactory(meeting=meeting, title="The gap list")
    work = MeetingWorkFactory(meeting=meeting, title="Mark your three")
    work.done_by.add(ben)
    actions.rsvp(
        meeting, member=ana, answer="in_person", details=actions.Details(need="A private need"),
        now=meeting.starts_at - timedelta(days=9),
    )  # fmt: skip

    for days in (5, 1):
        actions.owe_digests(now=meeting.starts_at - timedelta(days=days))

    week = Delivery.objects.get(member=ana, key__endswith="week")
    for words in ("Housing gaps", "The gap list", "Mark your three", "You are coming in person", "?answer=no"):
        assert words in week.text
    assert "Mark your three" not in Delivery.objects.get(member=ben, key__endswith="week").text
    for row in Delivery.objects.all():
        for text in (row.subject_line, row.text, row.html, row.calendar):
            assert meeting.join_url not in text
            assert "private need" not in text


def test_moved_meeting_gets_a_new_digest():
    meeting = MeetingFactory()
    contributing()
    actions.owe_digests(now=meeting.starts_at - timedelta(days=5))
    later = meeting.starts_at + timedelta(days=14)
    near = meeting.starts_at - timedelta(days=4)

    actions.change(
        meeting, changes={"starts_at": later, "ends_at": later + timedelta(hours=2)}, by=StaffFactory(), now=near
    )
    actions.owe_digests(now=later - timedelta(days=5))

    assert [row.state for row in Delivery.objects.order_by("pk")] == ["cancelled", "queued"]


def test_digest_that_waits_while_the_meeting_moves_on_its_day_is_written_anew_and_a_sent_one_is_not():
    meeting, ana, ben = MeetingFactory(), contributing(), contributing()
    now = meeting.starts_at - timedelta(days=5)
    actions.owe_digests(now=now)
    Delivery.objects.filter(member=ben).update(state="sent", sent_at=now)

    later = {"starts_at": meeting.starts_at + timedelta(hours=3), "ends_at": meeting.ends_at + timedelta(hours=3)}
    actions.change(meeting, changes=later, by=StaffFactory(), now=now)
    for minutes in (5, 10):
        actions.owe_digests(now=now + timedelta(minutes=minutes))

    rows = Delivery.objects.filter(member=ana).order_by("pk")
    assert [(row.state, "1 p.m." in row.text) for row in rows] == [("cancelled", False), ("queued", True)]
    assert [row.state for row in Delivery.objects.filter(member=ben)] == ["sent"]


def test_digest_of_a_meeting_that_is_called_off_is_not_sent():
    meeting, _ = MeetingFactory(), contributing()
    now = meeting.starts_at - timedelta(days=5)
    actions.owe_digests(now=now)

    actions.cancel(meeting, by=StaffFactory(), now=now, reason="Snow")
    actions.owe_digests(now=now + timedelta(minutes=5))

    assert [row.state for row in Delivery.objects.all()] == ["cancelled"]


def test_digest_that_is_being_written_while_its_meeting_changes_says_nothing_old(monkeypatch):
    moved, called_off = MeetingFactory(title="Moved"), MeetingFactory(title="Called off")
    for meeting in (moved, called_off):
        RsvpFactory(meeting=meeting, member=None, guest_name="Gus", guest_email="gus@example.org")
    contributing()
    now = moved.starts_at - timedelta(hours=5)
    as_it_was = digests._near(now, now)
    later = {"starts_at": moved.starts_at + timedelta(hours=3), "ends_at": moved.ends_at + timedelta(hours=3)}
    actions.change(moved, changes=later, by=StaffFactory(), now=now, reason="Snow")
    actions.cancel(called_off, by=StaffFactory(), now=now, reason="Snow")

    with monkeypatch.context() as patch:
        patch.setattr(digests, "_near", lambda *_: as_it_was)
        assert actions.owe_digests(now=now) == 0
    actions.owe_digests(now=now)

    found = Delivery.objects.filter(key__startswith="digest:").order_by("pk")
    assert [(row.state, "1 p.m." in row.text) for row in found] == [("queued", True)] * 2


def test_guest_is_reminded_a_day_before():
    meeting = MeetingFactory()
    RsvpFactory(meeting=meeting, member=None, guest_name="Gus", guest_email="gus@example.org")

    for hours in (100, 20, 19):
        actions.owe_digests(now=meeting.starts_at - timedelta(hours=hours))

    assert [(row.address, row.unsubscribe_from) for row in Delivery.objects.all()] == [("gus@example.org", "")]


def test_digest_costs_the_same_queries_per_reader(django_assert_max_num_queries):
    meeting = MeetingFactory()
    for _ in range(10):
        subscriber_for(contributing(), meeting.starts_at - timedelta(days=30))

    with django_assert_max_num_queries(10 * 12 + 20):
        assert actions.owe_digests(now=meeting.starts_at - timedelta(days=5)) == 10


def test_missing_summary_is_recalled_after_3_and_7_days_once_each():
    meeting, staff = MeetingFactory(), StaffFactory()
    staff.groups.add(Group.objects.get_or_create(name="Meetings")[0])
    StaffFactory()

    for hours in (48, 71, 72, 73, 100, 168, 169, 400):
        actions.remind_missing_summaries(now=meeting.ends_at + timedelta(hours=hours))

    assert [(row.key, row.member) for row in Delivery.objects.order_by("pk")] == [
        (f"summary-missing:{meeting.pk}:3", staff),
        (f"summary-missing:{meeting.pk}:7", staff),
    ]


@pytest.mark.parametrize("what", ["published", "historical", "cancelled", "draft"])
def test_nobody_is_reminded_where_no_summary_is_missing(what):
    state = what if what in {"cancelled", "draft"} else "published"
    meeting = MeetingFactory(state=state, is_historical=what == "historical")
    StaffFactory().groups.add(Group.objects.get_or_create(name="Meetings")[0])
    if what == "published":
        SummaryFactory(meeting=meeting, published_at=meeting.ends_at)

    assert actions.remind_missing_summaries(now=meeting.ends_at + timedelta(days=4)) == 0
    assert not Delivery.objects.exists()


def test_member_without_address_is_passed_over():
    meeting = MeetingFactory()
    MembershipPeriodFactory(member=MemberFactory(email=None))

    assert actions.owe_digests(now=meeting.starts_at - timedelta(days=5)) == 0
    assert Member.objects.count() == 1
