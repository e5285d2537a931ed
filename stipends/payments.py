"""What goes to the payer, and what comes back: a file that is the same every time, and lines that say what was paid."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from cop_portal.errors import Refused
from privacy.spreadsheet import csv_text, xlsx_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stipends.models import Claim

COLUMNS = ["Reference", "Name", "Supplier number", "Amount", "Meeting date", "Funding"]
REFERENCE = re.compile(r"^(?:C-?)?0*(\d{1,15})$", re.IGNORECASE)


class Payment(NamedTuple):
    """What the payer says about one claim."""

    claim_id: int
    paid_on: date
    reference: str


def export_text(claims: Iterable[Claim]) -> str:
    """The batch as CSV: only what the payer needs, every cell harmless in a spreadsheet (supplier numbers loaded)."""
    return csv_text(COLUMNS, ([str(cell) for cell in row] for row in _rows(claims)))


def export_sheet(claims: Iterable[Claim]) -> bytes:
    """The same as an Excel workbook: amounts are numbers, everything else is text."""
    return xlsx_bytes("Payments", COLUMNS, _rows(claims))


def _rows(claims: Iterable[Claim]) -> Iterator[tuple[str | Decimal, ...]]:
    for claim in claims:
        yield (
            claim.reference,
            claim.member.name,
            claim.supplier_number,  # type: ignore[attr-defined]  # annotated by with_supplier_number()
            claim.amount,
            claim.meeting_on.isoformat(),
            claim.policy.funding,
        )


def exported(text: str) -> dict[int, Decimal]:
    """What a closed batch's CSV says was sent: dollars by claim id. A line that cannot be read is under a number below 0."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))[1:]
    sent = {}
    for number, row in enumerate(rows, start=1):
        claim = REFERENCE.match(row[0]) if row else None
        try:
            sent[int(claim[1]) if claim else -number] = Decimal(row[COLUMNS.index("Amount")])
        except (ArithmeticError, IndexError):
            sent[-number] = Decimal(0)
    return sent


def checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_lines(text: str) -> list[Payment]:
    """Lines of "claim reference, date, payment reference" as payments.

    Refuses: ``payment_lines``, naming each line that cannot be read.
    """
    payments, faults = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in re.split(r"[,;\t]", line, maxsplit=2)]
        payment = _read(cells)
        if payment:
            payments.append(payment)
        else:
            faults.append(f"line {number}")
    if faults or not payments:
        raise Refused(
            f"Cannot read {', '.join(faults) or 'any line'}. Each line is: claim reference, date as 2027-01-31, "
            "payment reference.",
            code="payment_lines",
        )
    return payments


def _read(cells: list[str]) -> Payment | None:
    if len(cells) != 3 or not 0 < len(cells[2]) <= 40:
        return None
    claim = REFERENCE.match(cells[0])
    try:
        paid_on = date.fromisoformat(cells[1])
    except ValueError:
        return None
    return Payment(int(claim[1]), paid_on, cells[2]) if claim else None
