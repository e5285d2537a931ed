"""Who gets a notice, who does not, and why: one answer for the preview and for the sending."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower

from members.models import Member, MembershipPeriod
from notices.enums import DeliveryState, Frequency, Subject, SuppressionReason
from notices.kinds import condition
from notices.models import Call, Delivery, Notice, Subscriber, Subscription, Suppression
from notices.querysets import EMPTIED

DEFAULT = Frequency.AT_ONCE  # of a member who has never opened the preferences page
OFF = "off"
TOLD_OTHERWISE = "has no e-mail address; is told by phone or letter"
CORRECTED = "The notice was corrected before it was sent."


@dataclass(frozen=True)
class Addressee:
    """One person the notice was meant for. ``skipped``: why nothing goes to them, or empty."""

    name: str
    address: str
    member_id: int | None
    subscriber_id: int | None
    level: str
    skipped: str


@dataclass(frozen=True)
class _Person:
    """What is known of one person when it is decided whether the notice goes to them."""

    name: str
    address: str | None
    member_id: int | None
    subscriber_id: int | None
    frequency: str
    level: str | None = None
    is_active: bool = True
    verified: bool = True
    since: datetime | None = None  # up to when a digest has told them what was new


def addressees(notice: Notice, on: date) -> Iterator[Addressee]:
    """Everybody the notice is meant for on this date, each address once, in a steady order. A few queries."""
    seen: set[str] = set()
    suppressed = dict(Suppression.objects.standing().values_list(Lower("email"), "reason"))
    for person in _people(notice, on):
        low = (person.address or "").lower()
        skipped = _why_not(notice, person, repeated=low in seen, suppressed=suppressed.get(low))
        if low and not skipped:
            seen.add(low)
        yield Addressee(person.name, low, person.member_id, person.subscriber_id, person.level or "", skipped)


def _people(notice: Notice, on: date) -> Iterator[_Person]:
    if notice.corrects_id:
        yield from _those_who_got(notice, on)
        return
    if notice.levels:
        fields = ("name", "email", "pk", "subscriber__pk", "frequency", "level_then", "is_active", "verified", "since")
        for row in _members(notice, on).values_list(*fields).iterator(2000):
            yield _Person(*row)
    if notice.to_subscribers and not notice.audience:  # a narrower choice is about members
        of_each = ("member__name", "email", "member__email", "since", "member_id", "pk", "frequency")
        for name, own, members_own, since, member_id, pk, frequency in (
            _subscribers(notice).values_list(*of_each).iterator(2000)
        ):
            yield _Person(name or "", own or members_own, member_id, pk, frequency, since=since)


def _members(notice: Notice, on: date) -> QuerySet[Any]:
    """Members at the levels chosen; where it is narrower, all who meet that, so that the list says who is left out."""
    held = MembershipPeriod.objects.on(on).filter(member=OuterRef("pk"))
    unverified = EmailAddress.objects.filter(user=OuterRef("pk"), email__iexact=OuterRef("email"), verified=False)
    meant = (
        condition(notice, on) if notice.audience else Q(Exists(held.filter(level__in=notice.levels)), is_active=True)
    )
    unchosen = DEFAULT.value if notice.subject in Subject.values else OFF
    members: QuerySet[Any] = Member.objects.filter(meant).annotate(
        chosen=Subquery(_choices(notice, subscriber__member=OuterRef("pk"))),
        since=Subquery(_choices(notice, "since", subscriber__member=OuterRef("pk"))),
        # A member without a row has never chosen: every fixed subject is on, as the row will say once it is made.
        unchosen=Case(When(subscriber__isnull=True, then=Value(unchosen)), default=Value(OFF)),
        level_then=Subquery(held.order_by("-starts_on").values("level")[:1]),
        verified=~Exists(unverified),
    )
    return members.annotate(frequency=Coalesce("chosen", "unchosen")).order_by("pk")


def _subscribers(notice: Notice) -> QuerySet[Any]:
    """Confirmed addresses without an account, and facilitators (who hold no level)."""
    people: QuerySet[Any] = (
        Subscriber.objects.reachable()
        .filter(Q(member__isnull=True) | Q(member__is_facilitator=True), subscriptions__subject=notice.subject)
        .annotate(
            frequency=Subquery(_choices(notice, subscriber=OuterRef("pk"))),
            since=Subquery(_choices(notice, "since", subscriber=OuterRef("pk"))),
        )
        .order_by("pk")
    )
    return people


def _choices(notice: Notice, field: str = "frequency", **whose: Any) -> QuerySet[Any]:
    return Subscription.objects.filter(subject=notice.subject, **whose).values(field)[:1]


def _those_who_got(notice: Notice, on: date) -> Iterator[_Person]:
    """Everybody to whom the first version was sent, or was to be, but for those who wanted it no more."""
    dropped = Q(state__in=[DeliveryState.SUPPRESSED, DeliveryState.CANCELLED]) & ~Q(reason=CORRECTED)
    chosen = Coalesce(Subquery(_choices(notice, subscriber=OuterRef("subscriber"))), Value(OFF))
    sent = (
        Delivery.objects.filter(notice=notice.corrects_id)
        .exclude(dropped)
        .exclude(address__endswith=EMPTIED)
        .annotate(frequency=chosen, now_at=Coalesce("member__email", "subscriber__email", "address"), level=_level(on))
        .order_by("pk")
    )
    fields = ("member__name", "now_at", "member_id", "subscriber_id", "frequency", "level", "member__is_active")
    for name, address, member_id, subscriber_id, frequency, level, is_active in sent.values_list(*fields).iterator(
        2000
    ):
        yield _Person(name or "", address, member_id, subscriber_id, frequency, level, is_active is not False)
    told = Call.objects.of_notice(notice.corrects_id)
    for name, pk, is_active in told.values_list("member__name", "member_id", "member__is_active"):
        yield _Person(name, None, pk, None, DEFAULT, is_active=is_active)


def _level(on: date) -> Subquery:
    """At which level the member of a row takes part on that day, if at any."""
    held = MembershipPeriod.objects.on(on).filter(member=OuterRef("member"))
    return Subquery(held.order_by("-starts_on").values("level")[:1])


def _why_not(notice: Notice, person: _Person, *, repeated: bool, suppressed: str | None) -> str:
    """The first reason that holds, in the order in which staff could do something about it."""
    # What is for a few, and what mends a message that came at once, waits for no digest: it could come too late.
    # Nor do they who chose a digest in the moment since this notice's release: it tells what is newer than their choice.
    # (Once it has started, that they were told later than its release is the digest's work.)
    is_starting = "start" not in notice.counted
    missed = bool(is_starting and notice.released_at and person.since and notice.released_at <= person.since)
    at_once = bool(notice.audience or notice.corrects_id or missed)
    other_level = bool(notice.audience) and not notice.corrects_id and person.level not in notice.levels
    reasons = (
        (not person.is_active, "has left"),
        (other_level and not person.level, "takes part at no level"),
        (other_level, "takes part at a level that is not chosen"),
        (person.frequency == OFF and not person.address, "has switched this subject off"),
        (not person.address, TOLD_OTHERWISE),
        (not person.verified, "has not confirmed the address yet"),
        (repeated, "is on the list already"),
        (person.frequency == OFF, "has switched this subject off"),
        (
            suppressed is not None,
            f"stopped address: {SuppressionReason(suppressed).label.lower()}" if suppressed else "",
        ),
        (person.frequency == Frequency.DAILY and not at_once, "gets it in the daily digest"),
        (person.frequency == Frequency.WEEKLY and not at_once, "gets it in the weekly digest"),
    )
    return next((reason for holds, reason in reasons if holds), "")
