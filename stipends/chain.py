"""The chain of a claim's events: each digest covers its own row and the digest before it, so a change shows."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING

from stipends.enums import CLAIM_NEXT, CLAIM_NOTES, ClaimState

if TYPE_CHECKING:
    from stipends.models import Claim, ClaimEvent


def digest_of(event: ClaimEvent, previous: str) -> str:
    """SHA-256 over the previous event's digest and this row as canonical JSON."""
    content = {
        "claim": event.claim_id,
        "from": event.from_state,
        "to": event.to_state,
        "actor": event.actor_id,
        "reason": event.reason,
        "evidence": event.evidence,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


def verify_chain(claim: Claim) -> list[str]:
    """What is wrong with the claim's record, in words; an empty list when it holds."""
    return chain_faults(claim, list(claim.events.order_by("pk")))


def chain_faults(claim: Claim, events: list[ClaimEvent]) -> list[str]:
    """The same with the claim's events at hand, the oldest first."""
    faults = []
    previous, state = "", ""
    for event in events:
        if event.digest != digest_of(event, previous):
            faults.append(f"Event {event.pk} is not what was written at the time.")
        if event.from_state != state:
            faults.append(f"Event {event.pk} does not follow from the one before it.")
        if not may_follow(event.from_state, event.to_state):
            faults.append(f"Event {event.pk} is a step that no rule knows.")
        previous, state = event.digest, event.to_state
    if not events:
        return ["The claim has no events."]
    if state != claim.state:
        faults.append("The claim's state is not the one its last event says.")
    if Decimal(events[-1].evidence.get("amount", 0)) != claim.amount:
        faults.append("The claim's amount is not the one its last event says.")
    return faults


def may_follow(origin: str, to: str) -> bool:
    """Whether an event can lead from one state to the other; some only add to the record (CLAIM_NOTES)."""
    if not origin:
        return to == ClaimState.SUBMITTED
    return to in CLAIM_NEXT[ClaimState(origin)] or (origin == to and to in CLAIM_NOTES)
