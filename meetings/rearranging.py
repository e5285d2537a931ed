"""What a move of one meeting, of this and later ones or of all would do to each: looked at first, then done."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from cop_portal.errors import Refused
from meetings.enums import Answer, Scope
from meetings.models import Meeting
from meetings.recurrence import NoSuchTime, from_wall_clock, same_weekday
from meetings.rules import change_needs_reason, is_short_notice, was_moved_by_hand

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Wish:
    """How staff want the meeting to be; what is as it was is not changed, of the others neither."""

    day: date
    starts: time
    minutes: int
    place: str
    join_url: str


@dataclass
class Line:
    """One meeting of a series: what would change of it, or why it stays as it is."""

    meeting: Meeting
    changes: dict[str, Any] = field(default_factory=dict)
    left: str = ""
    needs_reason: bool = False

    @property
    def after(self) -> Meeting:
        """As it would be."""
        meeting = copy.copy(self.meeting)
        for name, value in self.changes.items():
            setattr(meeting, name, value)
        return meeting

    @property
    def concerned(self) -> int:
        """How many people are going or wait for a seat."""
        count: int = getattr(self.meeting, "concerned_count", 0)
        return count


def lines_to_move(anchor: Meeting, wish: Wish, *, scope: str, with_moved: bool, now: datetime) -> list[Line]:
    """Refuses ``no_such_time`` where the clocks skip or repeat the time on one of the days."""
    lines = []
    for meeting in in_scope(anchor, scope):
        line = Line(meeting, left=_why_left(meeting, now))
        if not line.left:
            try:
                line.changes = _changes(anchor, meeting, wish)
            except NoSuchTime as error:
                raise Refused(
                    f"{error} Choose another time, or move that one by itself.", code="no_such_time"
                ) from error
            if meeting.pk != anchor.pk and was_moved_by_hand(meeting) and not with_moved:
                if "starts_at" in line.changes or "ends_at" in line.changes:
                    line.left = "It was moved by hand and keeps its time."
                line.changes = {n: v for n, v in line.changes.items() if n not in {"starts_at", "ends_at"}}
            line.needs_reason = change_needs_reason(meeting, line.changes, now)
        lines.append(line)
    return lines


def lines_to_cancel(anchor: Meeting, *, scope: str, now: datetime) -> list[Line]:
    """Those with an empty ``left`` are cancelled, or taken out of the plan where they are drafts."""
    return [
        Line(meeting, left=_why_left(meeting, now), needs_reason=is_short_notice(meeting.starts_at, now))
        for meeting in in_scope(anchor, scope)
    ]


def in_scope(anchor: Meeting, scope: str) -> list[Meeting]:
    """In the order of the plan, each with ``concerned_count``."""
    concerned = Count("rsvps", filter=~Q(rsvps__answer=Answer.NO) & Q(rsvps__isnull=False))
    rows = Meeting.objects.annotate(concerned_count=concerned)
    if scope == Scope.ONE or anchor.series_id is None:
        return list(rows.filter(pk=anchor.pk))
    found = sorted(rows.filter(series=anchor.series_id), key=_planned)
    return [row for row in found if scope == Scope.ALL or _planned(row) >= _planned(anchor)]


def fingerprint(lines: Iterable[Line]) -> str:
    """Says on the page that was looked at what would happen, so that nothing else does."""
    words = [
        (line.meeting.pk, line.meeting.state, line.left, sorted((n, str(v)) for n, v in line.changes.items()))
        for line in lines
    ]
    return hashlib.sha256(repr(words).encode()).hexdigest()[:24]


def moves_in_time(anchor: Meeting, wish: Wish) -> bool:
    return (wish.day, wish.starts, wish.minutes) != (anchor.held_on, anchor.local_start.time(), anchor.minutes)


def months_between(anchor: Meeting, day: date) -> int:
    base = _planned_day(anchor)
    return (day.year - base.year) * 12 + day.month - base.month


def keeps_days(anchor: Meeting, day: date) -> bool:
    """Only the time of day is another one, not the weekday or the week."""
    return day in {anchor.held_on, _planned_day(anchor)}


def _changes(anchor: Meeting, meeting: Meeting, wish: Wish) -> dict[str, Any]:
    new: dict[str, Any] = {}
    if moves_in_time(anchor, wish):
        if meeting.pk == anchor.pk:
            day = wish.day
        elif keeps_days(anchor, wish.day):
            day = _planned_day(meeting)
        else:
            day = same_weekday(wish.day, _planned_day(meeting), months_between(anchor, wish.day))
        start = from_wall_clock(datetime.combine(day, wish.starts), meeting.tz)
        new |= {"starts_at": start, "ends_at": start + timedelta(minutes=wish.minutes)}
    new |= {name: getattr(wish, name) for name in ("place", "join_url") if getattr(wish, name) != getattr(anchor, name)}
    return {name: value for name, value in new.items() if getattr(meeting, name) != value}


def _why_left(meeting: Meeting, now: datetime) -> str:
    if meeting.is_cancelled:
        return "It is cancelled."
    return "It has begun or is over." if meeting.starts_at <= now else ""


def _planned(meeting: Meeting) -> datetime:
    return meeting.planned_start or meeting.starts_at


def _planned_day(meeting: Meeting) -> date:
    return _planned(meeting).astimezone(meeting.tz).date()
