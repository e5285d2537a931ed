"""Who may decide a claim, and what is asked of an amount: a matter of persons, not of rights. Superusers are bound too."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from cop_portal.errors import Refused
from members.enums import CONTRIBUTING
from stipends.enums import CLAIM_NEXT, EXPORT_DAYS, ClaimState
from stipends.rules.entitlement import Condition, evidence_of, unmet

if TYPE_CHECKING:
    from datetime import date, datetime

    from members.models import Member
    from stipends.models import Claim, PaymentBatch

# Nine digits, however they are grouped, are how a Social Security number or an ITIN is written.
LIKE_SSN = re.compile(r"^\d{3}[- ]?\d{2}[- ]?\d{4}$")
SUPPLIER_NUMBER = re.compile(r"^[A-Za-z0-9-]{4,20}$")


# --- What is asked of a claim's amount and a person's supplier number ------------------------------------------------
def refusal_of_amount(amount: Decimal, cap: Decimal) -> Refused | None:
    if amount <= 0 or amount > cap or amount != amount.quantize(Decimal("0.01")):
        return Refused(f"The amount must be more than $0.00 and at most ${cap}, in dollars and cents.", code="amount")
    return None


def refusal_of_supplier_number(number: str) -> Refused | None:
    if LIKE_SSN.match(number):
        return Refused(
            "This looks like a Social Security number. Please do not give it to us: we never need it. "
            "The supplier number comes from the state's supplier portal.",
            code="looks_like_ssn",
        )
    if number and not SUPPLIER_NUMBER.match(number):
        return Refused("A supplier number has 4 to 20 letters, digits or hyphens.", code="supplier_number")
    return None


def refusal_to_enroll(member: Member, today: date) -> Refused | None:
    """Asked only of those who could be paid: no data without need (Minn. Stat. 13.05, subd. 3)."""
    if member.is_facilitator:
        return Refused(
            "Facilitators are paid by their contract, so they cannot enroll for stipends.", code="facilitator"
        )
    if member.level_on(today) not in CONTRIBUTING:
        return Refused(
            "Stipends are for full contributing members and specialty contributors. "
            "You can choose your level in your profile.",
            code="level",
        )
    return None


# --- Who may decide: a matter of persons, not of rights; superusers are not exempt ------------------------------------
def refusal_to_move(claim: Claim, to: str) -> Refused | None:
    if to in CLAIM_NEXT[ClaimState(claim.state)]:
        return None
    return Refused(
        f"{claim.reference} is “{claim.get_state_display().lower()}”; it cannot become “{ClaimState(to).label.lower()}”.",
        code="transition",
    )


def refusal_as_payee(claim: Claim, by: Member) -> Refused | None:
    if claim.member_id == by.pk:
        return Refused(f"{claim.reference} is your own claim: somebody else must decide it.", code="own_claim")
    return None


def refusal_as_entrant(claim: Claim, by: Member) -> Refused | None:
    """Whoever took the person's word has entered the claim: others look whether it holds."""
    if claim.entered_by_id == by.pk:
        return Refused(f"You entered {claim.reference} for the person: somebody else must decide it.", code="own_entry")
    return None


def refusal_of_evidence(claim: Claim, answers: list[Condition]) -> Refused | None:
    missing = unmet(answers)
    if missing:
        words = "; ".join(condition.label.lower() for condition in missing)
        return Refused(f"{claim.reference} does not meet: {words}.", code="not_entitled")
    return None


def refusal_to_verify(claim: Claim, *, by: Member, answers: list[Condition]) -> Refused | None:
    return (
        refusal_to_move(claim, ClaimState.VERIFIED)
        or refusal_as_payee(claim, by)
        or refusal_as_entrant(claim, by)
        or refusal_of_evidence(claim, answers)
    )


def refusal_to_approve(
    claim: Claim, *, by: Member, answers: list[Condition], verified_evidence: dict[str, Any]
) -> Refused | None:
    refusal = (
        refusal_to_move(claim, ClaimState.APPROVED) or refusal_as_payee(claim, by) or refusal_as_entrant(claim, by)
    )
    if refusal:
        return refusal
    if claim.verified_by_id == by.pk:
        return Refused(f"You verified {claim.reference}: somebody else must approve it.", code="own_verification")
    evidence = evidence_of(answers)
    if evidence["confirmed"]["confirmed_by"] == by.pk:
        return Refused(
            f"You confirmed the attendance behind {claim.reference}: somebody else must approve it.",
            code="own_attendance",
        )
    return refusal_of_evidence(claim, answers) or refusal_of_change(claim, evidence, verified_evidence)


def refusal_of_change(claim: Claim, now: dict[str, Any], then: dict[str, Any]) -> Refused | None:
    """What was decided rests on what was seen then: if that changed, it must be decided again."""
    changed = sorted(code for code in now if now[code] != then.get(code))
    if changed:
        return Refused(
            f"The evidence behind {claim.reference} changed since the last decision ({', '.join(changed)}). "
            "Return it with a question, so that it is verified and approved again.",
            code="evidence_changed",
        )
    return None


def refusal_to_batch(claim: Claim, *, answers: list[Condition], approved_evidence: dict[str, Any]) -> Refused | None:
    """Into a batch goes only what is still as it was approved."""
    return (
        refusal_to_move(claim, ClaimState.BATCHED)
        or refusal_of_evidence(claim, answers)
        or refusal_of_change(claim, evidence_of(answers), approved_evidence)
    )


def refusal_to_export(
    claim: Claim, *, by: Member, answers: list[Condition], approved_evidence: dict[str, Any]
) -> Refused | None:
    """Whoever closes a batch approved nothing in it and is paid nothing by it."""
    refusal = refusal_as_payee(claim, by)
    if refusal:
        return refusal
    if claim.approved_by_id == by.pk:
        return Refused(f"You approved {claim.reference}: somebody else must close the batch.", code="own_approval")
    return refusal_of_evidence(claim, answers) or refusal_of_change(claim, evidence_of(answers), approved_evidence)


def refusal_of_payment(
    claim: Claim,
    batch: PaymentBatch,
    paid_on: date,
    reference: str,
    amount: Decimal | None = None,
    *,
    by: Member,
    now: datetime,
) -> Refused | None:
    """What the payer says about one claim must fit: the batch was closed by then, and the amount is the claim's."""
    refusal = refusal_as_payee(claim, by) or refusal_to_move(claim, ClaimState.PAID)
    if refusal or batch.closed_at is None:
        return refusal or Refused("Close the batch first.", code="batch_open")
    closed_on, today = timezone.localdate(batch.closed_at), timezone.localdate(now)
    if not closed_on <= paid_on <= today:
        return Refused(
            f"{claim.reference}: the day of payment must be from {closed_on}, when the batch was closed, to {today}.",
            code="paid_on",
        )
    if not 0 < len(reference.strip()) <= 40:
        return Refused(f"{claim.reference}: give the payment's reference, at most 40 characters.", code="no_reference")
    if amount is not None and amount != claim.amount:
        return Refused(f"{claim.reference}: ${amount} is not the ${claim.amount} of the claim.", code="other_amount")
    return None


def refusal_to_download(batch: PaymentBatch, *, waits: bool, now: datetime) -> Refused | None:
    """A batch's file is there while a claim in it ``waits`` for its payment, and a month after closing in any case.

    It holds names beside supplier numbers; whoever compares it later needs its checksum only.
    """
    if batch.closed_at is None or not batch.checksum:
        return Refused("There is no file: the batch is not closed.", code="batch_open")
    if not waits and now > batch.closed_at + timedelta(days=EXPORT_DAYS):
        return Refused(
            f"The file could be downloaded for {EXPORT_DAYS} days; every claim in it is settled. Its checksum is kept.",
            code="expired",
        )
    return None


def refusal_to_ask_for_review(claim: Claim) -> Refused | None:
    """Once for each denial, and only while there is one."""
    if claim.state != ClaimState.DENIED:
        return Refused("This claim is not denied.", code="transition")
    if claim.reviewed_by_id:
        return Refused("Somebody else has looked at this denial already.", code="reviewed")
    if claim.review_asked_at:
        return Refused("You have asked for this already. You hear from us.", code="asked")
    return None


def refusal_to_review(claim: Claim, *, by: Member) -> Refused | None:
    """Somebody else than who denied it."""
    if claim.state != ClaimState.DENIED or claim.review_asked_at is None:
        return Refused(f"Nobody asked for a review of {claim.reference}.", code="no_review")
    if claim.denied_by_id == by.pk:
        return Refused(f"You denied {claim.reference}: somebody else must look at it again.", code="own_denial")
    return refusal_as_payee(claim, by) or refusal_as_entrant(claim, by)


def refusal_to_set_back(claim: Claim, to: str, *, by: Member) -> Refused | None:
    """Return or deny."""
    return refusal_to_move(claim, to) or refusal_as_payee(claim, by)
