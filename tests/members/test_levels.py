"""The history of levels: chosen, planned, taken back, corrected, and never two at once."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from meetings.rules import can_do_work
from members import actions
from members.models import MembershipPeriod
from stipends.rules import entitlement
from tests.factories import MeetingFactory, MemberFactory, MembershipPeriodFactory, StaffFactory

pytestmark = pytest.mark.django_db
BEGAN, TODAY, LATER = date(2026, 1, 1), date(2027, 1, 20), date(2027, 3, 1)


def spans(member):
    """Level, from and until of every span that holds a day, in order."""
    rows = member.periods.order_by("starts_on", "pk").values_list("level", "starts_on", "ends_on")
    return [row for row in rows if row[1] != row[2]]


@pytest.fixture
def member():
    return MembershipPeriodFactory(level="public", starts_on=BEGAN).member


def choose(member, level, now, starts_on=None, **by):
    return actions.set_level(member, level=level, agreed=not by, starts_on=starts_on, now=now, **by)


def test_set_level_ends_one_and_begins_the_other(member, now):
    period = choose(member, "full", now)

    assert spans(member) == [("public", BEGAN, TODAY), ("full", TODAY, None)]
    assert (period.agreed_at, period.recorded_at, period.changed_by) == (now, now, None)
    assert member.level_on(TODAY - timedelta(days=1)) == "public"
    assert member.level_on(TODAY) == "full"


def test_changes_back_and_forth_on_a_day_leave_the_last(member, now):
    for level in ("full", "specialty", "full", "public", "specialty"):
        choose(member, level, now)

    assert spans(member) == [("public", BEGAN, TODAY), ("specialty", TODAY, None)]
    assert [period.level for period in member.periods.held(TODAY)] == ["specialty", "public"]


def test_set_level_to_the_same_changes_nothing(member, now):
    period = member.periods.get()

    assert choose(member, "public", now) == period
    assert choose(member, "public", now, LATER) == period
    assert MembershipPeriod.objects.count() == 1


def test_a_planned_level_is_held_from_its_day_on(member, now):
    choose(member, "full", now, LATER)

    assert spans(member) == [("public", BEGAN, LATER), ("full", LATER, None)]
    assert [member.level_on(day) for day in (TODAY, LATER - timedelta(1), LATER)] == ["public", "public", "full"]
    assert member.periods.planned(TODAY).get().level == "full"


@pytest.mark.parametrize(
    ("level", "starts_on", "then"),
    [
        pytest.param("specialty", date(2027, 2, 1), [("public", BEGAN, date(2027, 2, 1)), ("specialty", date(2027, 2, 1), None)], id="an earlier day"),
        pytest.param("specialty", date(2027, 4, 1), [("public", BEGAN, date(2027, 4, 1)), ("specialty", date(2027, 4, 1), None)], id="a later day"),
        pytest.param("specialty", TODAY, [("public", BEGAN, TODAY), ("specialty", TODAY, None)], id="today"),
        pytest.param("public", TODAY, [("public", BEGAN, None)], id="what is held"),
    ],
)  # fmt: skip
def test_a_new_choice_replaces_the_planned_one(member, now, level, starts_on, then):
    choose(member, "full", now, LATER)

    choose(member, level, now, starts_on)

    assert spans(member) == then


def test_taking_back_a_planned_level_leaves_what_is_held(member, now):
    choose(member, "full", now, LATER)

    assert [actions.take_back_level_change(member, now=now) for _ in range(2)] == [True, False]
    assert spans(member) == [("public", BEGAN, None)]


def test_nothing_is_taken_back_once_the_day_has_come(member, now):
    choose(member, "full", now, LATER)

    assert not actions.take_back_level_change(member, now=now + timedelta(days=60))
    assert spans(member) == [("public", BEGAN, LATER), ("full", LATER, None)]


def test_a_plan_of_somebody_without_a_level_is_taken_back_to_none(now):
    member = MemberFactory()
    choose(member, "full", now, LATER)

    assert actions.take_back_level_change(member, now=now)
    assert spans(member) == []


def test_staff_correct_the_past_with_a_reason_and_keep_what_was_there(member, now):
    choose(member, "specialty", now)
    staff, from_then = StaffFactory(), date(2026, 10, 1)

    period = choose(member, "full", now, from_then, by=staff, reason="chosen on paper in September")

    assert spans(member) == [("public", BEGAN, from_then), ("full", from_then, None)]
    assert (period.changed_by, period.reason, period.agreed_at) == (staff, "chosen on paper in September", None)
    said = member.events.values_list("what", "by", "about", "why")
    assert list(said) == [
        ("level_set", staff.pk, "Full contributing member, from 2026-10-01", "chosen on paper in September")
    ]
    assert member.periods.count() == 3


def test_staff_replace_a_plan_by_what_is_held_and_it_is_written_down_once(member, now):
    choose(member, "full", now, LATER)
    staff = StaffFactory()

    for _ in range(2):
        choose(member, "public", now, by=staff, reason="asked by phone")

    assert spans(member) == [("public", BEGAN, None)]
    assert member.events.count() == 1


def test_a_correction_from_before_somebody_joined_begins_there(member, now):
    choose(member, "full", now, date(2026, 1, 25), by=StaffFactory(), reason="on paper")
    other = MembershipPeriodFactory(level="public", starts_on=TODAY).member
    choose(other, "public", now, date(2026, 12, 1), by=StaffFactory(), reason="on paper")

    assert spans(other) == [("public", date(2026, 12, 1), None)]


@pytest.mark.parametrize(
    ("who", "starts_on", "reason", "code"),
    [
        pytest.param("own", None, "", "expectations", id="own choice without the tick"),
        pytest.param("own", TODAY - timedelta(1), "", "date", id="own choice from yesterday on"),
        pytest.param("own", TODAY + timedelta(366), "", "date", id="own choice in more than a year"),
        pytest.param("staff", None, " ", "reason_missing", id="staff without a reason"),
        pytest.param("staff", TODAY - timedelta(366), "why", "date", id="staff more than a year back"),
        pytest.param("oneself", TODAY - timedelta(1), "why", "own_level", id="staff about their own past"),
        pytest.param("closed", None, "why", "inactive", id="closed membership"),
    ],
)
def test_set_level_is_refused_and_changes_nothing(now, who, starts_on, reason, code):
    member = MembershipPeriodFactory(level="public", member__is_active=who != "closed").member
    by = {"own": None, "oneself": member}.get(who, StaffFactory())

    with pytest.raises(Refused) as refusal:
        actions.set_level(member, level="full", starts_on=starts_on, by=by, reason=reason, now=now)

    assert refusal.value.code == code
    assert spans(member) == [("public", BEGAN, None)]


def test_a_plan_of_a_closed_membership_is_not_taken_back(now):
    member = MemberFactory(is_active=False)

    with pytest.raises(Refused) as refusal:
        actions.take_back_level_change(member, now=now)

    assert refusal.value.code == "inactive"


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        pytest.param(date(2025, 6, 1), date(2026, 1, 2), id="over its first day"),
        pytest.param(date(2026, 6, 1), date(2026, 7, 1), id="within it"),
        pytest.param(date(2025, 6, 1), None, id="around it"),
    ],
)
def test_the_database_refuses_two_levels_on_one_day(member, starts_on, ends_on):
    other = MembershipPeriodFactory(member=member, level="full", starts_on=date(2025, 1, 1), ends_on=BEGAN)
    other.delete()  # side by side is allowed
    member.periods.update(ends_on=date(2027, 1, 1))

    with pytest.raises(IntegrityError, match="never_overlap"), transaction.atomic():
        MembershipPeriodFactory(member=member, level="full", starts_on=starts_on, ends_on=ends_on)
    beside = MembershipPeriodFactory(member=member, level="full", starts_on=date(2027, 1, 1))
    with pytest.raises(IntegrityError, match="never_overlap"), transaction.atomic():
        MembershipPeriod.objects.filter(pk=beside.pk).update(starts_on=date(2026, 12, 31))


@pytest.mark.parametrize(("level_then", "level_now"), [("full", "public"), ("public", "full")])
def test_rights_at_a_past_meeting_follow_the_level_of_its_day(now, sign_in, level_then, level_now):
    member = MembershipPeriodFactory(level=level_then, starts_on=BEGAN).member
    began = now - timedelta(days=3)
    meeting = MeetingFactory(starts_at=began, ends_at=began + timedelta(hours=2))

    choose(member, level_now, now)

    contributed = level_then == "full"
    level = next(answer for answer in entitlement(member, meeting, now) if answer.code == "level")
    page = sign_in(member).get(meeting.get_absolute_url())
    assert level.answer is contributed
    assert page.context["gives_input"] is contributed
    assert can_do_work(member.level_on(meeting.held_on)) is contributed
