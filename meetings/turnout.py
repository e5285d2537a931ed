"""Who said they would come, set against who came: planned and actual, for one meeting."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meetings.enums import GOING, Answer, AttendanceRole
from meetings.models import Attendance, Rsvp

if TYPE_CHECKING:
    from meetings.models import Meeting


@dataclass(frozen=True)
class Turnout:
    """Numbers of people. ``lines``: for each answer how many gave it, and how many of those came."""

    lines: list[tuple[str, int, int]]
    planned: int
    came: int
    unconfirmed: int
    facilitators: int
    without_answer: int

    @property
    def missing(self) -> int:
        """Said they would come, and are not recorded."""
        return self.planned - self.came_as_planned

    came_as_planned: int = 0


def turnout(meeting: Meeting) -> Turnout:
    """Planned and actual, in two queries. Guests are known by their names."""
    came: dict[tuple[int | None, str], tuple[str, bool]] = {
        _key(member, name): (role, confirmed is not None)
        for member, name, role, confirmed in Attendance.objects.filter(meeting=meeting)
        .order_by()
        .values_list("member", "guest_name", "role", "confirmed_by")
    }
    said: Counter[str] = Counter()
    of_them: Counter[str] = Counter()
    answered = set()
    rows = Rsvp.objects.filter(meeting=meeting).order_by()
    for member, name, answer, waiting in rows.values_list("member", "guest_name", "answer", "waiting_since"):
        kind = "waiting" if waiting else answer
        key = _key(member, name)
        answered.add(key)
        said[kind] += 1
        of_them[kind] += key in came
    labels = [*Answer.choices, ("waiting", "Waiting for a seat")]
    return Turnout(
        lines=[(str(label), said[kind], of_them[kind]) for kind, label in labels if said[kind]],
        planned=sum(said[kind] for kind in GOING),
        came=len(came),
        unconfirmed=sum(not confirmed for _, confirmed in came.values()),
        facilitators=sum(role == AttendanceRole.FACILITATOR for role, _ in came.values()),
        without_answer=len(set(came) - answered),
        came_as_planned=sum(of_them[kind] for kind in GOING),
    )


def _key(member: int | None, name: str) -> tuple[int | None, str]:
    return member, "" if member else name.casefold()
