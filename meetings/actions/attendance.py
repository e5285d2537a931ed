"""Who was there. A person's own check-in is a claim; staff confirm it. Every step is written down (AttendanceEvent)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

from cop_portal.errors import Refused
from meetings.actions.rsvps import lock_meeting
from meetings.attendance_steps import Written, as_it_is, write_step
from meetings.enums import AttendanceRole, AttendanceSource
from meetings.models import Attendance, Meeting
from meetings.rules import can_check_in, correction_needs_reason, role_of
from privacy.actions import notice_read
from privacy.enums import NoticeKey

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member


@dataclass(frozen=True)
class Tick:
    """One line of staff's list: a member by number, or a guest by name.

    ``seen``: what stood in the line when it was shown (``seen_of``). A line that staff left as it was is not touched,
    and one that somebody else changed meanwhile is not overwritten. None: whatever stands there.
    """

    present: bool
    minutes: int
    role: str = AttendanceRole.PARTICIPANT
    member_id: int | None = None
    guest_name: str = ""
    seen: str | None = None


@dataclass
class Saved:
    """What became of a list: how many on it are present, and the lines that somebody else had changed meanwhile."""

    present: int = 0
    changed: int = 0
    conflicts: list[Tick] = field(default_factory=list)


def seen_of(row: Attendance | None) -> str:
    """What a line shows of this row, in short: equal as long as nobody changed it."""
    if row is None:
        return "-"
    return f"{'c' if row.confirmed_by_id else 'u'}.{row.minutes}.{row.role}"


def tidy_name(name: str) -> str:
    return " ".join(name.split())[:120]


@transaction.atomic
def check_in(meeting: Meeting, *, member: Member, code: str, now: datetime) -> Attendance:
    """The member says they are here, by the code shown in the room. Staff have still to confirm it.

    Minutes run from now (or the start, if later) to the end. A second time changes nothing, nor does it touch what
    staff recorded. Refuses: ``closed`` (from 30 minutes before the start until the end), ``code``.
    """
    _check_code(meeting, code, now)
    meeting = lock_meeting(meeting.pk)
    row, is_new = Attendance.objects.get_or_create(
        meeting=meeting,
        member=member,
        defaults={
            "role": role_of(member, meeting),
            "source": AttendanceSource.SELF,
            "minutes": _minutes_left(meeting, now),
            "recorded_at": now,
            "recorded_by": member,
        },
    )
    if is_new:
        write_step(None, row, Written(by=member, at=now))
    return row


@transaction.atomic
def check_in_guest(
    meeting: Meeting, *, name: str, code: str, notice_id: int | None = None, now: datetime
) -> tuple[Attendance, bool]:
    """Somebody without an account says that they are here, by name. Staff have still to confirm it.

    Out: the row, and whether it is new. The same name twice in one meeting is one person until they say otherwise:
    whoever is the second adds something that tells them apart. ``notice_id``: the notice that stood beside the form.
    Refuses: ``closed``, ``code``, ``no_name``, and what ``privacy.actions.notice_read`` refuses.
    """
    _check_code(meeting, code, now)
    name = tidy_name(name)
    if not name:
        raise Refused("Please give your name, so that the organizers can count you.", code="no_name")
    notice = notice_read(NoticeKey.GUEST, notice_id=notice_id)
    meeting = lock_meeting(meeting.pk)
    known = Attendance.objects.filter(meeting=meeting, member=None, guest_name__iexact=name).first()
    if known is not None:
        return known, False
    row = Attendance.objects.create(
        meeting=meeting,
        guest_name=name,
        source=AttendanceSource.SELF,
        minutes=_minutes_left(meeting, now),
        recorded_at=now,
        notice=notice,
    )
    write_step(None, row, Written(by=None, at=now))
    return row, True


@transaction.atomic
def record_attendance(meeting: Meeting, *, ticks: list[Tick], by: Member, now: datetime, reason: str = "") -> Saved:
    """Save staff's list in one go. People who are not on the list stay as they are.

    A tick confirms (nobody confirms themselves: that line is saved unconfirmed). A missing tick takes back what staff
    recorded before, and leaves a person's own check-in unconfirmed. Two at work at once lose nothing: see ``Tick.seen``.
    Refuses: ``not_begun``, ``minutes``, ``no_reason`` (once the meeting is over, what was confirmed changes only with
    a reason), and then saves nothing.
    """
    meeting = lock_meeting(meeting.pk)
    if now < meeting.starts_at:
        raise Refused("Attendance is recorded once the meeting has begun.", code="not_begun")
    for tick in ticks:
        if tick.present and not 1 <= tick.minutes <= meeting.minutes:
            raise Refused(f"Minutes are from 1 to {meeting.minutes}, the length of the meeting.", code="minutes")
    known: dict[tuple[int | None, str], Attendance | None] = {
        _key(row): row for row in Attendance.objects.filter(meeting=meeting)
    }
    saved, written = Saved(), Written(by=by, at=now, reason=reason.strip()[:300])
    for tick in ticks:
        row = known.get(_key(tick))
        if tick.seen is not None and tick.seen != seen_of(row) and not _says(tick, row, by):
            if not _is_untouched(tick):
                saved.conflicts.append(tick)
            saved.present += row is not None and row.confirmed_by_id is not None
            continue
        saved.present += tick.present
        if not _says(tick, row, by):
            saved.changed += 1
            known[_key(tick)] = _change(row, meeting, tick, written)
    return saved


def _change(row: Attendance | None, meeting: Meeting, tick: Tick, written: Written) -> Attendance | None:
    if row is not None and not written.reason and correction_needs_reason(meeting, row, written.at):
        raise Refused(f"{row.name}: this was confirmed, and the meeting is over. Say why it changes.", code="no_reason")
    if tick.present:
        return _confirm(row, meeting, tick, written)
    assert row is not None  # noqa: S101  # what is not there cannot be taken back
    return _take_back(row, written)


def _key(row: Attendance | Tick) -> tuple[int | None, str]:
    return row.member_id, "" if row.member_id else row.guest_name.casefold()


def _check_code(meeting: Meeting, code: str, now: datetime) -> None:
    if not can_check_in(meeting, now):
        raise Refused("Check-in is open from 30 minutes before the start until the end of the meeting.", code="closed")
    if not secrets.compare_digest(code.strip().upper().encode(), meeting.checkin_code.encode()):
        raise Refused("This is not the code of this meeting. It is shown in the room.", code="code")


def _minutes_left(meeting: Meeting, now: datetime) -> int:
    present = meeting.ends_at - max(now, meeting.starts_at)
    return max(int(present.total_seconds() // 60), 1)


def _is_untouched(tick: Tick) -> bool:
    """Whether staff left the line as it was shown to them."""
    if not tick.present:
        return not (tick.seen or "").startswith("c.")
    return tick.seen == f"c.{tick.minutes}.{tick.role}"


def _says(tick: Tick, row: Attendance | None, by: Member) -> bool:
    """Whether the row says already what the tick does: then it does not matter who was first."""
    if not tick.present:
        return row is None or row.confirmed_by_id is None
    confirmed = tick.member_id != by.pk
    return row is not None and (row.minutes, row.role, row.confirmed_by_id is not None) == (
        tick.minutes,
        tick.role,
        confirmed,
    )


def _confirm(row: Attendance | None, meeting: Meeting, tick: Tick, written: Written) -> Attendance:
    before = as_it_is(row)
    row = row or Attendance(
        meeting=meeting,
        member_id=tick.member_id,
        guest_name="" if tick.member_id else tidy_name(tick.guest_name),
        source=AttendanceSource.STAFF,
    )
    row.minutes, row.role, row.recorded_at, row.recorded_by = tick.minutes, tick.role, written.at, written.by
    row.confirmed_by = None if written.by is not None and tick.member_id == written.by.pk else written.by
    row.save()
    write_step(before, row, written)
    return row


def _take_back(row: Attendance, written: Written) -> Attendance | None:
    before = as_it_is(row)
    if row.source == AttendanceSource.SELF:
        row.confirmed_by = None
        row.save(update_fields=["confirmed_by"])
        write_step(before, row, written)
        return row
    write_step(before, None, written)
    row.delete()
    return None
