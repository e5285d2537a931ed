from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from meetings.enums import AttendanceRole
from members.models import MembershipPeriod
from stipends.enums import Per
from stipends.models import StipendPolicy
from stipends.rules import (
    entitlement,
    evidence_of,
    last_day,
    refusal_of_amount,
    refusal_of_supplier_number,
    unmet,
)
from tests.factories import ConsentNoticeFactory, MembershipPeriodFactory, StipendPolicyFactory
from tests.stipends.scenes import attended, held_meeting


def codes_unmet(scene):
    return [condition.code for condition in unmet(entitlement(scene.member, scene.meeting, scene.now))]


def set_level(level):
    def change(scene):
        MembershipPeriod.objects.filter(member=scene.member).update(level=level)

    return change


def no_level(scene):
    MembershipPeriod.objects.filter(member=scene.member).delete()


def level_ended_that_day(scene):
    MembershipPeriod.objects.filter(member=scene.member).update(ends_on=scene.meeting.held_on)


def was_full_then_public_now(scene):
    after = scene.meeting.held_on + timedelta(days=1)
    MembershipPeriod.objects.filter(member=scene.member).update(ends_on=after)
    MembershipPeriodFactory(member=scene.member, level="public", starts_on=after)


def left(scene):
    scene.member.enrollments.update(left_at=scene.now - timedelta(days=1))


def leaves_later(scene):
    scene.member.enrollments.update(left_at=scene.now + timedelta(days=1))


def enrolled_after_the_meeting(scene):
    scene.member.enrollments.update(attested_at=scene.now - timedelta(hours=1))


def new_notice(scene):
    ConsentNoticeFactory(key="stipend", version=1000)


def consent_withdrawn(scene):
    scene.member.consents.update(withdrawn_at=scene.now)


def absent(scene):
    scene.attendance.delete()


def change_attendance(**values):
    def change(scene):
        for name, value in values.items():
            setattr(scene.attendance, name, value)
        scene.attendance.save()

    return change


def change_meeting(**values):
    def change(scene):
        for name, value in values.items():
            setattr(scene.meeting, name, value)
        scene.meeting.save()

    return change


def change_policy(**values):
    def change(scene):
        StipendPolicy.objects.update(**values)

    return change


def flagged_facilitator(scene):
    scene.member.is_facilitator = True
    scene.member.save()


def facilitates_this_one(scene):
    scene.meeting.facilitators.add(scene.member)


def not_over(scene):
    scene.now = scene.meeting.ends_at - timedelta(minutes=1)


def late(scene):
    scene.now += timedelta(days=60)


def last_minute(scene):
    # The sixtieth day ends at midnight in Minnesota, which is 06:00 UTC (05:00 in summer).
    day = last_day(scene.meeting, scene.policy)
    scene.now = datetime(day.year, day.month, day.day, 23, 59, tzinfo=scene.meeting.tz).astimezone(UTC)


def claimed_already(scene):
    scene.claim()


def claimed_and_withdrew(scene):
    scene.at("withdrawn")


def claimed_another_that_date(scene):
    other = held_meeting(ended=scene.meeting.ends_at - timedelta(hours=3))
    attended(scene.member, other, confirmed_by=scene.usher)
    today, scene.meeting = scene.meeting, other
    scene.claim()
    scene.meeting = today


def claimed_another_where_each_counts(scene):
    StipendPolicy.objects.update(per=Per.MEETING)
    claimed_another_that_date(scene)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda scene: None, [], id="everything is right"),
        pytest.param(set_level("specialty"), [], id="specialty"),
        pytest.param(set_level("public"), ["level"], id="public attendee"),
        pytest.param(no_level, ["level"], id="no level"),
        pytest.param(level_ended_that_day, ["level"], id="level ended that day"),
        pytest.param(was_full_then_public_now, [], id="full then, public now"),
        pytest.param(left, ["enrolled"], id="left"),
        pytest.param(leaves_later, [], id="leaves later"),
        pytest.param(enrolled_after_the_meeting, [], id="enrolled after the meeting"),
        pytest.param(new_notice, ["consented"], id="notice changed"),
        pytest.param(consent_withdrawn, ["consented"], id="consent withdrawn"),
        pytest.param(absent, ["recorded"], id="absent"),
        pytest.param(change_attendance(confirmed_by=None), ["confirmed"], id="not confirmed"),
        pytest.param(change_attendance(minutes=59), ["minutes"], id="a minute too short"),
        pytest.param(change_attendance(minutes=60), [], id="just long enough"),
        pytest.param(change_attendance(role=AttendanceRole.FACILITATOR), ["not_facilitator"], id="came as facilitator"),
        pytest.param(flagged_facilitator, ["not_facilitator"], id="is a facilitator"),
        pytest.param(facilitates_this_one, ["not_facilitator"], id="facilitates this one"),
        pytest.param(
            change_policy(starts_on=date(2027, 1, 15)), ["minutes", "policy", "in_time"], id="before the policy"
        ),
        pytest.param(change_policy(ends_on=date(2027, 1, 14)), ["minutes", "policy", "in_time"], id="policy ended"),
        pytest.param(not_over, ["held"], id="not over"),
        pytest.param(change_meeting(state="cancelled", cancel_reason="Storm"), ["held"], id="cancelled"),
        pytest.param(change_meeting(state="draft"), ["held"], id="never announced"),
        pytest.param(late, ["in_time"], id="too late"),
        pytest.param(last_minute, [], id="last minute"),
        pytest.param(claimed_already, ["not_claimed"], id="claimed"),
        pytest.param(claimed_and_withdrew, [], id="claimed and withdrew"),
        pytest.param(claimed_another_that_date, ["not_claimed_that_date"], id="another that date"),
        pytest.param(claimed_another_where_each_counts, [], id="another, policy per meeting"),
    ],
)
def test_entitlement_is_refused_by_exactly_these_conditions(scene, change, expected):
    assert scene.meeting.held_on == date(2027, 1, 14)
    change(scene)

    assert codes_unmet(scene) == expected


def test_every_condition_has_words_and_evidence_that_can_be_kept(scene):
    answers = entitlement(scene.member, scene.meeting, scene.now)

    assert all(condition.sentence.endswith(".") for condition in answers)
    assert evidence_of(answers) == {
        "level": {"met": True, "level": "full", "on": "2027-01-14"},
        "enrolled": {"met": True, "enrollment": scene.member.enrollments.get().pk},
        "recorded": {"met": True, "attendance": scene.attendance.pk, "source": "staff"},
        "confirmed": {"met": True, "attendance": scene.attendance.pk, "confirmed_by": scene.usher.pk},
        "minutes": {"met": True, "minutes": 120, "needed": 60},
        "policy": {"met": True, "policy": scene.policy.pk, "cap": "55.00", "per": "date"},
        "not_facilitator": {"met": True, "facilitator": False, "ran_this_meeting": False},
        "held": {"met": True, "state": "published"},
    }


def test_newest_of_two_policies_counts(scene):
    StipendPolicy.objects.update(ends_on=date(2027, 6, 1))
    newer = StipendPolicyFactory(starts_on=date(2027, 1, 14), minimum_minutes=121)

    answers = {row.code: row for row in entitlement(scene.member, scene.meeting, scene.now)}

    assert answers["policy"].evidence["policy"] == newer.pk
    assert not answers["minutes"].answer


@pytest.mark.parametrize(
    ("amount", "code"),
    [("55.00", None), ("0.01", None), ("0", "amount"), ("-1", "amount"), ("55.01", "amount"), ("10.005", "amount")],
)
def test_amount_is_within_the_cap_and_in_cents(amount, code):
    refusal = refusal_of_amount(Decimal(amount), Decimal("55.00"))

    assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", None),
        ("0001234567", None),
        ("VN-12345", None),
        ("123-45-6789", "looks_like_ssn"),
        ("123456789", "looks_like_ssn"),
        ("912 70 1234", "looks_like_ssn"),
        ("12", "supplier_number"),
        ("=1+1234", "supplier_number"),
    ],
)
def test_supplier_number_is_none_of_what_we_must_not_have(number, code):
    refusal = refusal_of_supplier_number(number)

    assert (refusal.code if refusal else None) == code
