"""The ballot paper: what an open poll asks and offers. It stays as it is while answers come in by the thousand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from meetings.models import Meeting
from polls.models import Poll

if TYPE_CHECKING:
    from polls.querysets import PollQuerySet

FRESH = 1.0  # seconds
PAPERS_HELD = 64

_held: dict[str, tuple[float, Poll]] = {}


def polls_to_answer() -> PollQuerySet:
    """Polls of meetings that are public, each with its meeting and options."""
    found: PollQuerySet = Poll.objects.filter(meeting__in=Meeting.objects.public())
    return found.select_related("meeting").prefetch_related("options")


def paper(code: str) -> Poll | None:
    """The poll of this code, to read an answer by; none if there is no such poll in a public meeting.

    An open one is read from the database once a second by each process, not once an answer, and without its secret.
    That it is still open, and still of this version, is for ``cast_ballot`` to ask.
    """
    read_at, poll = _held.get(code, (0.0, None))
    now = time.monotonic()
    if poll is None or now - read_at >= FRESH:
        poll = polls_to_answer().filter(code=code).first()
        if poll is None or not poll.is_open:
            return poll
        poll.secret = None
        if len(_held) >= PAPERS_HELD:
            _held.clear()
        _held[code] = (now, poll)
    return poll
