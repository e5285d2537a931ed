"""One step of a claim: the only place where its state changes. Locks are taken batch → meeting → member → claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Max

from cop_portal.errors import Refused
from meetings.models import Meeting
from members.enums import Asked
from members.models import Member
from notices.actions import owe, owe_alike
from stipends.chain import digest_of
from stipends.enums import ClaimState
from stipends.models import Claim, ClaimEvent
from stipends.rules import refusal_to_move

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

AT_A_TIME, FEW = 1000, 10


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
    return last_digests([claim.pk]).get(claim.pk, "")


def last_digests(claims: Iterable[int]) -> dict[int, str]:
    """By claim id, the digest at the end of its record. One query."""
    ends = ClaimEvent.objects.filter(claim__in=list(claims)).order_by().values("claim").annotate(last=Max("pk"))
    return dict(ClaimEvent.objects.filter(pk__in=ends.values("last")).values_list("claim", "digest"))


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


class Step(NamedTuple):
    """One claim of many that move together: what its event rests on, and the columns that change with it."""

    claim: Claim
    evidence: dict[str, Any]
    changes: dict[str, Any]


def move_all(steps: list[Step], to: ClaimState, *, actor: Member, now: datetime) -> None:
    """``move`` for many claims that the caller has locked: all or none, in a few queries for each thousand.

    The steps change the same columns. Refuses: ``transition``.
    """
    origins = {}
    for claim, _, changes in steps:
        refusal = refusal_to_move(claim, to)
        if refusal:
            raise refusal
        origins[claim.pk] = claim.state
        for name, value in {**changes, "state": to}.items():
            setattr(claim, name, value)
    _write(steps, to)
    events = note_all(steps, origins=origins, actor=actor, now=now)
    told = [(f"update:{event.pk}", event.claim.member) for event in events if event.claim.member.is_active]
    owe_alike(told, template="stipends/update", now=now)


def _write(steps: list[Step], to: ClaimState) -> None:
    """One UPDATE for each set of equal changes; where there are many, bulk_update, whose statements are long and slow."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for claim, _, changes in steps:
        alike.setdefault(tuple(changes.items()), []).append(claim.pk)
    if len(alike) <= FEW:
        for same, claims in alike.items():
            Claim.objects.filter(pk__in=claims).update(**dict(same), state=to)
    else:
        columns = ["state", *steps[0].changes]
        Claim.objects.bulk_update([step.claim for step in steps], columns, batch_size=AT_A_TIME)


def note_all(steps: list[Step], *, origins: dict[int, str], actor: Member, now: datetime) -> list[ClaimEvent]:
    """``note`` for many claims that the caller has locked. ``origins``: by claim id, the state each comes from."""
    last = last_digests(claim.pk for claim, _, _ in steps)
    events = []
    for claim, evidence, _ in steps:
        event = ClaimEvent(claim=claim, from_state=origins[claim.pk], to_state=claim.state, actor=actor, at=now)
        event.evidence = {"amount": f"{claim.amount:.2f}", **evidence}
        event.digest = digest_of(event, last.get(claim.pk, ""))
        events.append(event)
    return ClaimEvent.objects.bulk_create(events, batch_size=AT_A_TIME)


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
        evidence={"amount": f"{claim.amount:.2f}", **(evidence or {})},
        at=now,
    )
    event.digest = digest_of(event, last_digest(claim))
    event.save(force_insert=True)
    return event


def tell(claim: Claim, event: ClaimEvent, *, now: datetime) -> None:
    """Owe the person a message that says nothing but "sign in": mail is not a place for private data."""
    member = claim.member
    if not member.email and event.actor_id == claim.entered_by_id:
        return  # they have just said it themselves, to somebody who wrote it down
    owe(
        key=f"update:{event.pk}",
        address=member.email or "",
        template="stipends/update",
        context={},
        now=now,
        member=member,
    )
