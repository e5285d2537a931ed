"""A denial looked at again: the person asks, and somebody else than who denied it decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from stipends.actions.decisions import said
from stipends.enums import ClaimState
from stipends.evidence import answers_for
from stipends.models import Claim
from stipends.rules import evidence_of, refusal_to_ask_for_review, refusal_to_review
from stipends.steps import hold, move, note, tell

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member


@transaction.atomic
def ask_for_review(claim: Claim, *, member: Member, words: str, now: datetime) -> Claim:
    """The person does not agree with a denial; it goes to the staff's work, for somebody else than who denied it.

    Refuses: ``not_yours``, ``transition`` (not denied), ``reviewed``, ``asked``, ``no_reason``, ``too_long``.
    """
    claim = hold(claim)
    if claim.member_id != member.pk:
        raise Refused("This is not your claim.", code="not_yours")
    refusal = refusal_to_ask_for_review(claim)
    if refusal:
        raise refusal
    words = said(words)
    Claim.objects.filter(pk=claim.pk).update(review_asked_at=now)
    claim.review_asked_at = now
    note(claim, origin=claim.state, actor=member, now=now, reason=words, evidence={"review": "asked"})
    return claim


@transaction.atomic
def overturn(claim: Claim, *, by: Member, words: str, now: datetime, seen: str = "") -> Claim:
    """The denial does not stand: the claim is decided anew from the start, and has waited since it was handed in.

    Refuses: ``moved_on``, ``no_review``, ``own_denial``, ``own_claim``, ``own_entry``, ``no_reason``, ``too_long``,
    ``not_claimed`` (another claim was made meanwhile).
    """
    claim = hold(claim, seen=seen)
    _check(claim, by)
    words = said(words)
    changes = {"review_asked_at": None, "reviewed_by": by, "reason": "", "verified_by": None, "approved_by": None}
    evidence = {"review": "overturned", "denied_by": claim.denied_by_id}
    try:
        with transaction.atomic():
            move(claim, ClaimState.SUBMITTED, actor=by, now=now, reason=words, evidence=evidence, changes=changes)
    except IntegrityError as error:
        raise Refused(
            f"Another claim stands for the meeting or date of {claim.reference}. Decide that one.", code="not_claimed"
        ) from error
    return claim


@transaction.atomic
def uphold(claim: Claim, *, by: Member, words: str, now: datetime, seen: str = "") -> Claim:
    """The denial stands, in words that the person reads instead of the first. Owes a neutral message.

    Refuses: ``moved_on``, ``no_review``, ``own_denial``, ``own_claim``, ``own_entry``, ``no_reason``, ``too_long``.
    """
    claim = hold(claim, seen=seen)
    _check(claim, by)
    words = said(words)
    Claim.objects.filter(pk=claim.pk).update(review_asked_at=None, reviewed_by=by, reason=words)
    claim.review_asked_at, claim.reviewed_by, claim.reason = None, by, words
    evidence = {
        "review": "upheld",
        "denied_by": claim.denied_by_id,
        "conditions": evidence_of(answers_for([claim], now=now)[claim.pk]),
    }
    event = note(claim, origin=claim.state, actor=by, now=now, reason=words, evidence=evidence)
    tell(claim, event, now=now)
    return claim


def _check(claim: Claim, by: Member) -> None:
    refusal = refusal_to_review(claim, by=by)
    if refusal:
        raise refusal
