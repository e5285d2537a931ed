"""Who may do what with a membership. Pure: the moment and the data are passed in."""

from __future__ import annotations

from members.enums import CONTRIBUTING

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


def must_confirm_expectations(level: str) -> bool:
    """Whether a level is only held by somebody who ticked what it expects."""
    return level in CONTRIBUTING
