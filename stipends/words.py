"""The evidence of a decision, for those who decide and audit: what is kept by short names, said in words."""

from __future__ import annotations

from typing import Any

from meetings.enums import AttendanceSource, MeetingState
from members.enums import Level
from stipends.enums import Per

NAMES = {
    # of a condition
    "met": "met",
    "level": "level",
    "on": "on",
    "enrollment": "enrollment",
    "attendance": "attendance",
    "source": "recorded by",
    "confirmed_by": "confirmed by person",
    "minutes": "minutes there",
    "needed": "minutes needed",
    "policy": "policy",
    "cap": "at most",
    "per": "paid",
    "facilitator": "is a facilitator",
    "ran_this_meeting": "ran this meeting",
    "state": "meeting",
    "until": "until",
    "claims": "other claims",
    "yearly_cap": "at most in a year",
    "left": "left of it",
    # of a step
    "attested": "the person's word",
    "consent": "consent",
    "amount": "amount",
    "amount_before": "amount before",
    "asked": "what was asked",
    "review": "second look",
    "denied_by": "denied by person",
    "correction": "correction of attendance",
    "stands": "stands as it is",
    "batch": "batch",
    "checksum": "SHA-256 of the file",
    "sheet_checksum": "SHA-256 of the workbook",
    "paid_on": "paid on",
    "reference": "payment reference",
    # conditions
    "enrolled": "enrolled when claiming",
    "recorded": "attendance recorded",
    "confirmed": "attendance confirmed by staff",
    "not_facilitator": "not a facilitator",
    "held": "meeting held and over",
}
VALUES: dict[str, dict[str, str]] = {
    "level": dict(Level.choices),
    "source": dict(AttendanceSource.choices),
    "per": dict(Per.choices),
    "state": dict(MeetingState.choices),
}
NUMBERED = {
    "enrollment",
    "attendance",
    "policy",
    "confirmed_by",
    "claims",
    "consent",
    "denied_by",
    "correction",
    "batch",
}
MONEY = {"cap", "yearly_cap", "left", "amount", "amount_before"}


def name_in_words(name: str) -> str:
    """What a short name means; itself with blanks where it is from a time that called things otherwise."""
    return NAMES.get(name, name.replace("_", " "))


def value_in_words(name: str, value: Any) -> str:
    if value is None or value in ([], ""):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in NUMBERED:
        numbers = value if isinstance(value, list) else [value]
        return ", ".join(f"no. {number}" for number in numbers)
    if name in MONEY:
        return f"${value}"
    return VALUES[name].get(value, str(value)).lower() if name in VALUES else str(value)


def evidence_in_words(evidence: dict[str, Any]) -> str:
    """Such as “is a facilitator: no, ran this meeting: no”."""
    return ", ".join(f"{name_in_words(name)}: {value_in_words(name, value)}" for name, value in evidence.items())
