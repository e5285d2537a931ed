"""What entitlement rests on, read for many people and meetings in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from meetings.models import Attendance, Meeting
from members.models import MembershipPeriod
from privacy.enums import NoticeKey
from privacy.models import Consent
from stipends.models import Claim, Enrollment, StipendPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

FISCAL_YEAR_STARTS_IN = 7
Dated = TypeVar("Dated", MembershipPeriod, StipendPolicy)


@dataclass(frozen=True)
class Facts:
    """Rows by person (and meeting); of the consent, its id. A person without rows is simply not a key."""

    periods: dict[int, list[MembershipPeriod]]
    enrollments: dict[int, list[Enrollment]]
    attendances: dict[tuple[int, int], Attendance]
    policies: list[StipendPolicy]
    claims: dict[int, list[Claim]]
    facilitated: frozenset[tuple[int, int]]
    consented: dict[int, int]


def gather(pairs: Iterable[tuple[int, Meeting]]) -> Facts:
    """The facts about these (member id, meeting) pairs: seven queries, however many pairs."""
    wanted = list(pairs)
    members = {member for member, _ in wanted}
    meetings = {meeting.pk for _, meeting in wanted}
    attendances = Attendance.objects.filter(member__in=members, meeting__in=meetings)
    facilitators = Meeting.facilitators.through.objects.filter(meeting__in=meetings, member__in=members)
    consents = Consent.objects.current(NoticeKey.STIPEND).filter(member__in=members)
    return Facts(
        periods=_by_member(MembershipPeriod.objects.filter(member__in=members)),
        enrollments=_by_member(Enrollment.objects.filter(member__in=members)),
        attendances={(row.member_id, row.meeting_id): row for row in attendances if row.member_id},
        policies=list(StipendPolicy.objects.all()),
        claims=_by_member(Claim.objects.standing().filter(member__in=members)),
        facilitated=frozenset(facilitators.values_list("member_id", "meeting_id")),
        consented=dict(consents.values_list("member_id", "pk")),
    )


def gather_for(claims: Iterable[Claim]) -> Facts:
    """The facts behind these claims (their ``meeting`` loaded)."""
    return gather((claim.member_id, claim.meeting) for claim in claims)


def fiscal_year(day: date) -> int:
    """The state's fiscal year, July to June, by the year in which it ends."""
    return day.year + (day.month >= FISCAL_YEAR_STARTS_IN)


def most(policy: StipendPolicy, others: Iterable[Claim], meeting_on: date) -> Decimal:
    """The most dollars one person can claim for a meeting of that day, besides their ``others`` (standing claims)."""
    if policy.yearly_cap is None:
        return policy.cap
    year = fiscal_year(meeting_on)
    claimed = sum((claim.amount for claim in others if fiscal_year(claim.meeting_on) == year), Decimal("0.00"))
    return max(min(policy.cap, policy.yearly_cap - claimed), Decimal("0.00"))


def newest_holding(rows: Iterable[Dated], day: date) -> Dated | None:
    """The row whose half-open span [starts_on, ends_on) holds the day; the newest where spans overlap.

    The querysets' ``on`` and ``in_force`` say the same to the database; this serves many days from one reading.
    """
    holding = [row for row in rows if row.starts_on <= day and (row.ends_on is None or row.ends_on > day)]
    return max(holding, key=lambda row: row.starts_on, default=None)


def _by_member(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.member_id].append(row)
    return dict(found)
