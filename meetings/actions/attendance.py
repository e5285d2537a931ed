"""Who was there. A person's own check-in is a claim; staff confirm it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from cop_portal.errors import Refused
from meetings.actions.rsvps import lock_meeting
from meetings.enums import AttendanceRole, AttendanceSource
from meetings.models import Attendance, Meeting
from meetings.rules import can_check_in, role_of

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member


@dataclass(frozen=True)
class Tick:
    """One line of staff's list: a member by number, or a guest by name."""

    present: bool
    minutes: int
    role: str = AttendanceRole.PARTICIPANT
    member_id: int | None = None
    guest_name: str = ""


@transaction.atomic
def check_in(meeting: Meeting, *, member: Member, code: str, now: datetime) -> Attendance:
    """The member says they are here, by the code shown in the room. Staff have still to confirm it.

    Minutes run from now (or the start, if later) to the end. A second time changes nothing, nor does it touch what
    staff recorded. Refuses: ``closed`` (from 30 minutes before the start until the end), ``code``.
    """
    if not can_check_in(meeting, now):
        raise Refused("Check-in is open from 30 minutes before the start until the end of the meeting.", code="closed")
    if not secrets.compare_digest(code.strip().upper().encode(), meeting.checkin_code.encode()):
        raise Refused("This is not the code of this meeting. It is shown in the room.", code="code")
    present = meeting.ends_at - max(now, meeting.starts_at)
    row, _ = Attendance.objects.get_or_create(
        meeting=meeting,
        member=member,
        defaults={
            "role": role_of(member, meeting),
            "source": AttendanceSource.SELF,
            "minutes": max(int(present.total_seconds() // 60), 1),
            "recorded_at": now,
            "recorded_by": member,
        },
    )
    return row


@transaction.atomic
def record_attendance(meeting: Meeting, *, ticks: list[Tick], by: Member, now: datetime) -> int:
    """Save staff's list in one go; returns how many are present. People who are not on the list stay as they are.

    A tick confirms (nobody confirms themselves: that line is saved unconfirmed). A missing tick takes back what staff
    recorded before, and leaves a person's own check-in unconfirmed. Refuses: ``not_begun``, ``minutes``.
    """
    meeting = lock_meeting(meeting.pk)
    if now < meeting.starts_at:
        raise Refused("Attendance is recorded once the meeting has begun.", code="not_begun")
    for tick in ticks:
        if tick.present and not 1 <= tick.minutes <= meeting.minutes:
            raise Refused(f"Minutes are from 1 to {meeting.minutes}, the length of the meeting.", code="minutes")
    known = {(row.member_id, row.guest_name): row for row in Attendance.objects.filter(meeting=meeting)}
    for tick in ticks:
        row = known.get((tick.member_id, "" if tick.member_id else tick.guest_name))
        if tick.present:
            _confirm(row, meeting, tick, by, now)
        elif row is not None and row.confirmed_by_id is not None:
            _take_back(row)
    return sum(tick.present for tick in ticks)


def _confirm(row: Attendance | None, meeting: Meeting, tick: Tick, by: Member, now: datetime) -> None:
    confirmed_by = None if tick.member_id == by.pk else by
    if row is not None and (row.minutes, row.role, row.confirmed_by_id is None) == (
        tick.minutes,
        tick.role,
        confirmed_by is None,
    ):
        return  # said before by one of the staff: their name stays
    row = row or Attendance(
        meeting=meeting,
        member_id=tick.member_id,
        guest_name="" if tick.member_id else tick.guest_name,
        source=AttendanceSource.STAFF,
    )
    row.minutes, row.role, row.recorded_at, row.recorded_by, row.confirmed_by = (
        tick.minutes,
        tick.role,
        now,
        by,
        confirmed_by,
    )
    row.save()


def _take_back(row: Attendance) -> None:
    if row.source == AttendanceSource.SELF:
        row.confirmed_by = None
        row.save(update_fields=["confirmed_by"])
    else:
        row.delete()
