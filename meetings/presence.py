"""How long somebody was in a call, from the times and durations that a report gives. Nothing counts twice."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from meetings.tool_report import Grid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meetings.models import Meeting

Span = tuple[datetime, datetime]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:\.\d+)? ?(?P<half>[ap]\.?m\.?)?"
ZONE = r" ?(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?"
DAYS = [
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
    r"(?P<first>\d{1,2})(?P<sign>[-/.])(?P<second_>\d{1,2})[-/.](?P<year>\d{4}|\d{2})",
    r"(?P<name>[a-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})",
    r"(?P<day>\d{1,2})\.? (?P<name>[a-z]{3,9})\.?,? (?P<year>\d{4})",
]
MOMENTS = [re.compile(f"^(?:[a-z]{{3,9}},? )?{day}(?:,? at |[ t,]+){CLOCK}{ZONE}$") for day in DAYS]
ONLY_CLOCK = re.compile(f"^{CLOCK}$")
PARTS = re.compile(
    r"^(?:(\d+) ?h(?:(?:ou)?rs?)?)?,? ?(?:(\d+) ?m(?:in(?:ute)?s?)?)?,? ?(?:(\d+) ?s(?:ec(?:ond)?s?)?)?$"
)
NUMBER, LASTED = re.compile(r"^\d{1,5}(\.\d+)?$"), re.compile(r"^(\d{1,3}):(\d{2})(?::(\d{2}))?$")
ADDRESS = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
HOSTS = {"host", "co-host", "cohost", "organizer", "organiser", "co-organizer", "co-organiser"}
LONGEST = 24 * 3600


@dataclass
class Caller:
    """One person of a report: by their address, or by their name where it gives none."""

    name: str
    email: str
    is_host: bool = False
    lines: int = 0
    spans: list[Span] = field(default_factory=list)
    without_times: int = 0  # seconds for which the report gives a duration alone


@dataclass(frozen=True)
class Columns:
    """Which column is what, as staff said. ``clock``: whose clock the times are by; empty: only durations count."""

    name: int | None = None
    email: int | None = None
    joined: int | None = None
    left: int | None = None
    minutes: int | None = None
    role: int | None = None
    first_name: int | None = None
    last_name: int | None = None
    clock: str = "America/Chicago"
    day_first: bool = False


def moment(cell: str, *, zone: str, day_first: bool = False, near: datetime | None = None) -> datetime | None:
    """A time as tools write it, in UTC; None where it is none. ``near``: the day for a time without one."""
    text = cell.lower().strip()
    for pattern in MOMENTS:
        if found := pattern.match(text):
            return _moment(found.groupdict(), zone, day_first)
    found = ONLY_CLOCK.match(text)
    if found and near is not None:
        day = near.astimezone(ZoneInfo(zone))
        return _moment({**found.groupdict(), "year": day.year, "month": day.month, "day": day.day}, zone, day_first)
    return None


def _moment(said: dict[str, object], zone: str, day_first: bool) -> datetime | None:
    month, day = said.get("month"), said.get("day")
    if said.get("first"):
        dotted_or_dmy = said["sign"] == "." or day_first
        day, month = (said["first"], said["second_"]) if dotted_or_dmy else (said["second_"], said["first"])
    if said.get("name"):
        name = str(said["name"])[:3]
        month = MONTHS.index(name) + 1 if name in MONTHS else 0
    hour, half = int(str(said["hour"])), str(said.get("half") or "")
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    year = int(str(said["year"]))
    try:
        local = datetime(
            year + 2000 if year < 100 else year, int(str(month)), int(str(day)), hour, int(str(said["minute"])),
            int(str(said.get("second") or 0)), tzinfo=_zone(str(said.get("zone") or ""), zone),
        )  # fmt: skip
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(said: str, zone: str) -> tzinfo | None:
    if not said:
        return ZoneInfo(zone)
    if said in {"z", "utc", "gmt"}:
        return UTC
    return datetime.strptime(said.replace(":", ""), "%z").tzinfo


def seconds_of(cell: str) -> int | None:
    """A duration: minutes as a number, 1:02:03, 1h 2m 3s, 45 min. None where it is none, or longer than a day."""
    text = cell.lower().strip().replace(",", ".")
    found: float | None = None
    if NUMBER.match(text):
        found = float(text) * 60
    elif clock := LASTED.match(text):
        found = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
    elif (parts := PARTS.match(cell.lower().strip())) and any(parts.groups()):
        hours, minutes, seconds = (int(part or 0) for part in parts.groups())
        found = hours * 3600 + minutes * 60 + seconds
    return round(found) if found is not None and found <= LONGEST else None


def union(spans: Iterable[Span], *, within: Span) -> list[Span]:
    """The spans in order, none overlapping, nothing outside of the meeting: two devices at once are one person."""
    whole: list[Span] = []
    for start, end in sorted(spans):
        start, end = max(start, within[0]), min(end, within[1])
        if end <= start:
            continue
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def seconds_in(spans: Iterable[Span], *, without_times: int, meeting: Meeting) -> int:
    """Seconds present: the union of the spans and what has no times, never more than the meeting is long."""
    counted = sum(
        (end - start).total_seconds() for start, end in union(spans, within=(meeting.starts_at, meeting.ends_at))
    )
    return min(round(counted) + without_times, meeting.minutes * 60)


def read_callers(grids: Iterable[Grid], columns: Columns, meeting: Meeting) -> tuple[list[Caller], int]:
    """The people of the report in its order, and how many lines say nothing that can be counted."""
    callers: dict[tuple[str, str], Caller] = {}
    unread = 0
    for grid in grids:
        for _, row in grid.rows:
            name, email = _who(grid, row, columns)
            if not name and not email:
                unread += 1
                continue
            key = ("e", email.casefold()) if email else ("n", name.casefold())
            caller = callers.setdefault(key, Caller(name, email))
            caller.name = caller.name or name
            caller.lines += 1
            caller.is_host = caller.is_host or grid.cell(row, columns.role).lower() in HOSTS
            if not _count(caller, grid, row, columns, meeting):
                unread += 1
    return list(callers.values()), unread


def _who(grid: Grid, row: list[str], columns: Columns) -> tuple[str, str]:
    email = grid.cell(row, columns.email)
    name = grid.cell(row, columns.name)
    if not name:
        name = f"{grid.cell(row, columns.first_name)} {grid.cell(row, columns.last_name)}".strip()
    return name[:120], email[:254] if ADDRESS.match(email) else ""


def _count(caller: Caller, grid: Grid, row: list[str], columns: Columns, meeting: Meeting) -> bool:
    """Add what one line says of when and how long; False where it says nothing."""
    lasted = seconds_of(grid.cell(row, columns.minutes))
    start = end = None
    if columns.clock:
        start = _time(grid.cell(row, columns.joined), columns, meeting)
        end = _time(grid.cell(row, columns.left), columns, meeting)
    if start is not None and end is None and lasted is not None:
        end = start + timedelta(seconds=lasted)
    if start is not None and end is not None and start <= end <= start + timedelta(seconds=LONGEST):
        caller.spans.append((start, end))
        return True
    if lasted is not None:
        caller.without_times += lasted
        return True
    return False


def _time(cell: str, columns: Columns, meeting: Meeting) -> datetime | None:
    return moment(cell, zone=columns.clock, day_first=columns.day_first, near=meeting.starts_at)


def best_clock(grids: list[Grid], columns: Columns, meeting: Meeting) -> Columns:
    """The clock and the order of day and month under which most of the times fall into the meeting; else durations."""
    if columns.joined is None or columns.left is None:
        return columns
    tries = [(zone, day_first) for zone in dict.fromkeys([meeting.zone, "UTC"]) for day_first in (False, True)]
    rows = [(grid, row) for grid in grids for _, row in grid.rows[:500]]

    def fits(tried: tuple[str, bool]) -> int:
        try_columns = _with_clock(columns, *tried)
        caller = Caller("", "")
        for grid, row in rows:
            _count(caller, grid, row, try_columns, meeting)
        return sum(start < meeting.ends_at and end > meeting.starts_at for start, end in caller.spans)

    best = max(tries, key=fits)
    if fits(best):
        return _with_clock(columns, *best)
    return _with_clock(columns, "" if columns.minutes is not None else meeting.zone, False)


def _with_clock(columns: Columns, clock: str, day_first: bool) -> Columns:
    return Columns(**{**columns.__dict__, "clock": clock, "day_first": day_first})
