"""Sums of money: by the state's fiscal year of the meeting, and by the calendar year of the payment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, F, Max, QuerySet, Sum, Value, When
from django.db.models.functions import ExtractYear

from stipends.enums import CLAIM_WAITING, ClaimState
from stipends.models import Claim, TaxThreshold

if TYPE_CHECKING:
    from members.models import Member

FISCAL_YEAR_STARTS_IN = 7
APPROACHING = Decimal("0.80")
ZERO = Decimal("0.00")


@dataclass
class FiscalYear:
    """July to June, named by the year in which it ends."""

    year: int
    paid: Decimal = ZERO
    committed: Decimal = ZERO
    paid_claims: int = 0
    waiting_claims: int = 0

    @property
    def together(self) -> Decimal:
        return self.paid + self.committed

    def __str__(self) -> str:
        return f"July {self.year - 1} to June {self.year}"


@dataclass
class PaymentYear:
    """What one person was paid in one calendar year."""

    year: int
    total: Decimal
    claims: list[Claim]


def spending() -> list[FiscalYear]:
    """Paid, and promised but not paid, by fiscal year of the meeting; the newest first. One query."""
    ends_in = Case(
        When(meeting_on__month__gte=FISCAL_YEAR_STARTS_IN, then=ExtractYear("meeting_on") + Value(1)),
        default=ExtractYear("meeting_on"),
    )
    rows = (
        Claim.objects.filter(state__in=[ClaimState.PAID, *CLAIM_WAITING])
        .order_by()
        .values(fiscal=ends_in, state_then=F("state"))
        .annotate(total=Sum("amount"), number=Count("pk"))
    )
    years: dict[int, FiscalYear] = {}
    for row in rows:
        year = years.setdefault(row["fiscal"], FiscalYear(row["fiscal"]))
        if row["state_then"] == ClaimState.PAID:
            year.paid += row["total"]
            year.paid_claims += row["number"]
        else:
            year.committed += row["total"]
            year.waiting_claims += row["number"]
    return sorted(years.values(), key=lambda year: -year.year)


def threshold_for(year: int) -> Decimal | None:
    """From which total the payer reports payments of this calendar year; None where no row says."""
    row = TaxThreshold.objects.filter(year__lte=year).order_by("-year").first()
    return row.amount if row else None


def paid_by_person(year: int) -> QuerySet[Any, Any]:
    """Each person's total of this calendar year of payment, the highest first."""
    return (
        Claim.objects.filter(state=ClaimState.PAID, paid_on__year=year)
        .order_by()
        .values("member", name=F("member__name"))
        .annotate(total=Sum("amount"), number=Count("pk"), last=Max("paid_on"))
        .order_by("-total", "name", "member")
    )


def paid_years() -> list[int]:
    """The calendar years in which anything was paid, the newest first."""
    paid = Claim.objects.filter(state=ClaimState.PAID).order_by()
    return sorted(paid.values_list(ExtractYear("paid_on"), flat=True).distinct(), reverse=True)


def threshold_tag(total: Decimal, threshold: Decimal | None) -> str:
    """``reached``, ``approaching`` (from 80 percent) or empty. The payer may know of other payments; we do not."""
    if threshold is None or total < threshold * APPROACHING:
        return ""
    return "reached" if total >= threshold else "approaching"


def payment_history(member: Member) -> list[PaymentYear]:
    """What the person was paid, by calendar year of payment, the newest first. Reversed payments are not in it."""
    claims = Claim.objects.filter(member=member, state=ClaimState.PAID).select_related("meeting")
    years: dict[int, PaymentYear] = {}
    for claim in claims.order_by("-paid_on", "-pk"):
        paid_in = claim.paid_on.year  # type: ignore[union-attr]  # paid says when, by constraint
        year = years.setdefault(paid_in, PaymentYear(paid_in, ZERO, []))
        year.total += claim.amount
        year.claims.append(claim)
    return list(years.values())
