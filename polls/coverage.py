"""The seats that the statute names against who came: what staff see of the last meetings.

A seat that needs a statement (a researcher's: no financial tie to a provider) counts as filled where somebody who had
confirmed it by that date attended as a participant. That is asked of attendance and statements alone, never of
ballots: those stay as they were cast, and whose they are nobody can say (docs/decisions/0010).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meetings.enums import AttendanceRole
from members.models import ParticipantCategory, SeatAttestation

if TYPE_CHECKING:
    from polls.models import Poll
    from polls.representation import Table


def coverage(polls: list[Poll], tables: list[Table]) -> list[tuple[str, str, list[str]]]:
    """A line for each category that fills a seat: the seat, the category, and what each table says of it.

    ``tables`` are those of ``polls``, in their order. Two queries, however many polls.
    """
    seats = list(ParticipantCategory.objects.exclude(seat=""))
    filled = _filled(polls)
    by_table = [
        (poll.meeting_id, table, {row.category_id: row for row in table.rows})
        for poll, table in zip(polls, tables, strict=True)
    ]
    return [
        (
            seat.seat,
            seat.label,
            [
                _cell(rows.get(seat.pk), table, _remark(seat, table, (seat.pk, meeting) in filled))
                for meeting, table, rows in by_table
            ],
        )
        for seat in seats
    ]


def _filled(polls: list[Poll]) -> set[tuple[int, int]]:
    """(category, meeting) where somebody attended who had confirmed the category's statement and not withdrawn it."""
    held_on = {poll.meeting_id: (poll.meeting.held_on, poll.meeting.tz) for poll in polls}
    rows = SeatAttestation.objects.filter(
        member__is_facilitator=False,
        member__attendances__meeting__in=held_on,
        member__attendances__role=AttendanceRole.PARTICIPANT,
    ).values_list("category", "member__attendances__meeting", "attested_at", "withdrawn_at")
    found = set()
    for category, meeting, since, until in rows:
        day, zone = held_on[meeting]
        if since.astimezone(zone).date() <= day and (until is None or until.astimezone(zone).date() > day):
            found.add((category, meeting))
    return found


def _remark(seat: ParticipantCategory, table: Table, is_filled: bool) -> str:
    if not seat.attestation or table.is_imported:
        return ""
    return "; statement confirmed" if is_filled else "; not counted as filled: no statement"


def _cell(row: Any, table: Table, remark: str) -> str:
    if row is None and not table.is_withheld:
        return "not asked"
    if table.is_withheld or row.is_hidden:
        return f"not shown{remark}"
    return f"{row.percent}%" if row.count is None else f"{row.count}{remark}"
