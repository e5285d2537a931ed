"""Questions in the room, the most wanted first. They move with the room's version, which the discussion tells."""

from __future__ import annotations

from polls.part import Part

# ``stands`` of the discussion holds them: one look at the database serves both parts.
QUESTIONS = Part("questions", lambda _: "", lambda _: {}, lambda _: [])
