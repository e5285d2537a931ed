"""A month as a table of weeks: what stands in each of its days."""

from __future__ import annotations

from calendar import Calendar, day_name
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meetings.models import Meeting

FIRST_YEAR, LAST_YEAR = 2000, 2100
WEEKDAYS = [(name[:3], name) for name in (*day_name[6:], *day_name[:6])]
SUNDAY = 6  # how weeks are printed in Minnesota


@dataclass
class Day:
    """One cell. Days of the months around it are empty cells: ``date`` is then None."""

    date: date | None
    is_today: bool = False
    meetings: list[Meeting] = field(default_factory=list)


def span(first: date) -> tuple[datetime, datetime]:
    """From when until when a meeting may begin to be in this month in any zone of the world."""
    start = datetime(first.year, first.month, 1, tzinfo=UTC)
    return start - timedelta(days=1), start + timedelta(days=33)


def weeks(first: date, meetings: Iterable[Meeting], today: date) -> list[list[Day]]:
    """The weeks of the month, each meeting on its day in its own zone."""
    by_day: dict[date, list[Meeting]] = {}
    for meeting in meetings:
        by_day.setdefault(meeting.held_on, []).append(meeting)
    return [
        [Day(day, day == today, by_day.get(day, [])) if day.month == first.month else Day(None) for day in week]
        for week in Calendar(SUNDAY).monthdatescalendar(first.year, first.month)
    ]


def neighbour(first: date, months: int) -> date | None:
    """The first of the month so many months on; None beyond what is shown."""
    number = first.year * 12 + first.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, 1) if FIRST_YEAR <= year <= LAST_YEAR else None
