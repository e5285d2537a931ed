"""One payment followed back to the room: every row it rests on, and whether each still says what it said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from meetings.models import Attendance
from privacy.models import Consent
from stipends.audit import audit_claim
from stipends.chain import digest_of
from stipends.models import Claim, ClaimEvent, Enrollment
from stipends.words import evidence_in_words, name_in_words, value_in_words

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Link:
    """One event of the record: what was kept with it, in readable pairs, and whether its digest was computed again."""

    event: ClaimEvent
    holds: bool
    kept: list[tuple[str, str]]


@dataclass(frozen=True)
class Trail:
    links: list[Link]
    faults: list[str]
    attendance: Attendance | None
    enrollment: Enrollment | None
    consent: Consent | None


def trail_of(claim: Claim, *, now: datetime) -> Trail:
    """The claim's record, newest first, its attendance, enrollment and consent as they are now, and what does not fit."""
    events = list(claim.events.select_related("actor").order_by("pk"))
    links, previous = [], ""
    for event in events:
        links.append(Link(event, event.digest == digest_of(event, previous), _kept(event.evidence)))
        previous = event.digest
    first = events[0].evidence if events else {}
    rows = Attendance.objects.select_related("recorded_by", "confirmed_by")
    enrollments = Enrollment.objects.select_related("consent__notice")
    enrollment = enrollments.filter(pk=first.get("conditions", {}).get("enrolled", {}).get("enrollment") or 0).first()
    consent = Consent.objects.select_related("notice").filter(pk=first.get("consent") or 0).first()
    return Trail(
        links=links[::-1],
        faults=audit_claim(claim, now=now),
        attendance=rows.filter(member=claim.member_id, meeting=claim.meeting_id).first(),
        enrollment=enrollment,
        consent=consent or (enrollment.consent if enrollment else None),
    )


def _kept(evidence: dict[str, Any]) -> list[tuple[str, str]]:
    plain = [(name, value_in_words(name, value)) for name, value in evidence.items() if name != "conditions"]
    conditions = [(code, evidence_in_words(values)) for code, values in evidence.get("conditions", {}).items()]
    named = [(name_in_words(name), words) for name, words in plain + conditions]
    return [(name[:1].upper() + name[1:], words) for name, words in named]
