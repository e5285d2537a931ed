"""Sums of money: by the state's fiscal year of the meeting, and by the calendar year of the payment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, F, Max, QuerySet, Sum, Value, When
from django.db.models.functions import ExtractYear

from stipends.enums import CLAIM_WAITING, ClaimState
from stipends.models import Budget, Claim, TaxThreshold
from stipends.rules import FISCAL_YEAR_STARTS_IN, fiscal_year

if TYPE_CHECKING:
    from collections.abc import Iterable

    from members.models import Member

ZERO = Decimal("0.00")


@dataclass
class FiscalYear:
    """July to June, named by the year in which it ends."""

    year: int
    budget: Decimal | None = None
    paid: Decimal = ZERO
    committed: Decimal = ZERO
    paid_claims: int = 0
    waiting_claims: int = 0

    @property
    def together(self) -> Decimal:
        return self.paid + self.committed

    @property
    def left(self) -> Decimal | None:
        """What the budget still holds; below zero where more is promised than there is. None without a budget."""
        return None if self.budget is None else self.budget - self.together

    def __str__(self) -> str:
        return f"July {self.year - 1} to June {self.year}"


@dataclass
class PaymentYear:
    """What one person was paid in one calendar year."""

    year: int
    total: Decimal
    claims: list[Claim]


def spending() -> list[FiscalYear]:
    """Budget, paid, and promised but not paid, by fiscal year of the meeting; the newest first. Two queries."""
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
    decided = Budget.objects.order_by("decided_on").values_list("year", "amount")
    years = {year: FiscalYear(year, budget=amount) for year, amount in decided}
    for row in rows:
        year = years.setdefault(row["fiscal"], FiscalYear(row["fiscal"]))
        if row["state_then"] == ClaimState.PAID:
            year.paid += row["total"]
            year.paid_claims += row["number"]
        else:
            year.committed += row["total"]
            year.waiting_claims += row["number"]
    return sorted(years.values(), key=lambda year: -year.year)


def over_budget(claims: Iterable[Claim]) -> list[FiscalYear]:
    """The fiscal years of these claims in which more is paid and promised than the budget holds.

    A warning, never a refusal: what was promised to a person by the rule is owed, and the budget is staff's to mend.
    """
    asked = {fiscal_year(claim.meeting_on) for claim in claims}
    return [year for year in spending() if year.year in asked and year.left is not None and year.left < 0]


def threshold_for(year: int) -> TaxThreshold | None:
    """From which total the payer reports payments of this calendar year; None where no row says."""
    return TaxThreshold.objects.filter(year__lte=year).order_by("-year").first()


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


def threshold_tag(total: Decimal, threshold: TaxThreshold | None) -> str:
    """``reached``, ``approaching`` (from the row's percentage) or empty. The payer may know of other payments."""
    if threshold is None or total * 100 < threshold.amount * threshold.warn_at:
        return ""
    return "reached" if total >= threshold.amount else "approaching"


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
