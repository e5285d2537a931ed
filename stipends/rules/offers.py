"""Which meetings a person could claim for, and how long a claim may wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from meetings.enums import GOING
from meetings.models import Meeting
from stipends.enums import CLAIM_WAITING, PAYMENT_DUE_DAYS, PAYMENT_WARN_DAYS
from stipends.models import Claim, Decline
from stipends.rules.entitlement import Condition, conditions, unmet
from stipends.rules.facts import gather

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member

# Long enough to tell somebody who is late why they are; what is older is not worth a list.
LOOK_BACK = timedelta(days=120)


@dataclass(frozen=True)
class Offer:
    """One meeting, and why the person can or cannot claim for it."""

    meeting: Meeting
    answers: list[Condition]

    @property
    def missing(self) -> list[Condition]:
        return unmet(self.answers)

    @property
    def can_claim(self) -> bool:
        return not self.missing


def offers(member: Member, now: datetime) -> list[Offer]:
    """Meetings lately that the person came to, or said they would, and has neither claimed for nor declined."""
    came = Q(attendances__member=member)
    meant_to = Q(rsvps__member=member, rsvps__answer__in=list(GOING))
    meetings = list(
        Meeting.objects.public()
        .filter(pk__in=Meeting.objects.filter(came | meant_to).values("pk"))
        .filter(ends_at__gt=now - LOOK_BACK, ends_at__lte=now, is_historical=False)
        .exclude(pk__in=Claim.objects.standing().filter(member=member).values("meeting"))
        .exclude(Exists(Decline.objects.filter(Q(meeting=OuterRef("pk")) | Q(meeting=None), member=member)))
        .order_by("-starts_at", "-pk")
    )
    facts = gather((member.pk, meeting) for meeting in meetings)
    return [Offer(meeting, conditions(member, meeting, facts, now=now)) for meeting in meetings]


def waiting_days(claim: Claim, now: datetime) -> int | None:
    """Days since the claim was handed in, while it waits for us; None when it waits for nobody here."""
    return (now - claim.submitted_at).days if claim.state in CLAIM_WAITING else None


def clock_tag(claim: Claim, now: datetime) -> str:
    """``tag-warn`` from the twentieth day, ``tag-stop`` from the thirtieth (Minn. Stat. 16A.124), else empty."""
    days = waiting_days(claim, now)
    if days is None or days < PAYMENT_WARN_DAYS:
        return ""
    return "tag-stop" if days >= PAYMENT_DUE_DAYS else "tag-warn"
