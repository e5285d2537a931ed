"""Who gets a notice, who does not, and why: one answer for the preview and for the sending."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower

from members.models import Member
from notices.enums import Frequency, Subject, SuppressionReason
from notices.models import Notice, Subscriber, Subscription, Suppression

DEFAULT = Frequency.AT_ONCE  # of a member who has never opened the preferences page
OFF = "off"


@dataclass(frozen=True)
class Addressee:
    """One person the notice was meant for. ``skipped``: why nothing goes to them, or empty."""

    name: str
    address: str
    member_id: int | None
    subscriber_id: int | None
    skipped: str


def addressees(notice: Notice, on: date) -> Iterator[Addressee]:
    """Everybody the notice is meant for on this date, each address once, in a steady order. Three queries."""
    seen: set[str] = set()
    suppressed = dict(Suppression.objects.standing().values_list(Lower("email"), "reason"))
    for name, address, member_id, subscriber_id, frequency, verified in _people(notice, on):
        low = (address or "").lower()
        skipped = _why_not(low, frequency, verified, low in seen, suppressed.get(low))
        if low and not skipped:
            seen.add(low)
        yield Addressee(name, low, member_id, subscriber_id, skipped)


def _people(notice: Notice, on: date) -> Iterator[tuple[str, str | None, int | None, int | None, str, bool]]:
    if notice.levels:
        members = _members(notice, on)
        yield from members.values_list("name", "email", "pk", "subscriber__pk", "frequency", "verified").iterator(2000)
    if notice.to_subscribers:
        for name, own, members_own, member_id, pk, frequency in (
            _subscribers(notice)
            .values_list("member__name", "email", "member__email", "member_id", "pk", "frequency")
            .iterator(2000)
        ):
            yield name or "", own or members_own, member_id, pk, frequency, True


def _members(notice: Notice, on: date) -> QuerySet[Any]:
    chosen = Subscription.objects.filter(subscriber__member=OuterRef("pk"), subject=notice.subject)
    unverified = EmailAddress.objects.filter(user=OuterRef("pk"), email__iexact=OuterRef("email"), verified=False)
    unchosen = DEFAULT.value if notice.subject in Subject.values else OFF
    members: QuerySet[Any] = (
        Member.objects.filter(is_active=True)
        .at_level(notice.levels, on)
        .annotate(
            chosen=Subquery(chosen.values("frequency")[:1]),
            # A member without a row has never chosen: every fixed subject is on, as the row will say once it is made.
            unchosen=Case(When(subscriber__isnull=True, then=Value(unchosen)), default=Value(OFF)),
            verified=~Exists(unverified),
        )
    )
    return members.annotate(frequency=Coalesce("chosen", "unchosen")).order_by("pk")


def _subscribers(notice: Notice) -> QuerySet[Any]:
    """Confirmed addresses without an account, and facilitators (who hold no level)."""
    chosen = Subscription.objects.filter(subscriber=OuterRef("pk"), subject=notice.subject).values("frequency")
    people: QuerySet[Any] = (
        Subscriber.objects.reachable()
        .filter(Q(member__isnull=True) | Q(member__is_facilitator=True), subscriptions__subject=notice.subject)
        .annotate(frequency=Subquery(chosen[:1]))
        .order_by("pk")
    )
    return people


def _why_not(address: str, frequency: str, verified: bool, seen: bool, suppressed: str | None) -> str:
    """The first reason that holds, in the order in which staff could do something about it."""
    reasons = (
        (not address, "has no e-mail address"),
        (not verified, "has not confirmed the address yet"),
        (seen, "is on the list already"),
        (frequency == OFF, "has switched this subject off"),
        (suppressed is not None, f"suppressed: {SuppressionReason(suppressed).label.lower()}" if suppressed else ""),
        (frequency == Frequency.DAILY, "gets it in the daily digest"),
        (frequency == Frequency.WEEKLY, "gets it in the weekly digest"),
    )
    return next((reason for holds, reason in reasons if holds), "")
