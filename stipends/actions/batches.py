"""Approved claims on their way to the payer. Locks are taken batch first, then claims in the order of their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from cop_portal.errors import Refused
from stipends.actions.decisions import said
from stipends.enums import BATCH_MOST, BatchState, ClaimState, Payer
from stipends.evidence import answers_for, decided_evidence
from stipends.models import Claim, PaymentBatch
from stipends.payments import Payment, checksum, export_sheet, export_text
from stipends.rules import refusal_as_payee, refusal_of_payment, refusal_to_batch, refusal_to_export, refusal_to_move
from stipends.steps import Step, hold, move, move_all, note_all

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from members.models import Member


@transaction.atomic
def open_batch(*, by: Member, payer: str = Payer.AGENCY, text: str = "", now: datetime) -> PaymentBatch:
    """Begin a batch; ``text`` is a note for staff."""
    batch: PaymentBatch = PaymentBatch.objects.create(payer=payer, note=text, opened_by=by, opened_at=now)
    return batch


@transaction.atomic
def fill_batch(
    batch: PaymentBatch, *, by: Member, claims: Iterable[Claim] | None = None, now: datetime
) -> tuple[list[Claim], list[Refused]]:
    """Put these claims (all approved ones, where none are named) into an open batch.

    Out: those that went in, and for each other the reason why not; they stay where they are. Two at once get
    different claims: a claim is locked before it is taken. At most ``BATCH_MOST`` are in one batch, the oldest first;
    the others are for the next. Refuses: ``batch_closed``, ``batch_full``.
    """
    batch = _hold_open(batch)
    chosen = Claim.objects.filter(state=ClaimState.APPROVED)
    if claims is not None:
        chosen = Claim.objects.filter(pk__in=[claim.pk for claim in claims])
    room = BATCH_MOST - Claim.objects.filter(batch=batch).count()
    if room <= 0:
        raise Refused(f"{batch} is full. Close it, and open another one for the others.", code="batch_full")
    held = _hold_claims(chosen, most=room)
    answers, approved = answers_for(held, now=now), decided_evidence(held, ClaimState.APPROVED)
    added, refusals = [], []
    for claim in held:
        refusal = refusal_to_batch(claim, answers=answers[claim.pk], approved_evidence=approved.get(claim.pk, {}))
        if refusal:
            refusals.append(refusal)
            continue
        added.append(claim)
    steps = [Step(claim, {"batch": batch.pk}, {"batch": batch}) for claim in added]
    move_all(steps, ClaimState.BATCHED, actor=by, now=now)
    return added, refusals


@transaction.atomic
def take_out(claim: Claim, *, by: Member, reason: str = "", now: datetime) -> Claim:
    """Take a claim out of its batch, back to approved.

    From a closed batch only because the payer sent it back, with the reason: the export stays what it was.
    Refuses: ``no_batch``, ``own_claim``, ``transition``, ``no_reason``, ``too_long``.
    """
    into = Claim.objects.filter(pk=claim.pk).values("batch")
    batch = PaymentBatch.objects.select_for_update(no_key=True).filter(pk__in=into).first()
    claim = hold(claim)
    if batch is None or claim.batch_id != batch.pk:
        raise Refused(f"{claim.reference} is in no batch.", code="no_batch")
    refusal = refusal_as_payee(claim, by) or refusal_to_move(claim, ClaimState.APPROVED)
    if refusal:
        raise refusal
    words = reason.strip() if batch.state == BatchState.OPEN else said(reason)
    evidence = {"batch": batch.pk, "checksum": batch.checksum}
    changes = {"batch": None, "exported_by": None}
    move(claim, ClaimState.APPROVED, actor=by, now=now, reason=words, evidence=evidence, changes=changes)
    _settle(batch)
    return claim


@transaction.atomic
def close_batch(batch: PaymentBatch, *, by: Member, now: datetime) -> PaymentBatch:
    """Freeze the batch with its export and checksum, from then on the same bytes for ever.

    Refuses: ``batch_closed``, ``batch_empty``, ``no_supplier_number`` (says whose is missing), and for any claim in
    it ``own_claim``, ``own_approval``, ``not_entitled``, ``evidence_changed``.
    """
    batch = _hold_open(batch)
    held = _hold_claims(Claim.objects.filter(batch=batch))
    if not held:
        raise Refused("There is no claim in this batch.", code="batch_empty")
    for refusal in refusals_to_close(held, by=by, now=now):
        raise refusal
    batch.export, batch.sheet = export_text(held), export_sheet(held)
    batch.checksum, batch.sheet_checksum = checksum(batch.export.encode()), checksum(batch.sheet)
    batch.state, batch.closed_by, batch.closed_at = BatchState.CLOSED, by, now
    batch.save(update_fields=["export", "sheet", "checksum", "sheet_checksum", "state", "closed_by", "closed_at"])
    Claim.objects.filter(batch=batch).update(exported_by=by)
    evidence = {"batch": batch.pk, "checksum": batch.checksum, "sheet_checksum": batch.sheet_checksum}
    steps = [Step(claim, evidence, {}) for claim in held]
    note_all(steps, origins=dict.fromkeys((claim.pk for claim in held), ClaimState.BATCHED), actor=by, now=now)
    return batch


def refusals_to_close(claims: list[Claim], *, by: Member, now: datetime) -> list[Refused]:
    """Everything that stands in the way of closing a batch of these claims (supplier numbers loaded)."""
    answers, approved = answers_for(claims, now=now), decided_evidence(claims, ClaimState.APPROVED)
    refusals = []
    missing = [claim.reference for claim in claims if not claim.supplier_number]  # type: ignore[attr-defined]
    if missing:
        words = f"These claims lack a supplier number: {', '.join(missing)}. Ask for it, or take them out."
        refusals.append(Refused(words, code="no_supplier_number"))
    for claim in claims:
        refusal = refusal_to_export(
            claim, by=by, answers=answers[claim.pk], approved_evidence=approved.get(claim.pk, {})
        )
        if refusal:
            refusals.append(refusal)
    return refusals


@transaction.atomic
def mark_paid(batch: PaymentBatch, *, by: Member, payments: Iterable[Payment], now: datetime) -> list[Claim]:
    """Keep what the payer says was paid, when and under which reference: all of these claims, or none.

    When the last claim is paid, so is the batch. Refuses: ``batch_open``, ``not_in_batch``, ``paid_on`` (before the
    batch was closed, or in the future), ``no_reference``, ``other_amount``, ``own_claim``, ``transition``.
    """
    batch = PaymentBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if batch.state == BatchState.OPEN:
        raise Refused("Close the batch first.", code="batch_open")
    said_paid = {payment.claim_id: payment for payment in payments}
    held = {claim.pk: claim for claim in _hold_claims(Claim.objects.filter(batch=batch, pk__in=said_paid))}
    unknown = sorted(set(said_paid) - set(held))
    if unknown or not held:
        words = ", ".join(f"C-{number:06d}" for number in unknown) or "no claim"
        raise Refused(f"Not in this batch: {words}. Nothing was marked.", code="not_in_batch")
    steps = [_payment(claim, batch, said_paid[number], by=by, now=now) for number, claim in held.items()]
    move_all(steps, ClaimState.PAID, actor=by, now=now)
    _settle(batch)
    return list(held.values())


@transaction.atomic
def reverse(claim: Claim, *, by: Member, reason: str, now: datetime) -> Claim:
    """The money came back, or must: the paid claim stays as it was and is marked reversed; another may be made.

    Refuses: ``own_claim``, ``transition``, ``no_reason``, ``too_long``.
    """
    claim = hold(claim)
    refusal = refusal_as_payee(claim, by) or refusal_to_move(claim, ClaimState.REVERSED)
    if refusal:
        raise refusal
    words = said(reason)
    evidence = {"batch": claim.batch_id, "paid_on": str(claim.paid_on), "reference": claim.payment_reference}
    move(claim, ClaimState.REVERSED, actor=by, now=now, reason=words, evidence=evidence, changes={"reason": words})
    return claim


def _payment(claim: Claim, batch: PaymentBatch, payment: Payment, *, by: Member, now: datetime) -> Step:
    refusal = refusal_of_payment(claim, batch, *payment[1:], by=by, now=now)
    if refusal:
        raise Refused(f"{refusal} Nothing was marked.", code=refusal.code)
    evidence: dict[str, Any] = {
        "batch": batch.pk,
        "checksum": batch.checksum,
        "paid_on": payment.paid_on.isoformat(),
        "reference": payment.reference.strip(),
    }
    return Step(claim, evidence, {"paid_on": payment.paid_on, "payment_reference": payment.reference.strip()})


def _settle(batch: PaymentBatch) -> None:
    """A closed batch is paid when none of its claims waits and at least one was paid."""
    states = set(Claim.objects.filter(batch=batch).values_list("state", flat=True))
    if batch.state == BatchState.CLOSED and states and ClaimState.BATCHED not in states:
        PaymentBatch.objects.filter(pk=batch.pk).update(state=BatchState.PAID)


def _hold_open(batch: PaymentBatch) -> PaymentBatch:
    held: PaymentBatch = PaymentBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if held.state != BatchState.OPEN:
        raise Refused(f"{held} is closed.", code="batch_closed")
    return held


def _hold_claims(claims: Any, *, most: int | None = None) -> list[Claim]:
    """Locked in one order (at most so many), with everything that decisions and the export read."""
    locked = claims.select_for_update(no_key=True, of=("self",)).select_related("member", "meeting", "policy")
    return list(locked.with_supplier_number().order_by("pk")[:most])
