"""What a person does with their own claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from stipends.enums import ATTESTATION, ClaimState
from stipends.models import Claim
from stipends.rules import conditions, evidence_of, gather, most, newest_holding, refusal_of_amount, unmet
from stipends.steps import check_taker, hold, hold_pair, move, note, tell

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from meetings.models import Meeting
    from members.models import Member
    from stipends.models import StipendPolicy


@transaction.atomic
def submit_claim(
    meeting: Meeting,
    *,
    member: Member,
    amount: Decimal,
    attested: bool,
    by: Member | None = None,
    attested_how: str = "",
    now: datetime,
) -> Claim:
    """Claim for one meeting: up to the cap, with the person's word that nobody else pays them for this time.

    ``by``: staff, for a person who gave them their word (``attested_how``: a members.enums.Asked); they decide nothing
    about the claim then. Entitlement is computed again under the locks; the unique constraints are the referee. Owes a
    neutral message. Refuses: ``not_attested``, ``own_claim`` (staff enter their own like everybody), ``how_missing``,
    ``amount``, and the code of the first condition that is not met (rules.entitlement).
    """
    if not attested:
        raise Refused(
            "We can pay only if nobody else pays you for your time at this meeting. Please tick the box if that is so.",
            code="not_attested",
        )
    check_taker(member, by, attested_how)
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
    taken = {"entered_by": by, "attested_how": attested_how if by else ""}
    claim = _create(meeting, member, policy, cap=cap, amount=amount, confirmed_by=confirmed_by, taken=taken, now=now)
    evidence = {"attested": ATTESTATION, "consent": facts.consented[member.pk], "conditions": evidence_of(answers)}
    if by:
        evidence["attested_how"] = attested_how
    event = note(claim, origin="", actor=by or member, now=now, evidence=evidence)
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
def answer(
    claim: Claim,
    *,
    member: Member,
    words: str,
    amount: Decimal,
    by: Member | None = None,
    attested_how: str = "",
    now: datetime,
) -> Claim:
    """Answer the question of a returned claim; it is decided anew from the start, by its evidence of today.

    ``by``: staff, for the person; they decide nothing about the claim then.
    The prompt-payment clock starts again: it runs from the corrected claim (Minn. Stat. 16A.124, subd. 3).
    Refuses: ``not_yours``, ``own_claim``, ``how_missing``, ``transition``, ``no_answer``, ``amount``.
    """
    check_taker(member, by, attested_how)
    claim = hold(claim)
    _own(claim, member)
    if claim.state != ClaimState.RETURNED:
        raise Refused("There is no question to answer.", code="transition")
    if not words.strip():
        raise Refused("Please answer the question.", code="no_answer")
    others = Claim.objects.standing().filter(member=member).exclude(pk=claim.pk)
    refusal = refusal_of_amount(amount, min(claim.cap, most(claim.policy, others, claim.meeting_on)))
    if refusal:
        raise refusal
    taken = {"entered_by": by, "attested_how": attested_how} if by else {}
    move(
        claim,
        ClaimState.SUBMITTED,
        actor=by or member,
        now=now,
        reason=words.strip(),
        evidence={"asked": claim.reason, "amount_before": str(claim.amount)},
        changes={
            "amount": amount,
            "submitted_at": now,
            "reason": "",
            "verified_by": None,
            "approved_by": None,
            **taken,
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
    taken: dict[str, Any],
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
                **taken,
            )
    except IntegrityError as error:  # pragma: no cover  # two at once come here: tests/stipends/test_races.py
        raise Refused("You have claimed for this meeting or date already.", code="not_claimed") from error
    return claim


def _own(claim: Claim, member: Member) -> None:
    if claim.member_id != member.pk:
        raise Refused("This is not your claim.", code="not_yours")
