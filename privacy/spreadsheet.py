"""CSV that a spreadsheet opens as text: no cell of ours is ever run as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

# Excel, LibreOffice and Google Sheets take a cell for a formula by its first character; the full-width forms count
# too, and a tab or a line break before the sign does not help. OWASP: "CSV Injection".
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"


def inert(cell: object) -> str:
    """The cell as text, with an apostrophe before anything that a spreadsheet would run.

    A number stays as it is, even below zero. The apostrophe can be taken off again: nothing is lost.
    """
    if cell is None:
        return ""
    text = str(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return text
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA_STARTS) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A whole CSV file: every cell inert and quoted, lines ended by CRLF, the mark that tells Excel it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([inert(cell) for cell in header])
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + out.getvalue()
