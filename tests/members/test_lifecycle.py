"""A membership ends and begins again; the row, and what is on record, stay the same person's."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cop_portal.errors import Refused
from members import actions
from members.enums import Closed, Level
from members.models import Member, MemberEvent
from members.returning import come_back_url
from tests.factories import NOW, ConsentNoticeFactory, MemberFactory, MembershipPeriodFactory, StaffFactory

pytestmark = pytest.mark.django_db


def events(member):
    return [(event.what, event.about, event.why, event.by) for event in member.events.all()]


def state(member):
    member.refresh_from_db()
    return member.is_active, member.closed_as, member.deceased_on


def test_deactivating_and_activating_touch_nothing_else():
    period, staff = MembershipPeriodFactory(), StaffFactory()

    actions.deactivate(period.member, by=staff, reason="Disturbed a meeting", now=NOW)
    assert state(period.member) == (False, Closed.DEACTIVATED, None)

    actions.activate(period.member, by=staff, reason="We talked", now=NOW + timedelta(1))
    period.refresh_from_db()
    assert (state(period.member), period.ends_on) == ((True, "", None), None)
    assert events(period.member) == [
        ("activated", "", "We talked", staff),
        ("deactivated", "", "Disturbed a meeting", staff),
    ]


def test_deceased_ends_the_level_on_that_day_and_a_correction_goes_on_from_it():
    period, staff = MembershipPeriodFactory(level="full"), StaffFactory()
    member, day = period.member, date(2027, 1, 18)

    actions.mark_deceased(member, on=day, by=staff, reason="Their sister called", now=NOW)
    assert state(member) == (False, Closed.DECEASED, day)
    assert (member.level_on(day), member.level_on(day - timedelta(1))) == (None, "full")

    actions.correct_deceased(member, by=staff, reason="A namesake", now=NOW + timedelta(3))
    assert state(member) == (True, "", None)
    assert [member.level_on(day + timedelta(n)) for n in (-1, 0, 1)] == ["full"] * 3
    assert [event[0] for event in events(member)] == ["not_deceased", "deceased"]


def test_whoever_left_comes_back_on_the_same_row_with_a_new_level():
    member = MemberFactory()
    MembershipPeriodFactory(member=member, level="full")
    actions.leave(member, now=NOW)

    actions.come_back(member, level="public", agreed=False, now=NOW + timedelta(40))

    assert (state(member), Member.objects.count()) == ((True, "", None), 1)
    assert [period.level for period in member.periods.all()] == [Level.PUBLIC, Level.FULL]
    assert not member.consents.standing().exists()
    assert events(member) == [("returned", "Public attendee", "", member)]


def deactivated(member, staff):
    actions.deactivate(member, by=staff, reason="Reason", now=NOW)


def deceased(member, staff):
    actions.mark_deceased(member, on=NOW.date(), by=staff, reason="Reason", now=NOW)


def left(member, staff):
    actions.leave(member, now=NOW)


def is_open(member, staff):
    """As it is made."""


WORDS = {"reason": "Reason", "now": NOW}
BACK = {"level": "public", "agreed": False, "now": NOW}


@pytest.mark.parametrize(
    ("before", "act", "said", "code"),
    [
        (is_open, "deactivate", {**WORDS, "reason": " "}, "reason_missing"),
        (deceased, "deactivate", WORDS, "deceased"),
        (deceased, "activate", WORDS, "deceased"),
        (left, "activate", WORDS, "left"),
        (deactivated, "activate", {**WORDS, "reason": ""}, "reason_missing"),
        (is_open, "mark_deceased", {**WORDS, "on": NOW.date() + timedelta(1)}, "future"),
        (is_open, "mark_deceased", {**WORDS, "on": NOW.date(), "reason": ""}, "reason_missing"),
        (deceased, "mark_deceased", {**WORDS, "on": NOW.date()}, "deceased"),
        (is_open, "correct_deceased", WORDS, "not_deceased"),
        (left, "correct_deceased", WORDS, "not_deceased"),
        (is_open, "come_back", BACK, "not_closed"),
        (deactivated, "come_back", BACK, "deactivated"),
        (deceased, "come_back", BACK, "deactivated"),
        (left, "come_back", {**BACK, "level": "full", "reason": "Asked"}, "expectations"),
        (left, "come_back", {**BACK, "reason": " "}, "reason_missing"),
        (left, "come_back", {**BACK, "reason": "Asked"}, "no_notice"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing_behind(before, act, said, code):
    member, staff = MembershipPeriodFactory().member, StaffFactory()
    before(member, staff)
    was = state(member), events(member), member.periods.count()

    with pytest.raises(Refused) as refusal:
        getattr(actions, act)(member, by=staff, **said)

    assert refusal.value.code == code
    assert (state(member), events(member), member.periods.count()) == was


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("deactivate", {}),
        ("activate", {}),
        ("mark_deceased", {"on": NOW.date()}),
        ("correct_deceased", {}),
    ],
)
def test_nobody_does_it_to_themselves(act, said):
    staff = StaffFactory()

    with pytest.raises(Refused) as refusal:
        getattr(actions, act)(staff, by=staff, **WORDS, **said)

    assert refusal.value.code == "own_account"


def test_staff_rights_stand_in_the_way_of_recording_a_death():
    with pytest.raises(Refused) as refusal:
        actions.mark_deceased(StaffFactory(), on=NOW.date(), by=StaffFactory(), **WORDS)

    assert refusal.value.code == "is_staff"


def test_what_was_written_down_cannot_be_changed():
    staff, member = StaffFactory(), MemberFactory()
    actions.deactivate(member, by=staff, **WORDS)

    with pytest.raises(IntegrityError), transaction.atomic():
        MemberEvent.objects.update(why="Something else")

    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError), transaction.atomic():
            MemberEvent.objects.all().delete()
    assert events(member) == [("deactivated", "", "Reason", staff)]


@pytest.mark.parametrize(
    "row",
    [
        {"closed_as": "deceased", "is_active": False},
        {"closed_as": "left", "is_active": False, "deceased_on": date(2027, 1, 1)},
        {"closed_as": "left", "is_active": True},
        {"closed_as": "gone", "is_active": False},
    ],
    ids=["deceased says when", "only the deceased", "closed is not active", "unknown"],
)
def test_the_database_knows_how_a_membership_can_be_closed(row):
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberFactory(**row)


def test_joining_with_the_address_of_a_closed_membership_leads_back_to_it():
    notice, member = ConsentNoticeFactory(), MemberFactory(email="ada@example.org")
    actions.leave(member, now=NOW)
    join = {"name": "Ada", "level": "public", "notice": notice.pk, "consent": "on"}
    answers = [Client().post("/accounts/signup/", {**join, "email": f"{who}@example.org"}) for who in ("ada", "new")]
    assert len({(answer.status_code, answer.url) for answer in answers}) == 1
    link = re.search(r"/accounts/come-back/\S+", mail.outbox[0].body)[0]

    assert Client().get(link).status_code == 200
    assert Client().post(link, {"level": "full"}).status_code == 422
    assert Client().post(link, {"level": "public"}).status_code == 302

    assert (state(member), Member.objects.filter(email="ada@example.org").count()) == ((True, "", None), 1)
    assert Client().get(link).status_code == 410


def test_no_link_back_for_those_whom_staff_shut_out():
    member = MemberFactory(email="ada@example.org")
    actions.deactivate(member, by=StaffFactory(), **WORDS)
    assert (come_back_url("ada@example.org"), come_back_url("new@example.org")) == ("", "")
    assert Client().get("/accounts/come-back/1:x:y/").status_code == 410
