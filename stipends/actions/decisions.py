"""What staff decide about a claim. Verifier, approver and payee are three people, superusers included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from cop_portal.errors import Refused
from stipends.enums import ClaimState
from stipends.evidence import answers_for, decided_evidence
from stipends.rules import evidence_of, refusal_to_approve, refusal_to_set_back, refusal_to_verify
from stipends.steps import hold, move

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member
    from stipends.models import Claim


@transaction.atomic
def verify(claim: Claim, *, by: Member, now: datetime, seen: str = "") -> Claim:
    """Confirm that the evidence holds today; it is kept with the decision. Owes a neutral message.

    ``seen``: the digest of the last event that the decider had before them. Refuses: ``transition``, ``moved_on``,
    ``own_claim``, ``not_entitled``.
    """
    claim = hold(claim, seen=seen)
    answers = answers_for([claim], now=now)[claim.pk]
    refusal = refusal_to_verify(claim, by=by, answers=answers)
    if refusal:
        raise refusal
    evidence = evidence_of(answers)
    changes = {"verified_by": by, "attendance_confirmed_by_id": evidence["confirmed"]["confirmed_by"]}
    move(claim, ClaimState.VERIFIED, actor=by, now=now, evidence={"conditions": evidence}, changes=changes)
    return claim


@transaction.atomic
def approve(claim: Claim, *, by: Member, now: datetime, seen: str = "") -> Claim:
    """Approve the payment of a verified claim whose evidence has not changed since. Owes a neutral message.

    Refuses: ``transition``, ``moved_on``, ``own_claim``, ``own_verification``, ``own_attendance``, ``not_entitled``,
    ``evidence_changed``. MMB policy 1101-07: whoever authorizes neither records nor receives.
    """
    claim = hold(claim, seen=seen)
    answers = answers_for([claim], now=now)[claim.pk]
    verified = decided_evidence([claim], ClaimState.VERIFIED).get(claim.pk, {})
    refusal = refusal_to_approve(claim, by=by, answers=answers, verified_evidence=verified)
    if refusal:
        raise refusal
    evidence = {"conditions": evidence_of(answers)}
    move(claim, ClaimState.APPROVED, actor=by, now=now, evidence=evidence, changes={"approved_by": by})
    return claim


@transaction.atomic
def return_with_question(claim: Claim, *, by: Member, question: str, now: datetime, seen: str = "") -> Claim:
    """Ask the person; what was decided so far no longer counts.

    Refuses: ``transition``, ``moved_on``, ``own_claim``, ``no_reason``, ``too_long``.
    """
    claim = hold(claim, seen=seen)
    refusal = refusal_to_set_back(claim, ClaimState.RETURNED, by=by)
    if refusal:
        raise refusal
    words = said(question)
    changes = {"reason": words, "verified_by": None, "approved_by": None}
    move(claim, ClaimState.RETURNED, actor=by, now=now, reason=words, evidence=_seen(claim, now), changes=changes)
    return claim


@transaction.atomic
def deny(claim: Claim, *, by: Member, reason: str, now: datetime, seen: str = "") -> Claim:
    """Say no, with the reason that the person reads.

    Refuses: ``transition``, ``moved_on``, ``own_claim``, ``no_reason``, ``too_long``.
    """
    claim = hold(claim, seen=seen)
    refusal = refusal_to_set_back(claim, ClaimState.DENIED, by=by)
    if refusal:
        raise refusal
    words = said(reason)
    changes = {"reason": words, "denied_by": by, "review_asked_at": None, "reviewed_by": None}
    move(claim, ClaimState.DENIED, actor=by, now=now, reason=words, evidence=_seen(claim, now), changes=changes)
    return claim


def _seen(claim: Claim, now: datetime) -> dict[str, Any]:
    """What stood behind the claim when it was decided."""
    return {"conditions": evidence_of(answers_for([claim], now=now)[claim.pk])}


def said(words: str) -> str:
    """The words the person reads, which nobody may leave out."""
    words = words.strip()
    if not words:
        raise Refused("Please write why, in words that the person can act on.", code="no_reason")
    if len(words) > 500:
        raise Refused("Please say it in at most 500 characters.", code="too_long")
    return words
