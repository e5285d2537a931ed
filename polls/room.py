"""The room as it is now, for everybody alike: its parts in order, and the version of them all."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from meetings.models import Meeting
from polls.part_discussion import DISCUSSION
from polls.part_polls import POLLS
from polls.part_questions import QUESTIONS

if TYPE_CHECKING:
    from polls.part import Part

# In the order in which they stand on the page. A new part needs a line here and its two templates.
PARTS: tuple[Part, ...] = (DISCUSSION, POLLS, QUESTIONS)


def version_of(slug: str) -> str:
    """What changes whenever anything in this room does; empty where no such meeting is public.

    Read from rows that are committed, so a change is never told before it has happened.
    """
    meeting = Meeting.objects.public().filter(slug=slug).values_list("pk", flat=True).first()
    return "" if meeting is None else _version(meeting)


def show(meeting: Meeting) -> dict[str, Any]:
    """What the templates of all parts need. The version is asked first: what is newer than it is shown again, at worst."""
    context: dict[str, Any] = {"meeting": meeting, "version": _version(meeting.pk), "parts": PARTS}
    for part in PARTS:
        context |= part.context(meeting)
    context["says"] = " ".join(sentence for part in PARTS for sentence in part.says(context))
    return context


def _version(meeting: int) -> str:
    said = "\n".join(f"{part.name} {part.version(meeting)}" for part in PARTS)
    return hashlib.sha256(said.encode()).hexdigest()[:20]
