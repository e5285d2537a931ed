"""Who may do what with a membership. Pure: the moment and the data are passed in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from members.enums import BY_PHONE, CONTRIBUTING

if TYPE_CHECKING:
    from datetime import timedelta

# What each level expects of a person; ticking it is part of choosing the level. Words for people, not law.
EXPECTATIONS: dict[str, list[str]] = {
    "full": [
        "I plan to come to every full meeting, or to tell the facilitators when I cannot.",
        "I plan to prepare before meetings and to do follow-up work that I take on.",
        "I bring what I know from my own life or work, and I listen to what others know.",
    ],
    "specialty": [
        "I plan to come to the meetings that touch my field of interest.",
        "I plan to take part in workgroups and in work before and after those meetings.",
    ],
    "public": [],
}


# How far ahead a change of level may be planned, and how far back staff may correct one.
LEVEL_DATE_WITHIN = timedelta(days=365)


def must_confirm_expectations(level: str) -> bool:
    """Whether a level is only held by somebody who ticked what it expects."""
    return level in CONTRIBUTING


def why_phone_does_not_fit(reach_by: str, phone: str) -> str:
    """What to mend, or nothing. A number is kept of those who want to be reached by it, and never dropped unsaid."""
    if reach_by in BY_PHONE and not phone:
        return "Please give the number, or choose another way to be reached."
    if phone and reach_by not in BY_PHONE:
        return (
            "Please choose “A phone call” or “A text message” above, or empty this field: we keep no number otherwise."
        )
    return ""


def why_session_ended(*, began: float, used: float, idle: timedelta, absolute: timedelta, now: float) -> str:
    """``absolute``, ``idle`` or nothing (the session goes on). Times in seconds since 1970."""
    if now - began >= absolute.total_seconds():
        return "absolute"
    return "idle" if now - used >= idle.total_seconds() else ""
