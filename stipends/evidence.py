"""What a claim rests on today, and what it rested on when somebody decided it."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from meetings.enums import AttendanceSource
from meetings.models import Attendance, AttendanceEvent
from stipends.enums import ClaimState
from stipends.models import Claim, ClaimEvent
from stipends.rules import Condition, conditions, gather_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

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


def corrections_since(claim: Claim) -> list[AttendanceEvent]:
    """How the attendance behind a decided claim was corrected since the decision, the newest first."""
    found = Claim.objects.corrected().filter(pk=claim.pk).first()
    if found is None:
        return []
    steps = AttendanceEvent.objects.corrections().filter(member=claim.member_id, meeting=claim.meeting_id)
    return list(steps.filter(at__gt=found.decided_at).select_related("by").order_by("-pk"))


def stood(events: Iterable[ClaimEvent]) -> ClaimEvent | None:
    """Of one claim's events, the oldest first, the latest by which it stands in spite of a correction."""
    looks = [event for event in events if event.evidence.get("stands")]
    return looks[-1] if looks else None


def risk_hints(claim: Claim) -> list[str]:
    """What is worth a second look (the claim's meeting loaded)."""
    return hints_for([claim])[claim.pk]


def hints_for(claims: Iterable[Claim]) -> dict[int, list[str]]:
    """By claim id, what is worth a second look. A hint never blocks: most of these are quite in order. Two queries."""
    wanted = list(claims)
    members = [claim.member_id for claim in wanted]
    theirs: dict[int, list[Claim]] = defaultdict(list)
    for other in Claim.objects.filter(member__in=members).only("state", "member", "submitted_at"):
        theirs[other.member_id].append(other)
    came: dict[int, list[Attendance]] = defaultdict(list)
    if not wanted:
        return {}
    days = [claim.meeting_on for claim in wanted]
    # Dates in the database are UTC's: a day there may be one earlier or later than in the meeting's zone.
    span = (min(days) - timedelta(days=1), max(days) + timedelta(days=1))
    rows = Attendance.objects.filter(member__in=members, meeting__starts_at__date__range=span).select_related("meeting")
    for row in rows:
        came[row.member_id or 0].append(row)
    return {claim.pk: _hints(claim, theirs[claim.member_id], came[claim.member_id]) for claim in wanted}


def _hints(claim: Claim, theirs: list[Claim], came: list[Attendance]) -> list[str]:
    others = {other.state for other in theirs if other.pk != claim.pk}
    earlier = [other for other in theirs if other.pk < claim.pk]
    own = next((row for row in came if row.meeting_id == claim.meeting_id), None)
    same_day = [row for row in came if row.meeting.held_on == claim.meeting_on and row is not own]
    hints = {
        "This is the person's first claim.": not earlier,
        "An earlier claim of the person was denied.": ClaimState.DENIED in others,
        "An earlier payment to the person was reversed.": ClaimState.REVERSED in others,
        "The person was at a second meeting on that date.": bool(same_day),
        "The person checked in themselves; staff confirmed it afterwards.": own is not None
        and own.source == AttendanceSource.SELF,
        "The attendance was edited after the claim was made.": own is not None and own.recorded_at > claim.attested_at,
        "Staff took the person's word for the claim.": claim.entered_by_id is not None,
    }
    return [hint for hint, holds in hints.items() if holds]
