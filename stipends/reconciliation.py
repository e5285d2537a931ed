"""What went to the payer against what became of it. Every difference must be zero; what is not is named."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.db.models.functions import ExtractYear
from django.utils import timezone

from stipends.enums import ClaimState
from stipends.models import Claim, ClaimEvent, PaymentBatch
from stipends.payments import exported

ZERO = Decimal("0.00")


@dataclass
class Account:
    """One batch, or all that were closed in one calendar year: dollars sent, and where they are."""

    name: str
    year: int
    batch: int | None = None
    sent: Decimal = ZERO
    paid: Decimal = ZERO
    reversed: Decimal = ZERO
    taken_out: Decimal = ZERO
    waiting: Decimal = ZERO
    odd: list[str] = field(default_factory=list)

    @property
    def difference(self) -> Decimal:
        return self.sent - self.paid - self.reversed - self.taken_out - self.waiting

    def add(self, other: Account) -> None:
        for name in ("sent", "paid", "reversed", "taken_out", "waiting"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.odd += other.odd


@dataclass(frozen=True)
class PaymentYear:
    """Payments of one calendar year, by the claims as they stand and by their records."""

    year: int
    claims: Decimal
    records: Decimal

    @property
    def difference(self) -> Decimal:
        return self.claims - self.records


def reconcile_batches() -> list[tuple[Account, list[Account]]]:
    """By the calendar year of closing, the newest first: the year's account, and its batches'. Three queries."""
    rows: Any = Claim.objects.exclude(batch=None).values("pk", "batch", "state", "amount")
    claims: dict[int, dict[str, Any]] = {row["pk"]: row for row in rows}
    taken_out: dict[int, dict[str, Any]] = {row["pk"]: row for row in _taken_out()}
    inside: dict[int, set[int]] = defaultdict(set)
    for number, row in claims.items():
        inside[row["batch"]].add(number)
    years: dict[int, list[Account]] = defaultdict(list)
    for batch in PaymentBatch.objects.exclude(checksum="").defer("sheet").order_by("-closed_at", "-pk"):
        closed = timezone.localtime(batch.closed_at)
        account = Account(str(batch), closed.year, batch.pk)
        sent = exported(batch.export)
        for number, amount in sent.items():
            _enter(account, number, amount, claims.get(number) or taken_out.get(number) or {})
        for number in sorted(inside[batch.pk] - set(sent)):
            account.odd.append(f"C-{number:06d} is in the batch and was not sent.")
        years[account.year].append(account)
    return [(_sum(year, accounts), accounts) for year, accounts in years.items()]


def _taken_out() -> Any:
    """Claims that are in no batch now and were in one: sent back by the payer."""
    were = ClaimEvent.objects.filter(to_state=ClaimState.BATCHED).values("claim")
    return Claim.objects.filter(batch=None, pk__in=were).values("pk", "batch", "state", "amount")


def _enter(account: Account, number: int, amount: Decimal, row: dict[str, Any]) -> None:
    account.sent += amount
    name = f"C-{number:06d}"
    if not row:
        account.odd.append(f"{name} was sent for ${amount}, and there is no such claim.")
        return
    if row["amount"] != amount:
        account.odd.append(f"{name} was sent for ${amount} and is now ${row['amount']}.")
    if row["batch"] != account.batch:
        account.taken_out += row["amount"]
    elif row["state"] == ClaimState.PAID:
        account.paid += row["amount"]
    elif row["state"] == ClaimState.REVERSED:
        account.reversed += row["amount"]
    elif row["state"] == ClaimState.BATCHED:
        account.waiting += row["amount"]
    else:
        account.odd.append(f"{name} is in the batch as “{ClaimState(row['state']).label.lower()}”.")


def _sum(year: int, accounts: list[Account]) -> Account:
    whole = Account(f"All of {year}", year)
    for account in accounts:
        whole.add(account)
    return whole


def reconcile_years() -> list[PaymentYear]:
    """Payments by calendar year, the newest first: what the claims say against what their records say. Two queries."""
    rows = Claim.objects.filter(state=ClaimState.PAID).order_by().values(year=ExtractYear("paid_on"))
    claims = {row["year"]: row["total"] for row in rows.annotate(total=Sum("amount"))}
    records: dict[int, Decimal] = defaultdict(lambda: ZERO)
    steps = ClaimEvent.objects.filter(to_state__in=[ClaimState.PAID, ClaimState.REVERSED]).order_by()
    steps = steps.exclude(from_state=ClaimState.PAID, to_state=ClaimState.PAID)  # looked at again, and stands
    for to_state, evidence in steps.values_list("to_state", "evidence").iterator(1000):
        sign = 1 if to_state == ClaimState.PAID else -1
        records[int(evidence["paid_on"][:4])] += sign * Decimal(evidence["amount"])
    years = sorted({*claims, *records}, reverse=True)
    return [PaymentYear(year, claims.get(year, ZERO), records[year]) for year in years]
