"""The rule in force. It is dated: past claims keep the rule they were made under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from cop_portal.errors import Refused
from stipends.models import Claim, StipendPolicy

if TYPE_CHECKING:
    from datetime import date


@transaction.atomic
def start_policy(policy: StipendPolicy) -> StipendPolicy:
    """Let a new policy begin; the one in force without an end ends on that day.

    Refuses: ``policy_order`` (not after the one in force), ``policy_used`` (claims rest on the old one for meetings
    on or after that day).
    """
    standing = StipendPolicy.objects.select_for_update().filter(ends_on__isnull=True).first()
    if standing and policy.ends_on is None:
        if policy.starts_on <= standing.starts_on:
            raise Refused("A new policy begins after the one in force.", code="policy_order")
        _end(standing, policy.starts_on)
    policy.save(force_insert=True)
    return policy


@transaction.atomic
def change_policy(policy: StipendPolicy, *, values: dict[str, Any]) -> StipendPolicy:
    """Correct a policy on which no claim rests, or set the end of one.

    Refuses: ``policy_used`` (a used policy is not rewritten: begin a new one).
    """
    held: StipendPolicy = StipendPolicy.objects.select_for_update().get(pk=policy.pk)
    changed = {name for name, value in values.items() if getattr(held, name) != value}
    if changed - {"ends_on"} and Claim.objects.filter(policy=held).exists():
        raise Refused("Claims rest on this policy. Begin a new one instead of changing it.", code="policy_used")
    if "ends_on" in changed and values["ends_on"] is not None:
        _refuse_if_used_from(held, values["ends_on"])
    for name, value in values.items():
        setattr(held, name, value)
    held.save(update_fields=list(values))
    return held


def _end(policy: StipendPolicy, day: date) -> None:
    _refuse_if_used_from(policy, day)
    policy.ends_on = day
    policy.save(update_fields=["ends_on"])


def _refuse_if_used_from(policy: StipendPolicy, day: date) -> None:
    if Claim.objects.filter(policy=policy, meeting_on__gte=day).exists():
        raise Refused(
            "Claims for meetings on or after that day rest on the policy in force. Choose a later day.",
            code="policy_used",
        )
