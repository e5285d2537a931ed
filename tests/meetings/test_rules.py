from datetime import UTC, date, datetime, timedelta

import pytest

from meetings import rules
from meetings.enums import Answer, Audience, MeetingState
from meetings.models import Material, Meeting, Rsvp
from members.models import Member

START = datetime(2027, 2, 17, 16, 0, tzinfo=UTC)
END = START + timedelta(hours=2)


def a_meeting(**fields):
    defaults = {
        "starts_at": START,
        "ends_at": END,
        "state": MeetingState.PUBLISHED,
        "join_url": "https://j.example.org",
    }
    return Meeting(**{**defaults, **fields})


@pytest.mark.parametrize(
    ("state", "when", "expected"),
    [
        ("published", START - timedelta(seconds=1), True),
        ("published", START, False),
        ("draft", START - timedelta(days=1), False),
        ("cancelled", START - timedelta(days=1), False),
    ],
    ids=["before", "at the start", "draft", "cancelled"],
)
def test_answers_are_taken_until_the_start(state, when, expected):
    assert rules.can_rsvp(a_meeting(state=state), when) is expected


@pytest.mark.parametrize(
    ("state", "when", "expected"),
    [
        ("published", START - timedelta(minutes=30, seconds=1), False),
        ("published", START - timedelta(minutes=30), True),
        ("published", END - timedelta(seconds=1), True),
        ("published", END, False),
        ("cancelled", START, False),
        ("draft", START, False),
    ],
    ids=["too early", "half an hour before", "just before the end", "over", "cancelled", "draft"],
)
def test_check_in_is_open_around_the_meeting(state, when, expected):
    assert rules.can_check_in(a_meeting(state=state), when) is expected


@pytest.mark.parametrize(
    ("fields", "when", "expected"),
    [
        ({}, START - timedelta(minutes=31), False),
        ({}, START - timedelta(minutes=30), True),
        ({}, END, False),
        ({"join_url": ""}, START, False),
        ({"state": "cancelled"}, START, False),
    ],
    ids=["early", "near the start", "over", "no link", "cancelled"],
)
def test_join_link_shows_near_the_start_only(fields, when, expected, settings):
    settings.JOIN_LINK_MINUTES = 30

    assert rules.join_link_is_open(a_meeting(**fields), when) is expected


@pytest.mark.parametrize(
    ("answer", "waiting", "expected"),
    [
        (Answer.ONLINE, None, True),
        (Answer.IN_PERSON, None, True),
        (Answer.IN_PERSON, START, False),
        (Answer.NO, None, False),
    ],
    ids=["online", "seat", "waiting", "no"],
)
def test_join_link_is_for_those_who_have_a_place(answer, waiting, expected):
    rsvp = Rsvp(answer=answer, waiting_since=waiting)

    assert rules.rsvp_sees_join_link(rsvp, a_meeting(), START) is expected
    assert rules.rsvp_sees_join_link(None, a_meeting(), START) is False


@pytest.mark.parametrize(
    ("level", "facilitator", "expected"),
    [
        ("full", False, True),
        ("specialty", False, True),
        ("public", False, False),
        (None, False, False),
        (None, True, True),
    ],
)
def test_input_at_every_item_is_for_contributing_members_and_facilitators(level, facilitator, expected):
    assert rules.gives_input_throughout(level, is_facilitator=facilitator) is expected


@pytest.mark.parametrize(("level", "expected"), [("full", True), ("specialty", True), ("public", False), (None, False)])
def test_work_and_workgroups_are_for_contributing_levels(level, expected):
    assert rules.can_do_work(level) is expected
    assert rules.can_join_workgroups(level) is expected


@pytest.mark.parametrize(
    ("audience", "member", "expected"),
    [
        (Audience.PUBLIC, None, True),
        (Audience.PUBLIC, Member(), True),
        (Audience.MEMBERS, None, False),
        (Audience.MEMBERS, Member(), True),
    ],
)
def test_material_for_members_needs_a_member(audience, member, expected):
    assert rules.can_get_material(Material(audience=audience), member) is expected


@pytest.mark.parametrize(
    ("state", "changes", "before", "expected"),
    [
        ("published", {"place": "B"}, timedelta(days=2), True),
        ("published", {"place": "B"}, timedelta(days=3), False),
        ("published", {"title": "B"}, timedelta(days=2), False),
        ("draft", {"place": "B"}, timedelta(days=2), False),
        ("published", {"starts_at": START - timedelta(days=20)}, timedelta(days=21), True),
    ],
    ids=["near", "in time", "title", "draft", "moved near"],
)
def test_change_near_the_start_needs_a_reason(state, changes, before, expected, settings):
    settings.CHANGE_NOTICE_DAYS = 3

    assert rules.change_needs_reason(a_meeting(state=state), changes, START - before) is expected


@pytest.mark.parametrize(("day", "late"), [(date(2027, 2, 3), False), (date(2027, 2, 4), True)])
def test_accommodation_deadline_is_soft_and_in_days(day, late, settings):
    settings.ACCOMMODATION_NOTICE_DAYS = 14

    assert rules.accommodation_is_late(a_meeting(), day) is late


@pytest.mark.parametrize(
    ("changes", "level", "facilitator", "minutes", "expected"),
    [
        ({}, "full", False, 0, True),
        ({}, "specialty", False, 0, True),
        ({}, "public", False, 0, False),
        ({}, None, False, 0, False),
        ({}, "full", True, 0, False),
        ({}, "full", False, -1, False),
        ({"state": MeetingState.CANCELLED}, "full", False, 0, False),
        ({"is_historical": True}, "full", False, 0, False),
    ],
)
def test_held_meeting_leads_contributing_members_to_its_claim(changes, level, facilitator, minutes, expected):
    now = END + timedelta(minutes=minutes)
    assert rules.may_have_a_claim(a_meeting(**changes), level, is_facilitator=facilitator, now=now) is expected
