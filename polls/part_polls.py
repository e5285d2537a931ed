"""The polls in the room: what is open, and with how many answers; what is closed; the tables that are published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Case, Count, Value, When
from django.urls import reverse

from notices.qr import qr
from polls.enums import PollState
from polls.models import Poll
from polls.other_words import words_beside
from polls.part import Part
from polls.representation import representations

if TYPE_CHECKING:
    from meetings.models import Meeting


def _version(meeting: int) -> str:
    """State and change of each poll that is past a draft, and the number of answers while it is open."""
    polls = Poll.objects.filter(meeting=meeting).exclude(state=PollState.DRAFT).order_by("pk")
    answers = Case(When(state=PollState.OPEN, then=Count("ballots")), default=Value(0))
    rows = polls.annotate(answers=answers).values_list("pk", "state", "version", "answers")
    return "_".join(".".join(map(str, row)) for row in rows)


def _context(meeting: Meeting) -> dict[str, Any]:
    polls: list[Any] = list(
        meeting.polls.exclude(state=PollState.DRAFT).annotate(answers=Count("ballots")).prefetch_related("options")
    )
    for poll in polls:
        poll.meeting = meeting
        poll.address = settings.PUBLIC_URL + reverse("polls:answer", args=[poll.code])
        poll.short_address = (settings.PUBLIC_URL + reverse("polls:enter_code")).partition("//")[2].removesuffix("/")
        poll.qr = qr(poll.address) if poll.is_open else ""
    tables = representations(polls, full=False, threshold=settings.SMALL_CELL_THRESHOLD)
    words = words_beside(tables) if any(option.is_other for poll in polls for option in poll.options.all()) else {}
    return {
        "open_polls": [poll for poll in polls if poll.is_open],
        "closed_polls": [poll for poll in polls if poll.state == PollState.CLOSED],
        "tables": list(reversed(tables)),
        "other_texts": list(words.items()),
        "asked_again": [(poll.pk, poll.saved_id) for poll in polls if poll.saved_id and poll.is_published],
    }


def _says(context: dict[str, Any]) -> list[str]:
    return [
        *(f"The poll “{poll.question}” is open." for poll in context["open_polls"]),
        *(f"The poll “{poll.question}” is closed." for poll in context["closed_polls"]),
        *(f"The results of “{table.question}” are published." for table in context["tables"]),
    ]


POLLS = Part("polls", _version, _context, _says)
