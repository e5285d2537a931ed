"""What a claim rests on today, and what it rested on when somebody decided it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from meetings.enums import AttendanceSource
from meetings.models import Attendance
from stipends.enums import ClaimState
from stipends.models import Claim, ClaimEvent
from stipends.rules import Condition, conditions, gather_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

# By which step a state is decided: an approved claim that comes back out of a batch was not approved by that.
DECIDED_FROM = {ClaimState.VERIFIED: ClaimState.SUBMITTED, ClaimState.APPROVED: ClaimState.VERIFIED}


def answers_for(claims: Iterable[Claim], *, now: datetime) -> dict[int, list[Condition]]:
    """The conditions of each claim as they stand now, by claim id (member, meeting and policy loaded)."""
    wanted = list(claims)
    facts = gather_for(wanted)
    return {claim.pk: conditions(claim.member, claim.meeting, facts, now=now, claim=claim) for claim in wanted}


def decided_evidence(claims: Iterable[Claim], state: ClaimState) -> dict[int, dict[str, Any]]:
    """The evidence kept with the latest decision that made each claim ``state``, by claim id."""
    events = ClaimEvent.objects.filter(
        claim__in=[claim.pk for claim in claims], to_state=state, from_state=DECIDED_FROM[state]
    ).order_by("pk")
    return {event.claim_id: event.evidence.get("conditions", {}) for event in events}


def decided(events: Iterable[ClaimEvent], state: ClaimState) -> ClaimEvent | None:
    """Of one claim's events, the oldest first, the latest decision that made it ``state``."""
    steps = [event for event in events if (event.to_state, event.from_state) == (state, DECIDED_FROM[state])]
    return steps[-1] if steps else None


def risk_hints(claim: Claim) -> list[str]:
    """What is worth a second look. A hint never blocks: most of these are quite in order."""
    others = list(Claim.objects.filter(member=claim.member_id).exclude(pk=claim.pk).only("state", "meeting_on"))
    attendances = Attendance.objects.filter(member=claim.member_id).select_related("meeting")
    near = list(attendances.filter(meeting__starts_at__date__range=_around(claim.meeting_on)))
    that_day = [row for row in near if row.meeting.held_on == claim.meeting_on and row.meeting_id != claim.meeting_id]
    own_word = [row for row in near if row.meeting_id == claim.meeting_id and row.source == AttendanceSource.SELF]
    hints = {
        "This is the person's first claim.": not others,
        "An earlier claim of the person was denied.": any(other.state == ClaimState.DENIED for other in others),
        "An earlier payment to the person was reversed.": any(other.state == ClaimState.REVERSED for other in others),
        "The person was at a second meeting on that date.": bool(that_day),
        "The person checked in themselves; staff confirmed it afterwards.": bool(own_word),
    }
    return [hint for hint, holds in hints.items() if holds]


def _around(day: date) -> tuple[date, date]:
    """Dates in the database are UTC's: a day there may be one earlier or later than in the meeting's zone."""
    return day - timedelta(days=1), day + timedelta(days=1)
