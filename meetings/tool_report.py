"""Files that meeting tools write, as tables: any usual encoding, separator and heading. Nothing in them is trusted.

What such a file says of people is read for reviews by staff: on attendance here, on answers to a poll in ``polls``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cop_portal.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_BYTES, MOST_ROWS, MOST_COLUMNS, MOST_FILES = 8_000_000, 20_000, 200, 10
CELL_AT_MOST = 1_000
OTHER_LINES = 1_000  # headings, empty lines and what else stands between people
FIRST = 200  # lines by which the separator is told
# By how a file begins: what it is instead of a table, and what to do about it.
NOT_TABLES: list[tuple[bytes, str]] = [
    (b"%PDF", "This is a PDF, whatever its name says. Ask the meeting tool for its report as CSV."),
    (b"PK\x03\x04", "This is an Excel workbook or an archive. Open it and save the sheet with the people as CSV."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook. Open it and save the sheet with the people as CSV."),
    (b"\x89PNG", "This is a picture. Ask the meeting tool for its report as CSV."),
    (b"\xff\xd8\xff", "This is a picture. Ask the meeting tool for its report as CSV."),
    (b"\x1f\x8b", "This is a packed file. Unpack it first."),
]
MARKS = [
    (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
]  # fmt: skip
# What no name has: it would ring, turn other people's words around, or be no text at all (privacy/legible.py).
UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd-\uffff]"
)
SPACES = re.compile(r"[\s\u00a0\u202f]+")
# Some tools write ="…", so that a spreadsheet shows times as they are; our own files put an apostrophe before signs.
WRAPPED = re.compile(r'^="(.*)"$', re.DOTALL)

# Which column is what, by its heading (without what stands in brackets, small). The first that fits is it.
HEADINGS: dict[str, re.Pattern[str]] = {
    "email": re.compile(r"\b(e-?mail|upn)\b|mail address"),
    "joined": re.compile(r"^(join(ed)?( (date ?)?time| at)?|time joined|joining time|check-?in time)$"),
    "left": re.compile(r"^(leave( (date ?)?time)?|left( at)?|time exited|exit time|leaving time)$"),
    "minutes": re.compile(
        r"^(total |attendance |in-meeting )?duration\b|^(total )?(minutes|time in (meeting|session))"
    ),
    "role": re.compile(r"\brole\b"),
    "first_name": re.compile(r"^(first|given) name$"),
    "last_name": re.compile(r"^(last name|surname|family name)$"),
    "name": re.compile(r"^(user |full |display |participant |attendee |voter )?name$|^(participant|attendee|user)$"),
}
WHO = frozenset({"name", "email", "first_name", "last_name"})


@dataclass(frozen=True)
class Grid:
    """One table of a file: its headings, and its lines with the number each has in the file."""

    headings: list[str]
    rows: list[tuple[int, list[str]]]

    def cell(self, row: Sequence[str], place: int | None) -> str:
        return row[place] if place is not None and place < len(row) else ""


def checksum(files: Iterable[bytes]) -> str:
    """The same for the same files, in whichever order they were chosen."""
    return hashlib.sha256("".join(sorted(hashlib.sha256(data).hexdigest() for data in files)).encode()).hexdigest()


def decode(data: bytes) -> str:
    """The text of a file. Refuses: ``no_table`` (it is something else), ``empty``, ``too_big``."""
    if len(data) > MOST_BYTES:
        raise Refused(f"A file may have up to {MOST_BYTES // 1_000_000} MB.", code="too_big")
    for start, words in NOT_TABLES:
        if data.startswith(start):
            raise Refused(words, code="no_table")
    text = data.decode(_encoding(data), errors="replace").removeprefix("\ufeff").replace("\x00", "\ufffd")
    if not text.strip(" \t\r\n\ufffd,;"):
        raise Refused("This file is empty.", code="empty")
    if text.lstrip()[:200].lower().startswith(("<!doctype", "<html", "<?xml")):
        raise Refused("This is a page of a website. Ask the meeting tool for its report as CSV.", code="no_table")
    return text


def _encoding(data: bytes) -> str:
    for mark, name in MARKS:
        if data.startswith(mark):
            return name
    head = data[:2000]
    if head.count(0) > len(head) // 4:  # every other byte of English in UTF-16
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"  # what Excel on Windows calls ANSI
    return "utf-8"


def tidy(cell: str) -> str:
    """The cell as one line that can be shown: wrapping, control characters and what turns directions are gone."""
    if len(cell) > CELL_AT_MOST:
        cell = cell[:CELL_AT_MOST]
    if cell.isascii() and cell.isprintable() and cell[:1] not in {"=", "'", " "}:
        return cell.rstrip() if "  " not in cell else SPACES.sub(" ", cell).strip()
    wrapped = WRAPPED.match(cell.strip())
    cell = SPACES.sub(" ", UNFIT.sub("", wrapped[1] if wrapped else cell)).strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in {"=", "+", "-", "@"} else cell


def grids(text: str) -> list[Grid]:
    """The tables of a file, the likeliest first; one that has a heading for a person comes before all others.

    Refuses: ``no_table`` (nothing that looks like lines and columns), ``too_many`` rows.
    """
    tables = [grid for grid in _split(lines_of(text)) if grid.rows]
    if not tables:
        raise Refused("There are headings in this file, or single words, and no lines of people.", code="no_table")
    if sum(len(grid.rows) for grid in tables) > MOST_ROWS:
        raise _too_many()
    return sorted(tables, key=_worth, reverse=True)


def lines_of(text: str) -> list[tuple[int, list[str]]]:
    """All lines of a file by the likeliest separator, each with its number. Refuses: ``no_table``, ``too_many``."""
    separator = max(_separators(text), key=lambda sign: _weight(_read(text, sign, most=FIRST)))
    rows = _read(text, separator, most=MOST_ROWS + OTHER_LINES + 1)
    if len(rows) > MOST_ROWS + OTHER_LINES:
        raise _too_many()
    return rows


def _too_many() -> Refused:
    words = f"This file has more than {MOST_ROWS:,} lines. Is it the report of one meeting? Split it, if it is."
    return Refused(words, code="too_many")


def _worth(grid: Grid) -> tuple[int, int]:
    """The more columns are known by name, the better; of two alike the longer one."""
    places = guess(grid.headings)
    has_who = bool(WHO & places.keys())
    return (len(places) + has_who * 10 + (10 if {"joined", "left"} <= places.keys() else 0), len(grid.rows))


def _separators(text: str) -> list[str]:
    told = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    return [told[1]] if told else [",", ";", "\t", "|"]


def _weight(rows: list[tuple[int, list[str]]]) -> tuple[int, int]:
    """How well a separator fits: by the headings that it gives, then by how many cells."""
    known = max((len(guess(row)) for _, row in rows), default=0)
    return known, sum(len([cell for cell in row if cell]) > 1 for _, row in rows)


def _read(text: str, separator: str, *, most: int) -> list[tuple[int, list[str]]]:
    """Its first lines with their numbers."""
    reader = csv.reader(
        io.StringIO(re.sub(r"\Asep=.\r?\n", "", text, flags=re.IGNORECASE), newline=""), delimiter=separator
    )
    rows: list[tuple[int, list[str]]] = []
    while len(rows) < most:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise Refused(
                f"Line {reader.line_num} of this file cannot be read as a table: {_plain(error)}.", code="no_table"
            ) from error
        rows.append((reader.line_num, [tidy(cell) for cell in row[:MOST_COLUMNS]]))
    return rows


def _plain(error: csv.Error) -> str:
    return "one of its cells is longer than any name" if "field larger" in str(error) else "it is broken"


def _split(rows: list[tuple[int, list[str]]]) -> list[Grid]:
    """Cut at empty lines, at single words (titles of a part) and at headings."""
    tables: list[Grid] = []
    part: list[tuple[int, list[str]]] = []
    for number, row in rows:
        filled = sum(bool(cell) for cell in row)
        if filled > 1 and _is_heading(row) and part:
            tables.append(_grid(part))
            part = []
        if filled > 1 or (filled and part and _belongs(row, part[0][1])):
            part.append((number, row))
        elif part:
            tables.append(_grid(part))
            part = []
    if part:
        tables.append(_grid(part))
    return tables


def _is_heading(row: Sequence[str]) -> bool:
    if any("@" in cell or ":" in cell for cell in row):
        return False
    return len(guess(row)) > 1


def _belongs(row: Sequence[str], headings: Sequence[str]) -> bool:
    """A person of whom one thing is known, and not the title of the next part: such a line is as wide as the others."""
    return len(row) >= len(headings) > 1


def _grid(part: list[tuple[int, list[str]]]) -> Grid:
    names: list[str] = []
    width = max(len(row) for _, row in part)
    first = part[0][1] + [""] * (width - len(part[0][1]))
    for place, cell in enumerate(first, start=1):
        name = cell or f"Column {place}"
        names.append(f"{name} ({place})" if name in names else name)
    return Grid(headings=names, rows=part[1:])


def guess(headings: Sequence[str]) -> dict[str, int]:
    """Which column is what, by the headings alone; each is one thing, and the first that fits is taken."""
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        words = re.sub(r"\s*\([^)]*\)", "", heading).strip().lower()
        for what, pattern in HEADINGS.items():
            if what not in found and pattern.search(words):
                found[what] = place
                break
    return found
