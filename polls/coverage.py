"""The seats that the statute names against who came: what staff see of the last meetings, and which seats stay empty.

A seat that needs a statement (a researcher's: no financial tie to a provider) counts as filled where somebody who had
confirmed it by that date attended as a participant. That is asked of attendance and statements alone, never of
ballots: those stay as they were cast, and whose they are nobody can say (docs/decisions/0010).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from meetings.enums import AttendanceRole
from members.models import ParticipantCategory, SeatAttestation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from meetings.models import Meeting
    from polls.models import Poll
    from polls.table import Table

DAYS_A_MONTH = 30.44


@dataclass(frozen=True, slots=True)
class Vacancy:
    """One seat and how long it has been empty: at how many meetings since somebody from it came, or ever."""

    seat: str
    last: Meeting | None
    missed: int
    unknown: int  # meetings since then whose table says nothing of it
    months: int  # since it was filled last; if never, since the first meeting that tells

    @property
    def is_filled(self) -> bool:
        return self.last is not None and not self.missed


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


def vacancies(polls: Sequence[Poll], tables: Sequence[Table], *, today: date) -> list[Vacancy]:
    """Every seat in force today, the longest empty first. ``polls`` and ``tables`` from the newest meeting to the oldest.

    A row that is not shown is never zero, so a seat counts as filled by it for every reader of the table. Of a seat
    that needs a statement only the statement counts, once statements are asked for.
    """
    categories = list(ParticipantCategory.objects.exclude(seat=""))
    filled = _filled(list(polls))
    seats = dict.fromkeys(
        row.seat for row in categories if row.starts_on <= today and not (row.ends_on and row.ends_on <= today)
    )
    found = []
    for seat in seats:
        of_seat = {row.pk: bool(row.attestation) for row in categories if row.seat == seat}
        said = [
            (poll.meeting, _came(of_seat, table, poll.meeting_id, filled))
            for poll, table in zip(polls, tables, strict=True)
        ]
        found.append(_vacancy(seat, said, today))
    return sorted(found, key=lambda one: (one.is_filled, one.last is not None, -one.missed, -one.months, one.seat))


def _came(of_seat: dict[int, bool], table: Table, meeting: int, filled: set[tuple[int, int]]) -> bool | None:
    """Whether the seat was filled at that meeting; None where its table does not say."""
    needs_word = any(of_seat.values()) and not table.is_imported
    if needs_word:
        return any((category, meeting) in filled for category in of_seat)
    rows = [row for row in table.rows if row.category_id in of_seat]
    if not rows:
        return None
    return any(row.is_hidden or row.count or row.percent for row in rows)


def _vacancy(seat: str, said: list[tuple[Meeting, bool | None]], today: date) -> Vacancy:
    since = next((place for place, (_, came) in enumerate(said) if came), len(said))
    last = said[since][0] if since < len(said) else None
    missed = sum(came is False for _, came in said[:since])
    unknown = since - missed
    first = last or next((meeting for meeting, came in reversed(said) if came is not None), None)
    months = int((today - first.held_on).days / DAYS_A_MONTH) if first else 0
    return Vacancy(seat, last, missed, unknown, months)
