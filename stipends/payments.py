"""What goes to the payer: a file that is the same every time. What comes back is read in results.py."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

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
    amount: Decimal | None = None  # where the payer says it


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
