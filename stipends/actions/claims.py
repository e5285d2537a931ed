"""What a person does with their own claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from stipends.enums import ClaimState
from stipends.models import Claim
from stipends.rules import conditions, evidence_of, gather, most, newest_holding, refusal_of_amount, unmet
from stipends.steps import hold, hold_pair, move, note, tell

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from meetings.models import Meeting
    from members.models import Member
    from stipends.models import StipendPolicy


@transaction.atomic
def submit_claim(meeting: Meeting, *, member: Member, amount: Decimal, attested: bool, now: datetime) -> Claim:
    """Claim for one meeting: up to the cap, with the person's word that nobody else pays them for this time.

    Entitlement is computed again under the locks; the unique constraints are the referee. Owes a neutral message.
    Refuses: ``not_attested``, ``amount``, and the code of the first condition that is not met (rules.entitlement).
    """
    if not attested:
        raise Refused(
            "We can pay only if nobody else pays you for your time at this meeting. Please tick the box if that is so.",
            code="not_attested",
        )
    meeting, member = hold_pair(meeting.pk, member.pk)
    facts = gather([(member.pk, meeting)])
    answers = conditions(member, meeting, facts, now=now)
    for condition in unmet(answers):
        raise Refused(condition.sentence, code=condition.code)
    policy = newest_holding(facts.policies, meeting.held_on)
    assert policy is not None  # noqa: S101  # the conditions say so
    cap = most(policy, facts.claims.get(member.pk, []), meeting.held_on)
    refusal = refusal_of_amount(amount, cap)
    if refusal:
        raise refusal
    confirmed_by = facts.attendances[member.pk, meeting.pk].confirmed_by_id
    claim = _create(meeting, member, policy, cap=cap, amount=amount, confirmed_by=confirmed_by, now=now)
    event = note(
        claim, origin="", actor=member, now=now, evidence={"attested": True, "conditions": evidence_of(answers)}
    )
    tell(claim, event, now=now)
    return claim


@transaction.atomic
def withdraw(claim: Claim, *, member: Member, now: datetime) -> Claim:
    """Take back one's own claim; another one for the meeting may follow. Refuses: ``not_yours``, ``transition``."""
    claim = hold(claim)
    _own(claim, member)
    move(claim, ClaimState.WITHDRAWN, actor=member, now=now)
    return claim


@transaction.atomic
def answer(claim: Claim, *, member: Member, words: str, amount: Decimal, now: datetime) -> Claim:
    """Answer the question of a returned claim; it is decided anew from the start, by its evidence of today.

    The prompt-payment clock starts again: it runs from the corrected claim (Minn. Stat. 16A.124, subd. 3).
    Refuses: ``not_yours``, ``transition``, ``no_answer``, ``amount``.
    """
    claim = hold(claim)
    _own(claim, member)
    if not words.strip():
        raise Refused("Please answer the question.", code="no_answer")
    others = Claim.objects.standing().filter(member=member).exclude(pk=claim.pk)
    refusal = refusal_of_amount(amount, min(claim.cap, most(claim.policy, others, claim.meeting_on)))
    if refusal:
        raise refusal
    move(
        claim,
        ClaimState.SUBMITTED,
        actor=member,
        now=now,
        reason=words.strip(),
        evidence={"asked": claim.reason, "amount_before": str(claim.amount)},
        changes={
            "amount": amount,
            "submitted_at": now,
            "reason": "",
            "verified_by": None,
            "approved_by": None,
        },
    )
    return claim


def _create(
    meeting: Meeting,
    member: Member,
    policy: StipendPolicy,
    *,
    cap: Decimal,
    amount: Decimal,
    confirmed_by: int | None,
    now: datetime,
) -> Claim:
    try:
        with transaction.atomic():
            claim: Claim = Claim.objects.create(
                member=member,
                meeting=meeting,
                meeting_on=meeting.held_on,
                policy=policy,
                once_per=policy.per,
                cap=cap,
                amount=amount,
                attested_at=now,
                submitted_at=now,
                attendance_confirmed_by_id=confirmed_by,
            )
    except IntegrityError as error:  # pragma: no cover  # two at once come here: tests/stipends/test_races.py
        raise Refused("You have claimed for this meeting or date already.", code="not_claimed") from error
    return claim


def _own(claim: Claim, member: Member) -> None:
    if claim.member_id != member.pk:
        raise Refused("This is not your claim.", code="not_yours")
