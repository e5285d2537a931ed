"""What the payer says was paid: read line by line, and held against the batch before anything is written."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from stipends.enums import ClaimState
from stipends.models import Claim, PaymentBatch
from stipends.payments import REFERENCE, Payment
from stipends.rules import refusal_of_payment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from members.models import Member

PLACES = {"claim": 0, "paid_on": 1, "reference": 2, "amount": 3}
# What a first line may call its columns: the names in our own export, and those that payers use.
NAMES = {
    "reference": "claim", "claim": "claim", "claim reference": "claim",
    "date": "paid_on", "paid on": "paid_on", "day of payment": "paid_on", "payment date": "paid_on",
    "payment reference": "reference", "payment": "reference", "warrant": "reference", "eft": "reference",
    "amount": "amount",
}  # fmt: skip
SUM = re.compile(r"^\$?\s?(\d{1,6}(?:\.\d{1,2})?)$")


class Line(NamedTuple):
    """One line of the result: what it says, or why it cannot be read."""

    number: int
    payment: Payment | None
    fault: str = ""


@dataclass
class Review:
    """The result held against the batch: what would be written, and everything that does not fit."""

    pays: list[tuple[Claim, Payment]] = field(default_factory=list)
    said_before: list[Claim] = field(default_factory=list)
    wrong: list[tuple[Line, str]] = field(default_factory=list)
    missing: list[Claim] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((claim.amount for claim, _ in self.pays), Decimal("0.00"))

    @property
    def text(self) -> str:
        """What would be written, as lines that read_result reads again."""
        return "\n".join(f"{c.reference}\t{p.paid_on}\t{p.reference}\t{p.amount or ''}" for c, p in self.pays)


def read_result(text: str) -> list[Line]:
    """Lines of claim reference, date, payment reference and, if the payer says it, the amount.

    Separated by commas, semicolons or tabs; a first line may name the columns, in any order and with others between.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    first = next((line for line in lines if line.strip()), "")
    separator = next((sign for sign in "\t;" if sign in first), ",")
    try:
        table = list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
    except csv.Error:
        return [Line(1, None, "The file is not a table of lines.")]
    numbered = enumerate(([cell.strip().lstrip("'") for cell in row] for row in table), start=1)
    rows = [(number, row) for number, row in numbered if any(row)]
    places = _places(rows[0][1]) if rows else None
    return [_read(number, row, places or PLACES) for number, row in rows[1 if places else 0 :]]


def review(batch: PaymentBatch, lines: Iterable[Line], *, by: Member, now: datetime) -> Review:
    """Each line against its claim. Nothing is written; mark_paid asks all of it again under the locks."""
    claims = {claim.pk: claim for claim in Claim.objects.filter(batch=batch).select_related("member").order_by("pk")}
    found, named = Review(), set()
    for line in lines:
        claim = claims.get(line.payment.claim_id) if line.payment else None
        if line.payment is None:
            found.wrong.append((line, line.fault))
        elif claim is None:
            found.wrong.append((line, f"C-{line.payment.claim_id:06d} is not in this batch."))
        elif claim.pk in named:
            found.wrong.append((line, f"{claim.reference} is named twice."))
        elif _is_known(claim, line.payment):
            found.said_before.append(claim)
        elif refusal := refusal_of_payment(claim, batch, *line.payment[1:], by=by, now=now):
            found.wrong.append((line, str(refusal)))
        else:
            found.pays.append((claim, line.payment))
        named.add(claim.pk if claim else None)
    found.missing = [c for c in claims.values() if c.state == ClaimState.BATCHED and c.pk not in named]
    return found


def _is_known(claim: Claim, payment: Payment) -> bool:
    """A payer sends the same line again with the next ones: that is no mismatch."""
    said = (claim.paid_on, claim.payment_reference)
    same_amount = payment.amount in (None, claim.amount)
    return claim.state == ClaimState.PAID and said == (payment.paid_on, payment.reference) and same_amount


def _places(row: list[str]) -> dict[str, int] | None:
    """Where the columns are, if this row names them."""
    named = {NAMES[cell.lower()]: place for place, cell in enumerate(row) if cell.lower() in NAMES}
    if "payment reference" in (cell.lower() for cell in row) and "reference" in named:
        named["reference"] = [cell.lower() for cell in row].index("payment reference")
    return named if {"claim", "paid_on", "reference"} <= set(named) else None


def _read(number: int, row: list[str], places: dict[str, int]) -> Line:
    cell = {name: row[place] if place < len(row) else "" for name, place in places.items()}
    claim, paid_on = REFERENCE.match(cell["claim"]), _day(cell["paid_on"])
    amount = SUM.match(cell.get("amount", ""))
    if claim is None:
        return Line(number, None, f"“{cell['claim'][:40]}” is not the reference of a claim, such as C-000012.")
    if paid_on is None:
        return Line(number, None, f"“{cell['paid_on'][:40]}” is not a date, such as 2027-01-31 or 01/31/2027.")
    if cell.get("amount") and amount is None:
        return Line(number, None, f"“{cell['amount'][:40]}” is not an amount in dollars and cents, such as 55.00.")
    dollars = Decimal(amount[1]) if amount else None
    return Line(number, Payment(int(claim[1]), paid_on, cell["reference"], dollars))


def _day(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  # a day, as the payer wrote it
        except ValueError:
            continue
    return None
