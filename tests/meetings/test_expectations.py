"""Expectations kept, told kindly; and the list of people whom staff may help."""

from datetime import UTC, date, datetime, timedelta

import pytest

from meetings.actions import join_workgroup, rsvp
from meetings.expectations import Part, part_taken, people_to_help
from members.actions import record
from members.enums import MemberAct
from privacy.models import SensitiveView
from tests.factories import (
    AttendanceFactory,
    MeetingFactory,
    MeetingWorkFactory,
    MemberFactory,
    MembershipPeriodFactory,
    RsvpFactory,
    StaffFactory,
    WorkgroupFactory,
)

pytestmark = pytest.mark.django_db
HELP = "/admin/meetings/meeting/people-to-help/"


def held(now, days, **more):
    """A meeting of so many days ago at which somebody was."""
    began = now - timedelta(days=days)
    meeting = MeetingFactory(starts_at=began, ends_at=began + timedelta(hours=2), **more)
    AttendanceFactory(meeting=meeting)
    return meeting


@pytest.fixture
def full():
    return MembershipPeriodFactory(level="full").member


def test_a_part_counts_what_was_held_since_the_level_began(now, full):
    came, told, missed = (held(now, days) for days in (70, 40, 10))
    held(now, 400)  # before
    MeetingFactory(starts_at=now - timedelta(5), ends_at=now - timedelta(4))  # nobody's attendance is recorded yet
    AttendanceFactory(meeting=came, member=full)
    RsvpFactory(meeting=told, member=full, answer="no")
    MeetingWorkFactory(meeting=missed, due_on=now.date())
    MeetingWorkFactory(meeting=came, due_on=date(2026, 12, 1)).done_by.add(full)

    assert part_taken(full, now=now) == Part(date(2026, 1, 1), held=3, came=1, told=1, work_done=1, work_open=1)


def test_a_specialty_contributors_part_is_that_of_their_workgroups(now):
    member, group = MembershipPeriodFactory(level="specialty").member, WorkgroupFactory()
    group.members.add(member)
    held(now, 20, workgroup=group, kind="workgroup")
    held(now, 10)

    assert part_taken(member, now=now).held == 1


@pytest.mark.parametrize("level", ["public", None])
def test_nobody_else_is_told_a_part(now, sign_in, level):
    member = MembershipPeriodFactory(level=level).member if level else MemberFactory()

    assert part_taken(member, now=now) is None
    assert sign_in(member).get("/me/").context["part"] is None


@pytest.mark.parametrize(
    ("facts", "listed"),
    [
        pytest.param({}, True, id="missed all three"),
        pytest.param({"came": 1}, False, id="came once"),
        pytest.param({"told": 2}, False, id="told us once"),
        pytest.param({"waited": 1}, False, id="waited for a seat"),
        pytest.param({"gave_up": 2}, False, id="said yes, then no"),
        pytest.param({"level": "public"}, False, id="public attendee"),
        pytest.param({"since": date(2027, 1, 1)}, False, id="new since"),
        pytest.param({"active": False}, False, id="closed"),
    ],
)
def test_people_who_missed_three_in_a_row_without_a_word_are_listed(now, facts, listed):
    member = MembershipPeriodFactory(
        level=facts.get("level", "full"), starts_on=facts.get("since", date(2026, 1, 1)),
        member__is_active=facts.get("active", True),
    ).member  # fmt: skip
    meetings = [held(now, days) for days in (100, 70, 40)]
    if "came" in facts:
        AttendanceFactory(meeting=meetings[facts["came"]], member=member)
    if "told" in facts:
        RsvpFactory(meeting=meetings[facts["told"]], member=member, answer="no")
    if "waited" in facts:
        RsvpFactory(meeting=meetings[facts["waited"]], member=member, answer="in_person", waiting_since=now)
    if "gave_up" in facts:
        row = RsvpFactory(meeting=meetings[facts["gave_up"]], member=member, answer="online")
        rsvp(row.meeting, member=member, answer="no", now=row.meeting.starts_at - timedelta(hours=1))

    assert list(people_to_help(now=now)) == ([member] if listed else [])


def test_two_meetings_are_not_enough_and_another_workgroups_are_not_theirs(now):
    member = MembershipPeriodFactory(level="specialty").member
    own, other = WorkgroupFactory(), WorkgroupFactory()
    own.members.add(member)
    for days in (100, 70, 40):
        held(now, days, workgroup=other, kind="workgroup")
    for days in (100, 70):
        held(now, days, workgroup=own, kind="workgroup")
    assert list(people_to_help(now=now)) == []

    held(now, 40, workgroup=own, kind="workgroup")

    assert [(row.pk, row.missed, row.is_overdue) for row in people_to_help(now=now)] == [(member.pk, True, False)]


def test_work_overdue_lists_whoever_took_it_on_until_it_is_done(now, full):
    work = MeetingWorkFactory(meeting=held(now, 20), due_on=now.date() - timedelta(9))
    assert list(people_to_help(now=now)) == []

    RsvpFactory(meeting=work.meeting, member=full, answer="online")
    assert [(row.pk, row.missed, row.is_overdue) for row in people_to_help(now=now)] == [(full.pk, False, True)]
    work.done_by.add(full)

    assert list(people_to_help(now=now)) == []


@pytest.mark.parametrize("item_count", [1, 30])
def test_the_list_costs_the_same_for_one_and_for_thirty(now, item_count, django_assert_num_queries):
    for row in MembershipPeriodFactory.create_batch(item_count, level="specialty"):
        group = WorkgroupFactory()
        group.members.add(row.member)
        began = [now - timedelta(days=days) for days in (100, 70, 40)]
        for meeting in (MeetingFactory(starts_at=at, ends_at=at + timedelta(hours=2), workgroup=group) for at in began):
            AttendanceFactory(meeting=meeting, member=None, guest_name="Guest")

    with django_assert_num_queries(3):
        assert len(list(people_to_help(now=now))) == item_count


@pytest.mark.parametrize(("joined", "listed", "held_for_them"), [(101, True, 3), (99, False, 2), (None, True, 3)])
def test_who_joined_a_workgroup_has_not_missed_what_was_before(now, joined, listed, held_for_them):
    member, group = MembershipPeriodFactory(level="specialty").member, WorkgroupFactory()
    if joined:
        join_workgroup(group, member=member, now=now - timedelta(days=joined))
    else:  # from before joining was dated
        group.members.add(member)
    for days in (100, 70, 40):
        held(now, days, workgroup=group, kind="workgroup")

    assert list(people_to_help(now=now)) == ([member] if listed else [])
    assert part_taken(member, now=now).held == held_for_them


def test_joining_twice_keeps_the_first_day(now):
    member, group = MembershipPeriodFactory(level="specialty").member, WorkgroupFactory()

    for day in (1, 28):
        join_workgroup(group, member=member, now=datetime(2026, 2, day, 16, 0, tzinfo=UTC))

    assert [row.joined_on for row in member.workgroup_memberships.all()] == [date(2026, 2, 1)]


def test_whoever_was_offered_help_leaves_the_list_until_something_more_is_missed(now, full):
    for days in (100, 70, 40):
        held(now, days)
    work = MeetingWorkFactory(meeting=held(now, 30, kind="webinar"), due_on=now.date() - timedelta(20))
    RsvpFactory(meeting=work.meeting, member=full, answer="online")
    record(full, MemberAct.HELP_OFFERED, by=StaffFactory(), about="A ride", now=now - timedelta(10))
    assert list(people_to_help(now=now)) == []

    MeetingWorkFactory(meeting=work.meeting, due_on=now.date() - timedelta(5))
    assert [(row.missed, row.is_overdue) for row in people_to_help(now=now)] == [(False, True)]
    held(now, 2)

    assert [(row.missed, row.is_overdue) for row in people_to_help(now=now)] == [(True, True)]


def test_the_staffs_page_is_for_those_who_help_and_each_look_is_written_down(now, sign_in, full, monkeypatch):
    for days in (100, 70, 40):
        held(now, days)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    page = sign_in(StaffFactory(is_superuser=True)).get(HELP)

    assert list(page.context["page_obj"]) == [full]
    assert SensitiveView.objects.get(what="people to help").count == 1
    assert sign_in(StaffFactory()).get(HELP).status_code == 403


def test_a_specialty_contributor_meets_their_workgroups_meetings_first(now, sign_in):
    member, group = MembershipPeriodFactory(level="specialty", starts_on=date(2020, 1, 1)).member, WorkgroupFactory()
    group.members.add(member)
    sooner = MeetingFactory(starts_at=now + timedelta(4000), ends_at=now + timedelta(4001))
    later = MeetingFactory(starts_at=now + timedelta(4100), ends_at=now + timedelta(4101), workgroup=group)
    client = sign_in(member)

    assert list(client.get("/me/").context["meetings"]) == [later, sooner]
    assert list(client.get("/meetings/").context["page_obj"]) == [later, sooner]
