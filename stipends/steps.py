"""One step of a claim: the only place where its state changes. Locks are taken batch → meeting → member → claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cop_portal.errors import Refused
from meetings.models import Meeting
from members.enums import Asked
from members.models import Member
from notices.actions import owe
from stipends.chain import digest_of
from stipends.enums import ClaimState
from stipends.models import Claim, ClaimEvent
from stipends.rules import refusal_to_move

if TYPE_CHECKING:
    from datetime import datetime


def hold_pair(meeting_id: int, member_id: int) -> tuple[Meeting, Member]:
    """Lock the meeting, then the person, so that two claims of one person wait for each other.

    ``no_key``: rows elsewhere may still refer to them meanwhile (on SQLite the transaction itself is the lock).
    """
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting_id)
    return meeting, Member.objects.select_for_update(no_key=True).get(pk=member_id)


def hold(claim: Claim, *, seen: str = "") -> Claim:
    """The claim as it is now, locked. ``seen`` is the digest of the last event that the decider had before them."""
    meeting, member = hold_pair(claim.meeting_id, claim.member_id)
    held: Claim = Claim.objects.select_for_update(no_key=True, of=("self",)).select_related("policy").get(pk=claim.pk)
    held.meeting, held.member = meeting, member
    if seen and last_digest(held) != seen:
        raise Refused(f"{held.reference} changed while you were looking at it. Please look again.", code="moved_on")
    return held


def check_taker(member: Member, by: Member | None, how: str) -> None:
    """Whether staff (``by``) may take this person's word, and say how it was given (a members.enums.Asked).

    Refuses: ``own_claim`` (staff enter their own like everybody, not as if they had asked themselves), ``how_missing``.
    """
    if by is not None and how not in Asked.values:
        raise Refused("Say how the person gave you their word.", code="how_missing")
    if by is not None and by.pk == member.pk:
        raise Refused("This is about you. Please do it on your own pages.", code="own_claim")


def last_digest(claim: Claim) -> str:
    last = claim.events.order_by("-pk").first()
    return last.digest if last else ""


def move(
    claim: Claim,
    to: ClaimState,
    *,
    actor: Member,
    now: datetime,
    reason: str = "",
    evidence: dict[str, Any] | None = None,
    changes: dict[str, Any] | None = None,
) -> ClaimEvent:
    """Take the claim to another state, with its event and a neutral message to the person.

    Refuses: ``transition`` (not in the table), ``moved_on`` (somebody was faster).
    """
    refusal = refusal_to_move(claim, to)
    if refusal:
        raise refusal
    origin = claim.state
    values = {**(changes or {}), "state": to}
    if not Claim.objects.filter(pk=claim.pk, state=origin).update(**values):
        raise Refused(f"{claim.reference} was decided by somebody else meanwhile.", code="moved_on")
    for name, value in values.items():
        setattr(claim, name, value)
    event = note(claim, origin=origin, actor=actor, now=now, reason=reason, evidence=evidence)
    tell(claim, event, now=now)
    return event


def note(
    claim: Claim,
    *,
    origin: str,
    actor: Member,
    now: datetime,
    reason: str = "",
    evidence: dict[str, Any] | None = None,
) -> ClaimEvent:
    """Add to the claim's record, chained to what stands there."""
    event = ClaimEvent(
        claim=claim,
        from_state=origin,
        to_state=claim.state,
        actor=actor,
        reason=reason,
        evidence={"amount": str(claim.amount), **(evidence or {})},
        at=now,
    )
    event.digest = digest_of(event, last_digest(claim))
    event.save(force_insert=True)
    return event


def tell(claim: Claim, event: ClaimEvent, *, now: datetime) -> None:
    """Owe the person a message that says nothing but "sign in": mail is not a place for private data."""
    member = claim.member
    if member.email and member.is_active:
        owe(
            key=f"update:{event.pk}",
            address=member.email,
            template="stipends/update",
            context={},
            now=now,
            member=member,
        )
