"""Tables of several meetings beside one another, pooled, and whether lived experience was present.

All of it is worked out from the tables that it is given, and from nothing else: from published tables it can tell no
more than they do, whoever subtracts one from the other (docs/decisions/0017).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from polls.representation import percent_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from meetings.models import Meeting
    from polls.table import Row, Table

BAR, GAP, TALL = 10, 4, 40


@dataclass(frozen=True, slots=True)
class Cell:
    """What one table says of one category. ``None``: no such number was published, or it is not shown."""

    meeting: Meeting
    count: int | None = None
    percent: int | None = None
    is_hidden: bool = False
    was_asked: bool = True
    submissions: int | None = None  # of the whole table

    @property
    def words(self) -> str:
        if not self.was_asked:
            return "not asked"
        if self.percent is None:
            return "not shown"
        return f"{self.percent}%" if self.count is None else f"{self.count} ({self.percent}%)"


@dataclass(frozen=True, slots=True)
class Pooled:
    """One category over the whole period: the sum of what is shown, and at how many meetings that was."""

    count: int
    meetings: int
    asked: int
    percent: int | None  # of all submissions, where every meeting that asked shows the row

    @property
    def words(self) -> str:
        if not self.meetings:
            return "not shown"
        share = f" ({self.percent}%)" if self.percent is not None else ""
        where = f" at {self.meetings} of {self.asked} meetings" if self.meetings < self.asked else ""
        return f"{self.count}{share}{where}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One meeting in the small picture of a category. A hidden one has an outline of no meaning in its height."""

    x: int
    y: float
    height: float
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    cells: tuple[Cell, ...]
    pooled: Pooled
    highest: int  # percent, the same for all lines: small pictures are compared with one another

    @property
    def width(self) -> int:
        return len(self.cells) * (BAR + GAP)

    @property
    def bars(self) -> list[Bar]:
        found = []
        for place, cell in enumerate(self.cells):
            if cell.is_hidden:
                found.append(Bar(place * (BAR + GAP), TALL - 8, 8, is_hidden=True))
            elif cell.percent is not None:
                height = round(cell.percent * TALL / self.highest, 1)
                found.append(Bar(place * (BAR + GAP), TALL - height, height, is_hidden=False))
        return found


def over_time(tables: Sequence[tuple[Meeting, Table]]) -> list[Line]:
    """A line for each category of the tables, which come in the order of their meetings."""
    labels: dict[int | str, str] = {}
    rows: list[dict[int | str, Row]] = []
    for _, table in reversed(tables):  # named and ordered as in the last meeting that asked it
        rows.insert(0, {row.category_id or row.label: row for row in table.rows})
        for key, row in rows[0].items():
            labels.setdefault(key, row.label)
    cells_of = {
        key: tuple(_cell(meeting, table, found.get(key)) for (meeting, table), found in zip(tables, rows, strict=True))
        for key in labels
    }
    highest = max((cell.percent or 0 for cells in cells_of.values() for cell in cells), default=0) or 1
    return [Line(labels[key], cells, _pooled(cells), highest) for key, cells in cells_of.items()]


def _cell(meeting: Meeting, table: Table, row: Row | None) -> Cell:
    if table.is_withheld:
        return Cell(meeting, is_hidden=True)
    if row is None:
        return Cell(meeting, was_asked=False)
    return Cell(meeting, row.count, row.percent, is_hidden=row.is_hidden, submissions=table.submissions)


def _pooled(cells: Sequence[Cell]) -> Pooled:
    """Tables of which only percentages were published are in no sum."""
    asked = [cell for cell in cells if cell.was_asked and (cell.is_hidden or cell.count is not None)]
    shown = [cell for cell in asked if cell.count is not None]
    total = sum(cell.count or 0 for cell in shown)
    is_whole = bool(shown) and len(shown) == len(asked)
    base = sum(cell.submissions or 0 for cell in shown)
    return Pooled(total, len(shown), len(asked), percent_of(total, base) if is_whole and base else None)


def average(table: Table) -> str:
    """The mean answer on a scale whose rows are its steps from 1 up, in words: from what the table shows alone."""
    counts = [row.count for row in table.rows]
    chosen = sum(count or 0 for count in counts)
    if table.is_withheld or None in counts or not chosen:
        return "not shown"
    mean = Decimal(sum(step * (count or 0) for step, count in enumerate(counts, 1))) / chosen
    return f"{mean.quantize(Decimal('0.1'), ROUND_HALF_UP)} of {len(counts)}"


def presence(tables: Sequence[tuple[Meeting, Table]], lived: Collection[int]) -> list[str]:
    """Whether people with lived experience were at each meeting, in words; ``lived`` are the categories that say so.

    For everybody: “yes” where a row that is shown counts as many as the threshold or more, and otherwise nothing, be
    it nobody, few, or a number that is not shown. In full: “yes” or “no”.
    """
    return [_presence(table, [row for row in table.rows if row.category_id in lived]) for _, table in tables]


def _presence(table: Table, rows: Sequence[Row]) -> str:
    counts = [row.count for row in rows if row.count is not None]
    if any(count >= (1 if table.is_full else table.threshold) for count in counts):
        return "yes"
    return "no" if table.is_full and counts else "not shown"
