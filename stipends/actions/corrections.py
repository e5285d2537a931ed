"""What a correction of attendance does to decisions that rested on it. Meetings do not know of claims: we look there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from cop_portal.errors import Refused
from stipends.actions.decisions import said
from stipends.enums import BatchState, ClaimState
from stipends.evidence import answers_for, corrections_since, decided_evidence
from stipends.models import Claim, PaymentBatch
from stipends.rules import evidence_of, refusal_as_payee, refusal_of_change
from stipends.steps import hold, move, note

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.models import AttendanceEvent
    from members.models import Member


def reopen_corrected(*, now: datetime) -> int:
    """Take up again every claim that was decided, and not sent to the payer, on attendance that staff corrected since.

    Each in a transaction of its own; it may run twice. Returns how many were taken up again.
    """
    unsent = Q(state__in=[ClaimState.VERIFIED, ClaimState.APPROVED]) | Q(batch__state=BatchState.OPEN)
    found = Claim.objects.corrected().filter(unsent).order_by("pk")
    return sum(reopen(claim, now=now) for claim in found)


@transaction.atomic
def reopen(claim: Claim, *, now: datetime) -> bool:
    """Back to the start, out of an open batch too, with the reason of the correction in the record; False: it holds.

    It is verified and approved anew on the evidence as it is now. The clock of payment runs on. Owes a neutral message.
    """
    into = Claim.objects.filter(pk=claim.pk).values("batch")
    batch = PaymentBatch.objects.select_for_update(no_key=True).filter(pk__in=into).first()
    claim = hold(claim)
    if claim.state == ClaimState.PAID or (batch is not None and batch.state != BatchState.OPEN):
        return False
    steps = corrections_since(claim)
    if not steps:
        return False
    answers = answers_for([claim], now=now)[claim.pk]
    state = ClaimState.VERIFIED if claim.state == ClaimState.VERIFIED else ClaimState.APPROVED
    then = decided_evidence([claim], state).get(claim.pk, {})
    if refusal_of_change(claim, evidence_of(answers), then) is None:
        return False
    step, words = steps[0], _words(steps[0])
    actor = step.by
    if actor is None or actor.pk == claim.member_id:  # who the claim is for decides nothing about it
        actor = claim.verified_by
    assert actor is not None  # noqa: S101  # it was verified by somebody
    if batch is not None:
        changes = {"batch": None, "exported_by": None}
        move(
            claim,
            ClaimState.APPROVED,
            actor=actor,
            now=now,
            reason=words,
            evidence={"batch": batch.pk},
            changes=changes,
        )
    evidence = {"correction": step.pk, "conditions": evidence_of(answers)}
    again = {"verified_by": None, "approved_by": None, "reason": ""}
    move(claim, ClaimState.SUBMITTED, actor=actor, now=now, reason=words, evidence=evidence, changes=again)
    return True


@transaction.atomic
def let_stand(claim: Claim, *, by: Member, words: str, now: datetime, seen: str = "") -> Claim:
    """A claim that was sent or paid stands, though the attendance was corrected since; why is kept in its record.

    Otherwise it is reversed. Refuses: ``moved_on``, ``own_claim``, ``not_corrected``, ``own_correction`` (somebody else
    than who corrected it looks), ``no_reason``, ``too_long``.
    """
    claim = hold(claim, seen=seen)
    refusal = refusal_to_let_stand(claim, by=by)
    if refusal:
        raise refusal
    words, step = said(words), corrections_since(claim)[0]
    conditions = evidence_of(answers_for([claim], now=now)[claim.pk])
    evidence = {"stands": True, "correction": step.pk, "conditions": conditions}
    note(claim, origin=claim.state, actor=by, now=now, reason=words, evidence=evidence)
    return claim


def refusal_to_let_stand(claim: Claim, *, by: Member) -> Refused | None:
    steps = corrections_since(claim) if claim.state in {ClaimState.BATCHED, ClaimState.PAID} else []
    if not steps:
        return Refused(f"The attendance behind {claim.reference} was not corrected since.", code="not_corrected")
    if any(step.by_id == by.pk for step in steps):
        return Refused(
            f"You corrected the attendance behind {claim.reference}: somebody else must look.", code="own_correction"
        )
    return refusal_as_payee(claim, by)


def _words(step: AttendanceEvent) -> str:
    why = f" {step.reason}" if step.reason else ""
    return f"The attendance was corrected: {step.before_text}, now {step.after_text}.{why}"[:500]
