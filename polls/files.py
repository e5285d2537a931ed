"""A published table as a file: CSV, a workbook, a PDF that assistive technology can read (PDF/UA-1)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from polls.table import MORE_ANSWERED, NOT_SHOWN, lines
from privacy.spreadsheet import csv_text, xlsx_bytes
from privacy.typeset import accessible_pdf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meetings.models import Meeting
    from polls.table import Table

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
OTHER_WORDS = "“Other”, in their words"
_TEMPLATE = Path(__file__).with_name("representation.typ")


def file_response(table: Table, meeting: Meeting, kind: str) -> HttpResponse:
    """The file of this kind for the browser to keep. Its name says which version it is, or that it is the full view."""
    what = "full" if table.is_full else f"v{table.version}"
    response = HttpResponse(file_of(table, meeting, kind), content_type=CONTENT_TYPES[kind])
    name = f"representation-{meeting.slug}-{what}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def file_of(table: Table, meeting: Meeting, kind: str) -> bytes:
    if kind == "pdf":
        return _pdf(table, meeting)
    body = [*lines(table), *((fact, "", "", "") for fact in _source(table, meeting))]
    if kind == "csv":
        return csv_text(table.columns, body).encode()
    cells = [[cell if isinstance(cell, int) else str(cell) for cell in line] for line in body]
    return xlsx_bytes("Representation", table.columns, cells)


def results_response(table: Table, meeting: Meeting, words: Sequence[str]) -> HttpResponse:
    """The results of any other poll as CSV, with what is shown of the words beside "other"."""
    body = [*lines(table), *((OTHER_WORDS, text, "", "") for text in words)]
    body += [("Question", table.question, "", ""), *((fact, "", "", "") for fact in _source(table, meeting))]
    response = HttpResponse(csv_text(table.columns, body), content_type=CONTENT_TYPES["csv"])
    name = f"poll-{meeting.slug}-{table.poll_id}-v{table.version}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _source(table: Table, meeting: Meeting) -> list[str]:
    """Whose table it is and which: a file is read far from its page."""
    found = [f"{meeting.title}, {meeting.date_text}", table.which]
    found += [f"{change}." for change in table.changes]
    page = "polls:representation" if table.is_of_categories else "polls:live"
    return [*found, settings.PUBLIC_URL + reverse(page, args=[meeting.slug])]


def _pdf(table: Table, meeting: Meeting) -> bytes:
    community, source = settings.COMMUNITY, _source(table, meeting)
    data: dict[str, Any] = {
        "title": f"Who was represented: {meeting.title}, {meeting.date_text}",
        "agency": community["agency"],
        "community": f"{community['name']}, {community['agency']}",
        "facts": [["Question", table.question], *([label, str(number)] for label, number in table.facts)],
        "withheld": table.why_withheld,
        "columns": [column for column, is_kept in zip(table.columns, _kept(table), strict=True) if is_kept],
        "rows": _rows(table),
        "notes": [*([MORE_ANSWERED] if table.more_answered_than_came else []), *table.notes, *source[1:-1]],
        "formats": community["accessible_formats"],
        "page": source[-1],
    }
    return accessible_pdf(_TEMPLATE, data)


def _kept(table: Table) -> tuple[bool, bool, bool, bool]:
    """Of an imported table only the percentages were published."""
    return True, not table.is_imported, True, not table.is_imported


def _rows(table: Table) -> list[list[str]]:
    found: list[list[str]] = []
    for row in table.rows:
        cells: list[Any] = [row.label]
        cells += [NOT_SHOWN] * 3 if row.is_hidden else [row.count, f"{row.percent}%", f"{row.of_respondents}%"]
        found.append([str(cell) for cell, is_kept in zip(cells, _kept(table), strict=True) if is_kept])
    if table.together:
        found.append([table.together.label, str(table.together.count), f"{table.together.percent}%", ""])
    return found
