"""One thing that a room shows: the polls, the point of the agenda, the queue of speakers, the questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from meetings.models import Meeting


@dataclass(frozen=True, slots=True)
class Part:
    """A part knows its own version, and is drawn by ``polls/_live_<name>.html`` and ``polls/_screen_<name>.html``.

    ``version`` is a short text that changes whenever what the part shows does. It is asked once a second for each room
    that is watched, with the number of the meeting: one query, or the clock. ``context`` is what the two templates
    need; its names are shared with the other parts. ``says`` are the sentences of that context that a screen reader
    speaks when they change: states, never a count that grows while people listen. What a part shows is the same for
    everybody, and nothing in it is secret: it is prepared once, for all who watch.
    """

    name: str
    version: Callable[[int], str]
    context: Callable[[Meeting], dict[str, Any]]
    says: Callable[[dict[str, Any]], list[str]]

    @property
    def on_phone(self) -> str:
        return f"polls/_live_{self.name}.html"

    @property
    def on_screen(self) -> str:
        return f"polls/_screen_{self.name}.html"
