"""The chain of a claim's events: each digest covers its own row and the digest before it, so a change shows."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import TYPE_CHECKING

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
    faults = []
    previous, state = "", ""
    events = list(claim.events.order_by("pk"))
    for event in events:
        if event.digest != digest_of(event, previous):
            faults.append(f"Event {event.pk} is not what was written at the time.")
        if event.from_state != state:
            faults.append(f"Event {event.pk} does not follow from the one before it.")
        previous, state = event.digest, event.to_state
    if not events:
        return ["The claim has no events."]
    if state != claim.state:
        faults.append("The claim's state is not the one its last event says.")
    if events[-1].evidence.get("amount") != str(claim.amount):
        faults.append("The claim's amount is not the one its last event says.")
    return faults
