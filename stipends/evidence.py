"""What a claim rests on today, and what it rested on when somebody decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stipends.enums import ClaimState
from stipends.models import Claim, ClaimEvent
from stipends.rules import Condition, conditions, gather_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# By which step a state is decided: an approved claim that comes back out of a batch was not approved by that.
DECIDED_FROM = {ClaimState.VERIFIED: ClaimState.SUBMITTED, ClaimState.APPROVED: ClaimState.VERIFIED}


def answers_for(claims: Iterable[Claim], *, now: datetime) -> dict[int, list[Condition]]:
    """The conditions of each claim as they stand now, by claim id (member, meeting and policy loaded)."""
    wanted = list(claims)
    facts = gather_for(wanted)
    return {claim.pk: conditions(claim.member, claim.meeting, facts, now=now, claim=claim) for claim in wanted}


def decided_evidence(claims: Iterable[Claim], state: ClaimState) -> dict[int, dict[str, Any]]:
    """The evidence kept with the latest decision that made each claim ``state``, by claim id."""
    events = ClaimEvent.objects.filter(
        claim__in=[claim.pk for claim in claims], to_state=state, from_state=DECIDED_FROM[state]
    ).order_by("pk")
    return {event.claim_id: event.evidence.get("conditions", {}) for event in events}
