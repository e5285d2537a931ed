"""What staff can decide about claims: who may, what it does, and why it would be refused before it is tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cop_portal.errors import Refused
from stipends import actions
from stipends.enums import BatchState, ClaimState
from stipends.evidence import answers_for, decided_evidence
from stipends.rules import (
    refusal_as_payee,
    refusal_to_approve,
    refusal_to_move,
    refusal_to_review,
    refusal_to_set_back,
    refusal_to_verify,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest

    from members.models import Member
    from stipends.models import Claim

VERIFY, APPROVE, MANAGE = "stipends.verify_claim", "stipends.approve_claim", "stipends.manage_batches"


@dataclass(frozen=True)
class Decision:
    """One admin action on claims."""

    name: str
    title: str
    done: str
    explains: str
    rights: tuple[str, ...]
    act: Callable[..., Any]
    needs_words: bool = False
    proves_identity: bool = False

    def is_for(self, request: HttpRequest) -> bool:
        return any(request.user.has_perm(right) for right in self.rights)


def _verify(claim: Claim, *, by: Member, words: str, seen: str, now: datetime) -> Claim:
    return actions.verify(claim, by=by, seen=seen, now=now)


def _approve(claim: Claim, *, by: Member, words: str, seen: str, now: datetime) -> Claim:
    return actions.approve(claim, by=by, seen=seen, now=now)


def _return(claim: Claim, *, by: Member, words: str, seen: str, now: datetime) -> Claim:
    return actions.return_with_question(claim, by=by, question=words, seen=seen, now=now)


def _deny(claim: Claim, *, by: Member, words: str, seen: str, now: datetime) -> Claim:
    return actions.deny(claim, by=by, reason=words, seen=seen, now=now)


def _take_out(claim: Claim, *, by: Member, words: str, seen: str, now: datetime) -> Claim:
    return actions.take_out(claim, by=by, reason=words, now=now)


def _reverse(claim: Claim, *, by: Member, words: str, seen: str, now: datetime) -> Claim:
    return actions.reverse(claim, by=by, reason=words, now=now)


def _let_stand(claim: Claim, *, by: Member, words: str, seen: str, now: datetime) -> Claim:
    return actions.let_stand(claim, by=by, words=words, seen=seen, now=now)


def _overturn(claim: Claim, *, by: Member, words: str, seen: str, now: datetime) -> Claim:
    return actions.overturn(claim, by=by, words=words, seen=seen, now=now)


def _uphold(claim: Claim, *, by: Member, words: str, seen: str, now: datetime) -> Claim:
    return actions.uphold(claim, by=by, words=words, seen=seen, now=now)


_ALL = [
    Decision(
        "verify_claims",
        "Verify",
        "Verified",
        "You confirm that the evidence holds. Somebody else approves.",
        (VERIFY,),
        _verify,
    ),
    Decision(
        "approve_claims",
        "Approve",
        "Approved",
        "You approve the payment. It can then go into a payment batch.",
        (APPROVE,),
        _approve,
    ),
    Decision(
        "return_claims",
        "Return with a question",
        "Returned",
        "The person is asked. After the answer the claim is verified and approved anew.",
        (VERIFY, APPROVE),
        _return,
        needs_words=True,
    ),
    Decision(
        "deny_claims",
        "Deny",
        "Denied",
        "The claim ends here. The person reads the reason and may claim again while there is time.",
        (VERIFY, APPROVE),
        _deny,
        needs_words=True,
    ),
    Decision(
        "overturn_claims",
        "Take up again after a second look",
        "Taken up again",
        "The denial does not stand. The claim is verified and approved from the start.",
        (VERIFY, APPROVE),
        _overturn,
        needs_words=True,
    ),
    Decision(
        "uphold_claims",
        "Let the denial stand after a second look",
        "Left denied",
        "You looked again, and it stays so. The person reads your words.",
        (VERIFY, APPROVE),
        _uphold,
        needs_words=True,
    ),
    Decision(
        "take_out_claims",
        "Take out of the batch",
        "Taken out",
        "The claim goes back to approved. From a closed batch only because the payer sent it back.",
        (MANAGE,),
        _take_out,
        needs_words=True,
        proves_identity=True,
    ),
    Decision(
        "let_stand_claims",
        "Let it stand after a correction",
        "Left as they are",
        "You looked at the corrected attendance, and the payment stands. Otherwise, reverse it.",
        (APPROVE, MANAGE),
        _let_stand,
        needs_words=True,
    ),
    Decision(
        "reverse_claims",
        "Reverse the payment",
        "Reversed",
        "The payment came back, or must. The claim stays as it was and is marked reversed.",
        (MANAGE,),
        _reverse,
        needs_words=True,
        proves_identity=True,
    ),
]
DECISIONS = {decision.name: decision for decision in _ALL}
REVIEWS = frozenset({"overturn_claims", "uphold_claims"})  # offered where a review was asked for
STANDS = "let_stand_claims"  # offered where the attendance was corrected after the claim was sent or paid


def refusals(decision: Decision, claims: list[Claim], *, by: Member, now: datetime) -> dict[int, Refused]:
    """By claim id, why the decision would be refused; claims that are not in it would pass."""
    answers = answers_for(claims, now=now) if decision.name in {"verify_claims", "approve_claims"} else {}
    verified = decided_evidence(claims, ClaimState.VERIFIED) if decision.name == "approve_claims" else {}
    asks: dict[str, Callable[[Claim], Refused | None]] = {
        "verify_claims": lambda claim: refusal_to_verify(claim, by=by, answers=answers[claim.pk]),
        "approve_claims": lambda claim: refusal_to_approve(
            claim, by=by, answers=answers[claim.pk], verified_evidence=verified.get(claim.pk, {})
        ),
        "return_claims": lambda claim: refusal_to_set_back(claim, ClaimState.RETURNED, by=by),
        "deny_claims": lambda claim: refusal_to_set_back(claim, ClaimState.DENIED, by=by),
        "overturn_claims": lambda claim: refusal_to_review(claim, by=by),
        "uphold_claims": lambda claim: refusal_to_review(claim, by=by),
        "take_out_claims": lambda claim: refusal_as_payee(claim, by) or _not_in_batch(claim),
        "let_stand_claims": lambda claim: actions.refusal_to_let_stand(claim, by=by),
        "reverse_claims": lambda claim: refusal_as_payee(claim, by) or refusal_to_move(claim, ClaimState.REVERSED),
    }
    found = {claim.pk: asks[decision.name](claim) for claim in claims}
    return {number: refusal for number, refusal in found.items() if refusal}


def _not_in_batch(claim: Claim) -> Refused | None:
    if claim.batch is None or claim.state != ClaimState.BATCHED or claim.batch.state == BatchState.PAID:
        return Refused(f"{claim.reference} is in no batch that waits for payment.", code="no_batch")
    return None
