"""The record of an attendance: one step for each change, before and after, who and why. Only ever added to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from meetings.models import Attendance, AttendanceEvent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from meetings.models import ToolReport
    from members.models import Member


@dataclass(frozen=True)
class Written:
    """Who writes, when and why; ``report``: read from this meeting tool's report."""

    by: Member | None
    at: datetime
    reason: str = ""
    report: ToolReport | None = None


@dataclass(frozen=True)
class AsItIs:
    """What a row says, kept while it changes."""

    number: int
    meeting_id: int
    member_id: int | None
    guest_name: str
    role: str
    minutes: int
    is_confirmed: bool
    source: str


def as_it_is(row: Attendance | None) -> AsItIs | None:
    if row is None:
        return None
    return AsItIs(
        number=row.pk,
        meeting_id=row.meeting_id,
        member_id=row.member_id,
        guest_name=row.guest_name,
        role=row.role,
        minutes=row.minutes,
        is_confirmed=row.confirmed_by_id is not None,
        source=row.source,
    )


def step(before: AsItIs | None, after: AsItIs | None, written: Written) -> AttendanceEvent:
    """The line for one change, not saved. None before: it is new; None after: it was taken back."""
    whose = after or before
    assert whose is not None  # noqa: S101  # a change of nothing is none
    return AttendanceEvent(
        meeting_id=whose.meeting_id,
        number=whose.number,
        member_id=whose.member_id,
        guest_name=whose.guest_name,
        source=whose.source,
        was_present=before is not None,
        role_before=before.role if before else "",
        minutes_before=before.minutes if before else None,
        was_confirmed=before is not None and before.is_confirmed,
        is_present=after is not None,
        role=after.role if after else "",
        minutes=after.minutes if after else None,
        is_confirmed=after is not None and after.is_confirmed,
        reason=written.reason,
        by=written.by,
        report=written.report,
        at=written.at,
    )


def write_step(before: AsItIs | None, row: Attendance | None, written: Written) -> AttendanceEvent:
    """Add the line for what became of the row (None: it is being taken back)."""
    event = step(before, as_it_is(row), written)
    event.save(force_insert=True)
    return event


def write_steps(changes: Iterable[tuple[AsItIs | None, Attendance]], written: Written, *, batch_size: int) -> None:
    """The same for many rows at once."""
    AttendanceEvent.objects.bulk_create(
        [step(before, as_it_is(row), written) for before, row in changes], batch_size=batch_size
    )
