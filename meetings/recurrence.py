"""The dates of a series: the same weekday of the month, at the same wall-clock time through clock changes."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from meetings.enums import Cadence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from meetings.models import Series


class NoSuchTime(ValueError):
    """A wall-clock time that the clocks skip, or show twice, on that day."""


def from_wall_clock(naive: datetime, zone: ZoneInfo) -> datetime:
    """The moment in UTC at which clocks in ``zone`` show ``naive``; refuses a time that is skipped or comes twice."""
    moment = naive.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != naive:
        raise NoSuchTime("On this day the clocks go forward and skip this time. Choose another.")
    if naive.replace(tzinfo=zone, fold=1).astimezone(UTC) != moment:
        raise NoSuchTime("On this day the clocks go back and this time comes twice. Choose another.")
    return moment


def dates(first_on: date, cadence: str, count: int) -> list[date]:
    """``count`` dates from ``first_on`` on, each the same weekday of its month (a fifth one falls back to the last)."""
    nth = (first_on.day - 1) // 7
    return [
        _nth_weekday(first_on.year, first_on.month + month, first_on.weekday(), nth)
        for month in _month_offsets(cadence, count)
    ]


def occurrences(series: Series, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """(start, end) in UTC of each meeting of the series."""
    starts = [
        from_wall_clock(datetime.combine(day, series.starts_at), zone)
        for day in dates(series.first_on, series.cadence, series.meetings_planned)
    ]
    return [(start, start + timedelta(minutes=series.minutes)) for start in starts]


def _month_offsets(cadence: str, count: int) -> Iterator[int]:
    month = 0
    for number in range(count):
        yield month
        month += 1 if cadence == Cadence.MONTHLY or number < 2 else 3


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    first = date(year, month, 1)
    day = 1 + (weekday - first.weekday()) % 7 + 7 * nth
    return date(year, month, day if day <= monthrange(year, month)[1] else day - 7)
