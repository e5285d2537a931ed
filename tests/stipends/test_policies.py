"""The rule is dated: what was claimed under one policy is not rewritten."""

from datetime import date

import pytest

from cop_portal.errors import Refused
from stipends import actions
from stipends.models import StipendPolicy
from tests.factories import StipendPolicyFactory


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
