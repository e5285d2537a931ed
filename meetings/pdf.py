"""A meeting's summary as an accessible PDF.

Markdown is read from the same safe HTML that the page shows, so that page and PDF say the same.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from notices.markup import to_html
from privacy.typeset import accessible_pdf

if TYPE_CHECKING:
    from meetings.models import Meeting

_TEMPLATE = Path(__file__).with_name("summary.typ")
_HEADINGS = {"h2": 1, "h3": 2, "h4": 3, "h5": 4, "h6": 5}
_LISTS = {"ul": "bullets", "ol": "numbers"}


def summary_pdf(meeting: Meeting, body: str, extra_html: str = "") -> bytes:
    """The published summary, then what ``extra_html`` shows (the page's own table of who was represented)."""
    community = settings.COMMUNITY
    data = {
        "title": f"Summary: {meeting.title}, {meeting.date_text}",
        "agency": community["agency"],
        "community": f"{community['name']}, {community['agency']}",
        "facts": [["When", f"{meeting.date_text}, {meeting.time_text}"], ["Where", meeting.place_text]],
        "blocks": blocks(f"{to_html(body)}{extra_html}"),
        "agenda": [["" if meeting.is_historical else item.time_text, item.title] for item in meeting.timed_agenda()],
        "formats": community["accessible_formats"],
        "page": settings.PUBLIC_URL + reverse("meetings:summary", args=[meeting.slug]),
    }
    return accessible_pdf(_TEMPLATE, data)


def blocks(html: str) -> list[dict[str, Any]]:
    """Safe HTML as a flat list of blocks with their runs of words."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return _even_headings(reader.blocks)


def _even_headings(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first heading is of level 1 and none skips a level: PDF/UA refuses a gap."""
    last = 0
    for block in found:
        if block["kind"] == "heading":
            block["level"] = last = min(block["level"], last + 1)
    return found


class _Reader(HTMLParser):
    """Reads the tags that notices.markup lets through. Lists within lists become one list."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[dict[str, Any]] = []
        self._runs: list[dict[str, Any]] | None = None
        self._lists: list[dict[str, Any]] = []
        self._table: list[list[Any]] | None = None
        self._head: list[Any] = []
        self._row: list[Any] = []
        self._in_head, self._span = False, 1
        self._quotes = self._strong = self._em = 0
        self._href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LISTS:
            self._open_list(_LISTS[tag])
        elif tag in {"table", "thead", "tr", "caption"}:
            self._open_table_part(tag)
        elif tag in {"li", "th", "td"}:
            self._runs, self._span = [], int(dict(attrs).get("colspan") or 1)
        elif tag in {"p", "dt"} or tag in _HEADINGS or tag == "pre":
            self._open_words(tag)
        else:
            self._mark(tag, 1, dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _LISTS:
            self._close_item()
            if self._lists:
                self._lists.pop()
        elif tag == "li":
            self._close_item()
        elif tag == "table":
            self._close_table()
        elif tag in {"th", "td"}:
            self._close_cell()
        elif tag in {"thead", "tr", "caption"}:
            self._close_table_part(tag)
        elif tag in {"p", "pre", "dd"} or tag in _HEADINGS:
            self._close_words()
        else:
            self._mark(tag, -1, "")

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split("\n")) if self._runs is not None else ""
        if self._runs is None or not words:
            return
        self._runs.append({"text": words, "strong": self._strong > 0, "em": self._em > 0, "href": self._href})

    def _mark(self, tag: str, step: int, href: str) -> None:
        if tag == "strong":
            self._strong += step
        elif tag == "em":
            self._em += step
        elif tag == "blockquote":
            self._quotes += step
        elif tag == "a":
            self._href = f"{settings.PUBLIC_URL}{href}" if href.startswith("/") else href
        elif tag == "dt":  # its end: the answer follows in the same line
            self.handle_data(": ")
        elif tag == "br":
            self.handle_data(" ")

    def _open_list(self, kind: str) -> None:
        self._close_item()
        if self._lists:
            self._lists.append(self._lists[-1])
        else:
            self._lists.append({"kind": kind, "items": []})
            self.blocks.append(self._lists[-1])

    def _close_item(self) -> None:
        if self._lists and self._runs and _has_words(self._runs):
            self._lists[-1]["items"].append(self._runs)
        self._runs = None

    def _open_words(self, tag: str) -> None:
        if self._lists or self._table is not None:
            self._runs = self._runs if self._runs is not None else []
            return
        self._runs = []
        if tag in _HEADINGS:
            self.blocks.append({"kind": "heading", "level": _HEADINGS[tag], "runs": self._runs})
        else:
            self.blocks.append({"kind": "quote" if self._quotes else "text", "runs": self._runs})

    def _close_words(self) -> None:
        if not self._lists and self._table is None:
            self._runs = None

    def _open_table_part(self, tag: str) -> None:
        if tag == "table":
            self._table, self._head, self._in_head = [], [], False
        elif tag == "thead":
            self._in_head = True
        elif tag == "tr":
            self._row = []

    def _close_table_part(self, tag: str) -> None:
        if tag == "thead":
            self._in_head = False
        elif tag == "caption":
            self._runs = None
        elif self._in_head:
            self._head = self._row
        elif self._table is not None:
            self._table.append(self._row)

    def _close_cell(self) -> None:
        # A cell over several columns stands in the first of them.
        self._row += [self._runs or [], *([] for _ in range(self._span - 1))]
        self._runs = None

    def _close_table(self) -> None:
        """Columns without a word (the page's bars) are left out."""
        rows, self._table = [self._head, *(self._table or [])], None
        width = max(len(row) for row in rows)
        rows = [row + [[] for _ in range(width - len(row))] for row in rows]
        kept = [column for column in range(width) if any(_has_words(row[column]) for row in rows)]
        head, *others = [[row[column] for column in kept] for row in rows]
        if others and any(head):
            lines = [{"cells": cells} for cells in others]
            self.blocks.append({"kind": "table", "columns": len(kept), "head": head, "rows": lines})


def _has_words(runs: list[dict[str, Any]]) -> bool:
    return any(run["text"].strip() for run in runs)
