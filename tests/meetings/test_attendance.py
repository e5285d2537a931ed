from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cop_portal.errors import Refused
from meetings import actions
from meetings.actions import Tick
from meetings.models import Attendance, AttendanceEvent
from tests.factories import (
    AttendanceFactory,
    ConsentNoticeFactory,
    MeetingFactory,
    MeetingWorkFactory,
    MemberFactory,
    MembershipPeriodFactory,
    StaffFactory,
    SummaryFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("offset", "minutes"), [(-20, 120), (0, 120), (45, 75)])
def test_check_in_counts_from_arrival_to_the_end_and_is_not_confirmed(offset, minutes):
    meeting, ana = MeetingFactory(), MemberFactory()

    row = actions.check_in(
        meeting, member=ana, code=meeting.checkin_code.lower(), now=meeting.starts_at + timedelta(minutes=offset)
    )

    assert (row.minutes, row.role, row.source, row.confirmed_by) == (minutes, "participant", "self", None)


def test_check_in_twice_is_once_and_keeps_what_staff_said():
    row = AttendanceFactory(minutes=30)

    again = actions.check_in(row.meeting, member=row.member, code=row.meeting.checkin_code, now=row.meeting.starts_at)

    assert (again.pk, again.minutes, again.confirmed_by) == (row.pk, 30, row.confirmed_by)


def test_facilitators_check_in_as_such():
    meeting, contractor, chosen = MeetingFactory(), MemberFactory(is_facilitator=True), MemberFactory()
    meeting.facilitators.add(chosen)

    rows = [
        actions.check_in(meeting, member=member, code=meeting.checkin_code, now=meeting.starts_at)
        for member in (contractor, chosen)
    ]

    assert [row.role for row in rows] == ["facilitator", "facilitator"]


@pytest.mark.parametrize(
    ("hours", "code", "expected"), [(-1, None, "closed"), (2, None, "closed"), (0, "WRONG", "code")]
)
def test_check_in_is_refused_and_leaves_nothing_behind(hours, code, expected):
    meeting = MeetingFactory()

    with pytest.raises(Refused) as refusal:
        actions.check_in(
            meeting,
            member=MemberFactory(),
            code=code or meeting.checkin_code,
            now=meeting.starts_at + timedelta(hours=hours),
        )

    assert refusal.value.code == expected
    assert not Attendance.objects.exists()


def test_tick_list_is_saved_in_one_go_and_confirms():
    meeting, staff, ana, ben = MeetingFactory(), StaffFactory(), MemberFactory(), MemberFactory()
    actions.check_in(meeting, member=ana, code=meeting.checkin_code, now=meeting.starts_at)

    saved = actions.record_attendance(
        meeting,
        ticks=[
            Tick(present=True, minutes=100, member_id=ana.pk),
            Tick(present=True, minutes=120, member_id=ben.pk, role="facilitator"),
            Tick(present=True, minutes=120, guest_name="Gus"),
            Tick(present=False, minutes=120, member_id=MemberFactory().pk),
        ],
        by=staff,
        now=meeting.ends_at,
    )

    assert (saved.present, saved.conflicts) == (3, [])
    rows = {row.member or row.guest_name: row for row in Attendance.objects.all()}
    assert rows.keys() == {ana, ben, "Gus"}
    assert {row.confirmed_by for row in rows.values()} == {staff}
    assert (rows[ana].source, rows[ana].minutes, rows[ben].role) == ("self", 100, "facilitator")


def test_tick_list_saved_twice_is_once_and_the_first_name_stays():
    meeting, first, second, ana = MeetingFactory(), StaffFactory(), StaffFactory(), MemberFactory()
    ticks = [Tick(present=True, minutes=120, member_id=ana.pk), Tick(present=True, minutes=120, guest_name="Gus")]

    for staff in (first, second):
        actions.record_attendance(meeting, ticks=ticks, by=staff, now=meeting.ends_at)

    assert Attendance.objects.count() == 2
    assert {row.confirmed_by for row in Attendance.objects.all()} == {first}


def test_nobody_confirms_themselves():
    meeting, staff = MeetingFactory(), StaffFactory()
    ticks = [Tick(present=True, minutes=120, member_id=staff.pk)]

    actions.record_attendance(meeting, ticks=ticks, by=staff, now=meeting.ends_at)
    assert Attendance.objects.get().confirmed_by is None

    other = StaffFactory()
    actions.record_attendance(meeting, ticks=ticks, by=other, now=meeting.ends_at)
    assert Attendance.objects.get().confirmed_by == other


def test_tick_taken_back_removes_staffs_row_and_unconfirms_a_check_in():
    meeting, staff, ana, ben = MeetingFactory(), StaffFactory(), MemberFactory(), MemberFactory()
    actions.check_in(meeting, member=ana, code=meeting.checkin_code, now=meeting.starts_at)
    for present in (True, False):
        ticks = [Tick(present=present, minutes=120, member_id=member.pk) for member in (ana, ben)]
        actions.record_attendance(meeting, ticks=ticks, by=staff, now=meeting.starts_at)

    row = Attendance.objects.get()
    assert (row.member, row.confirmed_by) == (ana, None)
    assert [(step.member, step.what) for step in AttendanceEvent.objects.order_by("pk")] == [
        (ana, "Checked in"),
        (ana, "Confirmed"),
        (ben, "Recorded"),
        (ana, "Confirmation taken back"),
        (ben, "Taken back"),
    ]


def test_correction_keeps_before_after_who_and_why():
    row, staff = AttendanceFactory(), StaffFactory()
    meeting = row.meeting
    shorter = [Tick(present=True, minutes=40, member_id=row.member_id)]

    with pytest.raises(Refused) as refusal:
        actions.record_attendance(meeting, ticks=shorter, by=staff, now=meeting.ends_at)
    assert (refusal.value.code, row.steps.count()) == ("no_reason", 1)
    actions.record_attendance(meeting, ticks=shorter, by=staff, reason="Left early.", now=meeting.ends_at)

    row.refresh_from_db()
    step = row.steps[0]
    assert (row.minutes, row.confirmed_by) == (40, staff)
    assert (step.minutes_before, step.minutes, step.reason, step.by, step.is_correction) == (
        120, 40, "Left early.", staff, True,
    )  # fmt: skip


def test_record_cannot_be_changed():
    step = AttendanceFactory().steps.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        AttendanceEvent.objects.filter(pk=step.pk).update(minutes=1)


def test_attendance_is_read_back_as_of_any_moment():
    meeting, staff, ana, ben = MeetingFactory(), StaffFactory(), MemberFactory(), MemberFactory()
    end = meeting.ends_at
    actions.check_in(meeting, member=ana, code=meeting.checkin_code, now=meeting.starts_at)
    both = [Tick(present=True, minutes=120, member_id=ana.pk), Tick(present=True, minutes=120, member_id=ben.pk)]
    actions.record_attendance(meeting, ticks=both, by=staff, now=end)
    later = [
        Tick(present=True, minutes=30, member_id=ana.pk, role="facilitator"),
        Tick(present=False, minutes=120, member_id=ben.pk),
    ]
    actions.record_attendance(meeting, ticks=later, by=staff, reason="Mixed up.", now=end + timedelta(days=1))

    def then(moment):
        rows = meeting.attendance_events.as_of(moment)
        return {(row.member, row.role, row.minutes, row.is_confirmed) for row in rows}

    assert then(meeting.starts_at - timedelta(1)) == set()
    assert then(meeting.starts_at) == {(ana, "participant", 120, False)}
    assert then(end) == {(ana, "participant", 120, True), (ben, "participant", 120, True)}
    assert then(end + timedelta(days=2)) == {(ana, "facilitator", 30, True)}


def test_two_of_the_staff_at_one_list_lose_nothing_of_each_other():
    """Each sends the whole list as they saw it: untouched lines are left alone, and a clash is told."""
    meeting, ana, ben, cora = MeetingFactory(), MemberFactory(), MemberFactory(), MemberFactory()
    first, second = StaffFactory(), StaffFactory()

    def tick(member, present, minutes=120):
        return Tick(present=present, minutes=minutes, member_id=member.pk, seen="-")

    actions.record_attendance(
        meeting, ticks=[tick(ana, True), tick(ben, False), tick(cora, True, 60)], by=first, now=meeting.starts_at
    )
    saved = actions.record_attendance(
        meeting, ticks=[tick(ana, False), tick(ben, True), tick(cora, True, 90)], by=second, now=meeting.starts_at
    )

    rows = {row.member: (row.minutes, row.confirmed_by) for row in Attendance.objects.all()}
    assert rows == {ana: (120, first), ben: (120, second), cora: (60, first)}
    assert [(line.member_id, line.minutes) for line in saved.conflicts] == [(cora.pk, 90)]


@pytest.mark.parametrize(("hours", "minutes", "code"), [(-1, 60, "not_begun"), (2, 121, "minutes"), (2, 0, "minutes")])
def test_tick_list_is_refused_as_a_whole(hours, minutes, code):
    meeting = MeetingFactory()
    ticks = [
        Tick(present=True, minutes=60, member_id=MemberFactory().pk),
        Tick(present=True, minutes=minutes, member_id=MemberFactory().pk),
    ]

    with pytest.raises(Refused) as refusal:
        actions.record_attendance(
            meeting, ticks=ticks, by=StaffFactory(), now=meeting.starts_at + timedelta(hours=hours)
        )

    assert refusal.value.code == code
    assert not Attendance.objects.exists()


def test_work_is_marked_by_contributing_members_only(now):
    work, ana = MeetingWorkFactory(), MembershipPeriodFactory(level="full").member

    actions.mark_work(work, member=ana, done=True, now=now)
    actions.mark_work(work, member=ana, done=True, now=now)
    assert list(work.done_by.all()) == [ana]
    actions.mark_work(work, member=ana, done=False, now=now)
    assert not work.done_by.exists()
    with pytest.raises(Refused) as refusal:
        actions.mark_work(work, member=MemberFactory(), done=True, now=now)
    assert (refusal.value.code, work.done_by.count()) == ("level", 0)


def test_summary_is_published_once(now):
    summary, staff = SummaryFactory(), StaffFactory()
    end = summary.meeting.ends_at

    actions.publish_summary(summary, by=staff, now=end)
    actions.publish_summary(summary, by=StaffFactory(), now=end + timedelta(days=1))

    summary.refresh_from_db()
    assert (summary.published_at, summary.published_by) == (end, staff)


@pytest.mark.parametrize(("body", "hours", "code"), [("Words", -1, "not_over"), (" ", 0, "empty")])
def test_summary_is_refused_and_stays_unpublished(body, hours, code):
    summary = SummaryFactory(body=body)

    with pytest.raises(Refused) as refusal:
        actions.publish_summary(summary, by=StaffFactory(), now=summary.meeting.ends_at + timedelta(hours=hours))

    summary.refresh_from_db()
    assert (refusal.value.code, summary.published_at) == (code, None)


def guest_checks_in(client, meeting, **data):
    return client.post(reverse("meetings:checkin", args=[meeting.slug]), data)


def test_guest_checks_in_by_name_and_staff_confirm_it(client):
    notice, meeting = ConsentNoticeFactory(key="guest"), MeetingFactory(starts_at=timezone.now())
    address = reverse("meetings:checkin_code", args=[meeting.slug, meeting.checkin_code])
    page = client.get(address)
    assert meeting.checkin_code in page.content.decode()
    assert notice.why in page.content.decode()
    given = {"name": " Gus  <b>Guest</b> ", "code": meeting.checkin_code.lower(), "notice": notice.pk}

    first, again = (guest_checks_in(client, meeting, **given) for _ in range(2))

    assert (first.status_code, again.status_code) == (200, 422)
    row = Attendance.objects.get()
    assert (row.guest_name, row.confirmed_by, row.recorded_by, row.notice) == ("Gus <b>Guest</b>", None, None, notice)
    assert [step.what for step in row.steps] == ["Checked in"]
    assert "&lt;b&gt;" in first.content.decode()
    ticks = [Tick(present=True, minutes=60, guest_name=row.guest_name)]
    actions.record_attendance(meeting, ticks=ticks, by=StaffFactory(), now=timezone.now())
    row.refresh_from_db()
    assert row.confirmed_by is not None


@pytest.mark.parametrize(
    ("change", "field"),
    [({"code": "WRONG2"}, "code"), ({"name": " "}, "name"), ({"notice": "999"}, None)],
    ids=["wrong code", "no name", "old notice"],
)
def test_guest_is_refused_and_nothing_is_kept(client, change, field):
    notice, meeting = ConsentNoticeFactory(key="guest"), MeetingFactory(starts_at=timezone.now())
    given = {"name": "Gus", "code": meeting.checkin_code, "notice": notice.pk, **change}

    page = guest_checks_in(client, meeting, **given)

    assert (page.status_code, Attendance.objects.count()) == (422, 0)
    assert page.context["form"].has_error(field or "__all__")


def test_guests_cannot_check_in_without_a_notice(client):
    meeting = MeetingFactory(starts_at=timezone.now())

    with pytest.raises(Refused) as refusal:
        actions.check_in_guest(meeting, name="Gus", code=meeting.checkin_code, now=meeting.starts_at)

    assert (refusal.value.code, Attendance.objects.count()) == ("no_notice", 0)
