"""The representation table as a thing to show and to keep: its numbers, its notes, its lines in a file, its JSON.

Whatever shows a table (page, projector, CSV, workbook, PDF, summary) shows this. Nothing here asks the database.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from polls.enums import WITHHELD_WORDS

if TYPE_CHECKING:
    from datetime import datetime

NOT_SHOWN = "not shown"
MORE_ANSWERED = "More people answered than were checked in."


@dataclass(frozen=True, slots=True)
class Row:
    """One category. ``None`` is "not shown" in a hidden row and "not published" in an imported one."""

    label: str
    count: int | None
    percent: int | None
    of_respondents: int | None
    is_sensitive: bool = False
    is_hidden: bool = False
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class Together:
    """The hidden rows as one: what is left when the shown rows are taken from the total."""

    rows: int
    count: int
    percent: int

    @property
    def label(self) -> str:
        return f"The {self.rows} rows not shown, together"


@dataclass(frozen=True, slots=True)
class Head:
    """The numbers above the rows. ``None``: not recorded, or not published."""

    participants: int | None
    facilitators: int | None
    respondents: int | None
    did_not_answer: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """``version`` and what follows say which of the published versions it is; a full view is none of them."""

    poll_id: int
    question: str
    is_of_categories: bool
    is_full: bool
    head: Head
    submissions: int | None
    rows: tuple[Row, ...]
    together: Together | None
    threshold: int
    withheld: str = ""
    is_imported: bool = False
    remark: str = ""
    version: int = 0
    published_at: datetime | None = None
    reason: str = ""
    changes: tuple[str, ...] = ()

    @property
    def is_withheld(self) -> bool:
        return bool(self.withheld)

    @property
    def why_withheld(self) -> str:
        return WITHHELD_WORDS.get(self.withheld, "")

    @property
    def unit(self) -> str:
        """What is counted in the rows."""
        return "submissions" if self.is_of_categories else "choices"

    @property
    def columns(self) -> tuple[str, str, str, str]:
        rows, counts = ("Category", "Submissions") if self.is_of_categories else ("Answer", "Count")
        return rows, counts, f"Percent of {self.unit}", "Percent of respondents"

    @property
    def facts(self) -> list[tuple[str, int]]:
        """The numbers above the rows, by their names, as far as they are known and shown."""
        head = self.head
        numbers = [
            ("Participants, facilitators included", head.participants),
            ("Facilitators", head.facilitators),
            ("Respondents", head.respondents),
            ("Category submissions" if self.is_of_categories else "Choices", self.submissions),
            ("Attended, did not answer", head.did_not_answer),
        ]
        return [(label, number) for label, number in numbers if number is not None]

    @property
    def which(self) -> str:
        """Which version it is, in words."""
        if self.is_full or self.published_at is None:
            return "Full view, as it is on record now"
        day = timezone.localtime(self.published_at)
        return f"Version {self.version}, published {day:%B %-d, %Y}{f'. {self.reason}' if self.reason else ''}"

    @property
    def fingerprint(self) -> str:
        """Short, and the same for two tables that show the same."""
        return hashlib.sha256(json.dumps(to_json(self), sort_keys=True).encode()).hexdigest()[:20]

    @property
    def more_answered_than_came(self) -> bool:
        head = self.head
        if head.participants is None or head.respondents is None:
            return False
        return head.participants - (head.facilitators or 0) < head.respondents

    @property
    def notes(self) -> list[str]:
        """What a reader must know of the base, the rounding and what is hidden."""
        if self.is_withheld:
            return [self.remark] if self.remark else []
        if self.is_imported:
            return ["Percentages as published at the time; counts were not published.", self.remark]
        several = "A person may choose several categories, and each counts as one submission. "
        as_one = "; the rows not shown count as one" if self.together else ""
        found = [
            f"{several if self.is_of_categories else ''}The base of the percentages of {self.unit} is "
            f"{self.submissions}; they are rounded so that they sum to 100 (largest remainder{as_one}). The base of the "
            f"percentages of respondents is {self.head.respondents}; they are rounded one by one and need not sum to 100."
        ]
        if self.remark:
            found.append(self.remark)
        if self.is_of_categories:
            found.append("Facilitators count as participants and are in no category.")
        if self.together:
            found.append(
                f"To protect people, sensitive rows below {self.threshold} are not shown, nor others from which they "
                "could be worked out."
            )
        if self.is_full:
            found.append(
                "Full view, for those with the right to it. The public table may differ by a point where rows are hidden."
            )
        return found


def lines(table: Table) -> list[tuple[object, ...]]:
    """The table as lines of a file, in the words of the page: nothing more is in them."""
    body: list[tuple[object, ...]] = [
        (row.label, *((NOT_SHOWN,) * 3 if row.is_hidden else map(_known, (row.count, row.percent, row.of_respondents))))
        for row in table.rows
    ]
    if table.together:
        body.append((table.together.label, table.together.count, table.together.percent, ""))
    body += [(label, number, "", "") for label, number in table.facts]
    if table.more_answered_than_came:
        body.append((MORE_ANSWERED, "", "", ""))
    return body + [(note, "", "", "") for note in [table.why_withheld, *table.notes] if note]


def _known(number: int | None) -> int | str:
    return "" if number is None else number


def to_json(table: Table) -> dict[str, Any]:
    """What is kept of a published table: all that it shows, and not which version it is."""
    kept = asdict(table)
    for name in ("version", "published_at", "reason", "changes", "is_full", "poll_id"):
        del kept[name]
    return kept | {"rows": list(kept["rows"])}


def from_json(kept: dict[str, Any], *, poll_id: int) -> Table:
    parts: dict[str, Any] = dict(kept)
    parts["head"] = Head(**parts["head"])
    parts["rows"] = tuple(Row(**row) for row in parts["rows"])
    parts["together"] = Together(**parts["together"]) if parts["together"] else None
    return Table(poll_id=poll_id, is_full=False, **parts)


def from_record(record: Any) -> Table:
    """The table of a ``PublishedTable``."""
    return replace(
        from_json(record.shown, poll_id=record.poll_id),
        version=record.version,
        published_at=record.published_at,
        reason=record.reason,
        changes=tuple(record.changes),
    )
