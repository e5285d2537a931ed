"""One kind of a person's data, as the page shows it and as the files of the download hold it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from privacy.spreadsheet import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from members.models import Member


@dataclass(frozen=True)
class Table:
    """One kind of data: what it is for, its columns and the person's rows, each value plain (text, number, date)."""

    title: str
    why: str
    columns: list[str]
    rows: list[list[Any]]

    @property
    def file_name(self) -> str:
        return re.sub(r"[^a-z]+", "-", self.title.lower()).strip("-")

    @property
    def is_facts(self) -> bool:
        """Whether each row is one fact by its name, shown as such and not as a table."""
        return self.columns == ["What", "Value"]

    @property
    def shown(self) -> list[list[tuple[str, str]]]:
        """Each row as (column, value in words): on a phone every value stands under its column's name."""
        return [[(name, _in_words(value)) for name, value in zip(self.columns, row, strict=True)] for row in self.rows]

    @property
    def in_files(self) -> list[list[Any]]:
        """Each row for the files: times in ISO 8601 with their distance from UTC, as the page's zone has them."""
        return [[timezone.localtime(v).isoformat() if isinstance(v, datetime) else v for v in row] for row in self.rows]


def table(title: str, why: str, columns: list[str], rows: Iterable[Iterable[Any]]) -> Table:
    return Table(title, why, columns, [list(row) for row in rows])


def archive(tables: list[Table], *, now: datetime) -> bytes:
    """A zip with one JSON file of everything and one CSV file for each table; no cell can run as a formula."""
    whole = {
        "made_at": now.isoformat(),
        "tables": [
            {
                "title": each.title,
                "why": each.why,
                "rows": [dict(zip(each.columns, row, strict=True)) for row in each.in_files],
            }
            for each in tables
        ],
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("my-data.json", json.dumps(whole, default=str, ensure_ascii=False, indent=2))
        for each in tables:
            archive.writestr(f"{each.file_name}.csv", csv_text(each.columns, each.in_files))
    return out.getvalue()


def _in_words(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%B %-d, %Y, %-I:%M %p")
    return value.strftime("%B %-d, %Y") if hasattr(value, "strftime") else str(value)


def at_their_address(member: Member, field: str) -> Q:
    """Rows kept under the person's address and no account: from before they joined, or given as a guest."""
    return Q(**{f"{field}__iexact": member.email}) if member.email else Q(pk__in=[])
