"""Stipend claims in every state, for two meetings that are over."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from cop_portal.demo.history import CATEGORY_LABELS
from cop_portal.demo.people import DOMAIN
from cop_portal.errors import Refused
from meetings.models import Meeting
from members.models import Member
from stipends import actions
from stipends.models import Claim

CAP = Decimal("55.00")
ENROLLED = 16
USED_SERVICES = CATEGORY_LABELS[8]


class Desk:
    """The staff who handle stipends; three of them, because no one person may do it alone."""

    def __init__(self) -> None:
        self.verifier = Member.objects.get(email=f"verifier@{DOMAIN}")
        self.approver = Member.objects.get(email=f"approver@{DOMAIN}")
        self.payments = Member.objects.get(email=f"payments@{DOMAIN}")


def enroll_some(now: datetime) -> list[Member]:
    """Those with lived experience in the demo who said yes; the first with a supplier number, some who want help."""
    eligible = Member.objects.filter(categories__label=USED_SERVICES, is_facilitator=False).order_by("pk").distinct()
    enrolled = []
    for number, member in enumerate(eligible):
        supplier = f"{1234500 + number:010d}" if number < ENROLLED - 3 else ""
        try:
            actions.enroll(member, agreed=True, supplier_number=supplier, wants_help=not supplier, now=now)
        except Refused:  # public attendees have the category too, and cannot be paid
            continue
        enrolled.append(member)
    return enrolled[:ENROLLED]


def pay(meeting: Meeting, people: list[Member]) -> None:
    """A round from claim to payment for the first of the meetings, with one reversal at the end."""
    desk, day = Desk(), timedelta(days=1)
    claims = _claims(meeting, people, meeting.ends_at + day)
    approved = [_approve(claim, desk, meeting.ends_at + 4 * day) for claim in claims if _has_number(claim)]
    batch = actions.open_batch(by=desk.payments, text="First batch of the demonstration", now=meeting.ends_at + 8 * day)
    added, _ = actions.fill_batch(batch, by=desk.payments, claims=approved, now=meeting.ends_at + 8 * day)
    batch = actions.close_batch(batch, by=desk.payments, now=meeting.ends_at + 9 * day)
    paid_at = meeting.ends_at + 14 * day
    payments = [actions.Payment(claim.pk, paid_at.date(), f"EFT-2026-{claim.pk:05d}") for claim in added]
    paid = actions.mark_paid(batch, by=desk.payments, payments=payments, now=paid_at)
    if len(paid) > 1:
        reason = "The bank sent the payment back; a new claim may be made."
        actions.reverse(paid[-1], by=desk.payments, reason=reason, now=paid_at + 3 * day)


def spread(meeting: Meeting, people: list[Member], now: datetime) -> None:
    """Claims for the second meeting, left in each of the states on the way."""
    desk, day = Desk(), timedelta(days=1)
    later = min(meeting.ends_at + 2 * day, now)
    claims = _claims(meeting, people, meeting.ends_at + day)
    payable = [claim for claim in claims if _has_number(claim)]
    _approve(payable[0], desk, later)
    batch = actions.open_batch(by=desk.payments, text="Being put together", now=later)
    actions.fill_batch(batch, by=desk.payments, claims=[_approve(payable[1], desk, later)], now=later)
    for number, claim in enumerate(claim for claim in claims if claim not in payable[:2]):
        match number % 5:
            case 0:
                actions.verify(claim, by=desk.verifier, now=later)
            case 1:
                question = "Which part of the meeting did you attend?"
                actions.return_with_question(claim, by=desk.verifier, question=question, now=later)
            case 2:
                reason = "Your employer paid for this time, by your note."
                actions.deny(claim, by=desk.verifier, reason=reason, now=later)
            case 3:
                actions.withdraw(claim, member=claim.member, now=later)


def _claims(meeting: Meeting, people: list[Member], now: datetime) -> list[Claim]:
    """A claim of each person who is entitled; those who left early or were absent are refused, as they should be."""
    claims = []
    for member in people:
        try:
            claims.append(actions.submit_claim(meeting, member=member, amount=CAP, attested=True, now=now))
        except Refused:
            continue
    return claims


def _approve(claim: Claim, desk: Desk, now: datetime) -> Claim:
    verified = actions.verify(claim, by=desk.verifier, now=now)
    return actions.approve(verified, by=desk.approver, now=now + timedelta(hours=3))


def _has_number(claim: Claim) -> bool:
    return claim.member.enrollments.standing().exclude(supplier_number="").exists()
