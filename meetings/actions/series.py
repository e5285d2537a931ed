"""The meetings of a series: planned by its rule, moved and called off one by one or together."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import ProtectedError

from cop_portal.errors import Refused
from meetings.actions.planning import cancel, change, create
from meetings.enums import MeetingState, Scope
from meetings.models import Meeting, Series
from meetings.rearranging import (
    Wish,
    fingerprint,
    keeps_days,
    lines_to_cancel,
    lines_to_move,
    months_between,
    moves_in_time,
)
from meetings.recurrence import occurrences, same_weekday

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.rearranging import Line
    from members.models import Member


def to_plan(series: Series) -> list[tuple[int, datetime, datetime]]:
    """(number, start, end) of each meeting that the rule gives and that is not planned yet."""
    known = series.meetings.filter(number__isnull=False).order_by("-number").first()
    last = (known.number, known.planned_start or known.starts_at) if known and known.number else None
    return occurrences(series, ZoneInfo(series.zone), last=last)


@transaction.atomic
def plan_series(series: Series) -> list[Meeting]:
    """Plan the meetings of a series that are not planned yet, as drafts; returns the new ones.

    Each has its number, so that one which was moved is not planned again.
    Refuses: nothing; a time that a clock change skips raises ``recurrence.NoSuchTime``, which the form has excluded.
    """
    Series.objects.select_for_update().get(pk=series.pk)
    zone = ZoneInfo(series.zone)
    return [
        create(
            slug=f"{series.slug}-{start.astimezone(zone).date().isoformat()}",
            title=series.title,
            kind=series.kind,
            series=series,
            workgroup=series.workgroup,
            number=number,
            planned_start=start,
            starts_at=start,
            ends_at=end,
            zone=series.zone,
            place=series.place,
            join_url=series.join_url,
            capacity=series.capacity,
        )
        for number, start, end in to_plan(series)
    ]


@transaction.atomic
def move_meetings(
    anchor: Meeting,
    wish: Wish,
    *,
    scope: str,
    by: Member,
    now: datetime,
    reason: str = "",
    with_moved: bool = False,
    seen: str = "",
) -> list[Meeting]:
    """Move one meeting, this and later ones or all that are to come, all or none; each keeps its UID and its answers.

    Later ones stand on the same weekday of their months as this one then does of its own, and the rule of the series
    follows. One that was moved by hand keeps its time unless ``with_moved``. ``seen``: the fingerprint of what was
    looked at. Refuses: ``nothing``, ``looked_otherwise``, ``no_such_time`` and what ``change`` refuses.
    """
    anchor = _locked(anchor)
    lines = lines_to_move(anchor, wish, scope=scope, with_moved=with_moved, now=now)
    _check_seen(lines, seen)
    todo = [line for line in lines if line.changes]
    if not todo:
        raise Refused("Nothing would change. Choose another time, place or link.", code="nothing")
    # From the far end, so that none arrives where the next one still stands.
    forward = todo[0].changes.get("starts_at", todo[0].meeting.starts_at) > todo[0].meeting.starts_at
    moved = [
        change(line.meeting, changes=line.changes, by=by, now=now, reason=reason)
        for line in (reversed(todo) if forward else todo)
    ]
    if anchor.series_id and scope != Scope.ONE:
        if moves_in_time(anchor, wish):
            for line in lines:
                if not line.left:
                    line.meeting.planned_start = line.after.starts_at
                    line.meeting.save(update_fields=["planned_start"])
        _follow(anchor, wish)
    return moved


@transaction.atomic
def cancel_meetings(
    anchor: Meeting, *, scope: str, by: Member, now: datetime, reason: str, seen: str = ""
) -> list[Meeting]:
    """Call off one meeting, this and later ones or all that are to come, all or none; a draft leaves the plan.

    The series then ends with what is left of it. Refuses: ``nothing``, ``looked_otherwise``, ``in_use`` (a draft that
    something was prepared for) and what ``cancel`` refuses.
    """
    anchor = _locked(anchor)
    if anchor.series_id is None or scope == Scope.ONE:
        return [cancel(anchor, by=by, now=now, reason=reason)]
    lines = lines_to_cancel(anchor, scope=scope, now=now)
    _check_seen(lines, seen)
    todo = [line.meeting for line in lines if not line.left]
    if not todo:
        raise Refused("None of these meetings is still to come.", code="nothing")
    for meeting in todo:
        if meeting.state == MeetingState.DRAFT:
            _take_out(meeting)
        else:
            cancel(meeting, by=by, now=now, reason=reason)
    last = Meeting.objects.filter(series=anchor.series_id, number__isnull=False).order_by("-number").first()
    Series.objects.filter(pk=anchor.series_id).update(meetings_planned=last.number if last else 1)
    return todo


def _locked(anchor: Meeting) -> Meeting:
    """The series is the lock of those who rearrange it; each meeting's own is taken when it changes."""
    if anchor.series_id:
        Series.objects.select_for_update().get(pk=anchor.series_id)
    fresh: Meeting = Meeting.objects.get(pk=anchor.pk)
    return fresh


def _check_seen(lines: list[Line], seen: str) -> None:
    if seen and seen != fingerprint(lines):
        raise Refused("This is not what you looked at. Look again, and then decide.", code="looked_otherwise")


def _follow(anchor: Meeting, wish: Wish) -> None:
    """The rule of the series, for meetings that are planned later on."""
    series = anchor.series
    if series is None:
        return
    if moves_in_time(anchor, wish):
        series.starts_at, series.minutes = wish.starts, wish.minutes
        if not keeps_days(anchor, wish.day):
            series.first_on = same_weekday(wish.day, series.first_on, months_between(anchor, wish.day))
    for name in ("place", "join_url"):
        if getattr(wish, name) != getattr(anchor, name):
            setattr(series, name, getattr(wish, name))
    series.save()


def _take_out(meeting: Meeting) -> None:
    try:
        meeting.delete()
    except ProtectedError as error:
        words = f"Something is prepared for {meeting}, {meeting.date_text}, such as a poll. Take that back first."
        raise Refused(words, code="in_use") from error
