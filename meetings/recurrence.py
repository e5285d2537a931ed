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


class ComesTwice(NoSuchTime):
    """The clocks show it twice: somebody has to say which of the two is meant."""


def from_wall_clock(naive: datetime, zone: ZoneInfo, *, second: bool | None = None) -> datetime:
    """The moment in UTC at which clocks in ``zone`` show ``naive``.

    Refuses a time that is skipped, and one that comes twice unless ``second`` says which of the two is meant.
    """
    moment = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != naive:
        raise NoSuchTime(f"On {naive:%B %-d, %Y} the clocks go forward and skip this time. Choose another.")
    later = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if later != moment and second is None:
        raise ComesTwice(f"On {naive:%B %-d, %Y} the clocks go back and this time comes twice.")
    return later if second else moment


def dates(first_on: date, cadence: str, count: int) -> list[date]:
    """``count`` dates from ``first_on`` on, each the same weekday of its month (a fifth one falls back to the last)."""
    return [same_weekday(first_on, first_on, month) for month in _month_offsets(cadence, count)]


def occurrences(
    series: Series, zone: ZoneInfo, *, last: tuple[int, datetime] | None = None
) -> list[tuple[int, datetime, datetime]]:
    """(number, start, end) in UTC of each meeting of the series.

    ``last``: the number and planned start of the last one that is planned. Only those behind it are given, and they go
    on from its month: so a cadence may change on the way.
    """
    offsets = list(_month_offsets(series.cadence, series.meetings_planned))
    number, since = (0, series.first_on) if last is None else (last[0], last[1].astimezone(zone).date())
    passed = offsets[number - 1] if 0 < number <= len(offsets) else 0
    found = []
    for place, offset in enumerate(offsets[number:], number + 1):
        day = same_weekday(series.first_on, since, offset - passed)
        start = from_wall_clock(datetime.combine(day, series.starts_at), zone)
        found.append((place, start, start + timedelta(minutes=series.minutes)))
    return found


def same_weekday(pattern: date, since: date, months: int) -> date:
    """So many months after ``since``, the day that is the same weekday of its month as ``pattern`` is of its own."""
    year, month = since.year + (since.month + months - 1) // 12, (since.month + months - 1) % 12 + 1
    first = date(year, month, 1)
    day = 1 + (pattern.weekday() - first.weekday()) % 7 + 7 * ((pattern.day - 1) // 7)
    return date(year, month, day if day <= monthrange(year, month)[1] else day - 7)


def _month_offsets(cadence: str, count: int) -> Iterator[int]:
    month = 0
    for number in range(count):
        yield month
        month += 1 if cadence == Cadence.MONTHLY or number < 2 else 3
