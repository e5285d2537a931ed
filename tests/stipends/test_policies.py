"""The rule is dated: what was claimed under one policy is not rewritten."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from cop_portal.errors import Refused
from stipends import actions
from stipends.models import StipendPolicy
from stipends.reports import spending
from stipends.rules import entitlement, fiscal_year
from tests.factories import StipendPolicyFactory
from tests.stipends.scenes import attended, held_meeting


def refused(code):
    return pytest.raises(Refused, check=lambda refusal: refusal.code == code)


def test_first_policy_begins(db):
    policy = actions.start_policy(StipendPolicy(starts_on=date(2027, 1, 1)))

    assert StipendPolicy.objects.get() == policy


def test_new_policy_ends_the_one_in_force(db):
    StipendPolicyFactory()

    actions.start_policy(StipendPolicy(starts_on=date(2027, 7, 1), cap=60))

    assert list(StipendPolicy.objects.values_list("starts_on", "ends_on")) == [
        (date(2027, 7, 1), None),
        (date(2026, 1, 1), date(2027, 7, 1)),
    ]


def test_new_policy_cannot_begin_before_the_one_in_force(db):
    StipendPolicyFactory()

    with refused("policy_order"):
        actions.start_policy(StipendPolicy(starts_on=date(2025, 7, 1)))
    assert StipendPolicy.objects.get().ends_on is None


def test_new_policy_cannot_begin_where_claims_rest_on_the_old_one(scene):
    scene.claim()

    with refused("policy_used"):
        actions.start_policy(StipendPolicy(starts_on=scene.meeting.held_on))
    assert StipendPolicy.objects.get().ends_on is None


def test_unused_policy_is_corrected_and_a_used_one_only_ended(scene):
    actions.change_policy(scene.policy, values={"minimum_minutes": 30})
    scene.claim()

    with refused("policy_used"):
        actions.change_policy(scene.policy, values={"minimum_minutes": 45})
    with refused("policy_used"):
        actions.change_policy(scene.policy, values={"ends_on": scene.meeting.held_on})
    actions.change_policy(scene.policy, values={"ends_on": date(2027, 7, 1), "minimum_minutes": 30})

    policy = StipendPolicy.objects.get()
    assert (policy.minimum_minutes, policy.ends_on) == (30, date(2027, 7, 1))
    assert str(policy) == "Policy from 2026-01-01"


def test_yearly_cap_limits_what_one_person_claims_in_a_fiscal_year(scene):
    StipendPolicy.objects.update(yearly_cap=Decimal(80))
    first = scene.claim()
    second = held_meeting(ended=scene.now - timedelta(days=3))
    attended(scene.member, second, confirmed_by=scene.usher)
    claim = partial(actions.submit_claim, second, member=scene.member, attested=True, now=scene.now)

    with refused("amount"):
        claim(amount=Decimal("25.01"))
    smaller = claim(amount=Decimal(25))

    assert (first.cap, smaller.cap) == (Decimal(55), Decimal(25))
    third = held_meeting(ended=scene.now - timedelta(days=2))
    attended(scene.member, third, confirmed_by=scene.usher)
    with refused("within_the_year"):
        actions.submit_claim(third, member=scene.member, amount=Decimal(1), attested=True, now=scene.now)
    assert scene.verified(smaller).state == "verified"
    actions.withdraw(first, member=scene.member, now=scene.now)
    assert [c.answer for c in entitlement(scene.member, third, scene.now) if c.code == "within_the_year"] == [True]


def test_answer_does_not_go_round_the_yearly_cap(scene):
    StipendPolicy.objects.update(yearly_cap=Decimal(80))
    claim = scene.claim(amount="20.00")
    actions.return_with_question(claim, by=scene.verifier, question="Only 20?", now=scene.now)
    second = held_meeting(ended=scene.now - timedelta(days=3))
    attended(scene.member, second, confirmed_by=scene.usher)
    actions.submit_claim(second, member=scene.member, amount=Decimal(55), attested=True, now=scene.now)

    with refused("amount"):
        actions.answer(claim, member=scene.member, words="No.", amount=Decimal(26), now=scene.now)
    actions.answer(claim, member=scene.member, words="No.", amount=Decimal(25), now=scene.now)


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 6, 30), 2026),
        (date(2026, 7, 1), 2027),
        (date(2027, 1, 1), 2027),
        (date(2028, 2, 29), 2028),
    ],
)
def test_fiscal_year_begins_in_july(day, year):
    assert fiscal_year(day) == year


@pytest.mark.parametrize(
    ("ended", "held_on"),
    [
        (datetime(2027, 7, 1, 4, 59, tzinfo=UTC), date(2027, 6, 30)),  # a minute before midnight in Minnesota
        (datetime(2028, 3, 1, 5, 59, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2028, 7, 1, 17, 0, tzinfo=UTC), date(2028, 7, 1)),
    ],
)
def test_year_of_a_claim_is_that_of_the_day_in_minnesota(scene, ended, held_on):
    meeting = held_meeting(ended=ended)
    attended(scene.member, meeting, confirmed_by=scene.usher)

    claim = actions.submit_claim(
        meeting, member=scene.member, amount=Decimal(55), attested=True, now=ended + timedelta(days=1)
    )

    assert claim.meeting_on == held_on
    assert [year.year for year in spending()] == [fiscal_year(held_on)]
