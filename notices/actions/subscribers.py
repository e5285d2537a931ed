"""Who wants to hear about what."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from members.models import Member
from notices.actions.waiting import owe_what_waited
from notices.enums import DeliveryState, Frequency, Subject, SuppressionReason
from notices.models import Delivery, Subscriber, Subscription, Suppression, Topic
from notices.tokens import new_token

AT_A_TIME = 1000
OFF = ""


def year_from(now: datetime) -> date | None:
    """The last day of a subscription that begins now, or None where the setting lets it last for ever."""
    days = settings.SUBSCRIPTION_DAYS
    return timezone.localdate(now) + timedelta(days=days) if days else None


@transaction.atomic
def subscriber_for(member: Member, now: datetime) -> Subscriber:
    """The member's own subscriber row; made on first use, with every fixed subject switched on."""
    found: Subscriber | None = Subscriber.objects.select_related("member").filter(member=member).first()
    if found:
        return found
    _insert([member.pk], now)
    made: Subscriber = Subscriber.objects.select_related("member").get(member=member)
    return made


@transaction.atomic
def make_subscribers(now: datetime) -> int:
    """Give every active member who has none a subscriber row, a thousand at a time. Returns how many were made."""
    waiting = list(Member.objects.active().filter(subscriber__isnull=True).values_list("pk", flat=True))
    for start in range(0, len(waiting), AT_A_TIME):
        _insert(waiting[start : start + AT_A_TIME], now)
    return len(waiting)


def _insert(members: list[int], now: datetime) -> None:
    """Rows for these members with every fixed subject on; somebody quicker made the row, and chose, before us: theirs stays."""
    tokens = {new_token(): member for member in members}
    Subscriber.objects.bulk_create(
        [Subscriber(member_id=pk, token=token, created_at=now, confirmed_at=now) for token, pk in tokens.items()],
        ignore_conflicts=True,
    )
    _lift_older_wishes(members, now)
    ours = Subscriber.objects.filter(token__in=tokens).values_list("pk", flat=True)
    Subscription.objects.bulk_create(
        [Subscription(subscriber_id=pk, subject=subject, since=now) for pk in ours for subject in Subject]
    )


def _lift_older_wishes(members: list[int], now: datetime) -> None:
    """Whoever wanted no mail and joined after that has said otherwise since: joining is the newer wish."""
    joined = Member.objects.filter(pk__in=members, email__iexact=OuterRef("email"), joined_at__gt=OuterRef("since"))
    asked = Suppression.objects.standing().filter(Exists(joined), reason=SuppressionReason.ASKED)
    asked.update(lifted_at=now)


@transaction.atomic
def save_preferences(subscriber: Subscriber, *, choices: Mapping[str, str], now: datetime) -> list[str]:
    """Keep what the person wants: subject -> frequency, or empty for not at all. Out: one sentence for each change.

    What is switched off is not sent any more, even where it is owed already. What waited for a digest that will not come
    is owed now. Nothing is refused.
    """
    changes = []
    before = {row.subject: row for row in subscriber.subscriptions.select_for_update()}
    for subject, label in Topic.objects.labels().items():
        old, wanted = before.get(subject), choices.get(subject, OFF)
        if wanted == OFF and old:
            unsubscribe(subscriber, subject=subject, now=now)
            changes.append(f"{label}: you get nothing any more.")
        elif wanted and old is None:
            Subscription.objects.create(subscriber=subscriber, subject=subject, frequency=wanted, since=now)
            changes.append(f"{label}: {Frequency(wanted).label.lower()}.")
        elif old and wanted and wanted != old.frequency:
            if wanted == Frequency.AT_ONCE:
                owe_what_waited(subscriber, old, now)
            # ``since`` is up to when the person knows what was new: a new rhythm neither repeats nor leaves out.
            old.since = now if old.frequency == Frequency.AT_ONCE else old.since
            old.frequency = wanted
            old.save(update_fields=["frequency", "since"])
            changes.append(f"{label}: {Frequency(wanted).label.lower()}.")
    return changes


@transaction.atomic
def keep_topic(key: str, *, label: str, about: str = "") -> Topic:
    """A subject that another app keeps is called this from now on; made the first time. Nobody is subscribed by it."""
    topic, _ = Topic.objects.update_or_create(key=key, defaults={"label": label[:120], "about": about[:200]})
    return topic


@transaction.atomic
def follow(member: Member, *, subject: str, now: datetime) -> None:
    """Switch one subject on for a member, at once; where it is on already, how often stays as it was chosen."""
    row = Subscription(subscriber=subscriber_for(member, now), subject=subject, since=now)
    Subscription.objects.bulk_create([row], ignore_conflicts=True)


@transaction.atomic
def unsubscribe(subscriber: Subscriber, *, subject: str, now: datetime) -> bool:
    """Stop one subject for an address, at once: open messages about it are cancelled too. Out: was there anything?

    Twice is once. Whoever has two rows (a member who had subscribed before joining) is heard in both. Messages about
    the person's own doings are not touched (RFC 8058).
    """
    address = subscriber.address.lower()
    theirs = Q(pk=subscriber.pk)
    if address:
        theirs |= Q(email__gt="", low=address) | Q(member_low=address)
    rows = Subscriber.objects.alias(low=Lower("email"), member_low=Lower("member__email")).filter(theirs)
    pks = list(rows.values_list("pk", flat=True))
    gone, _ = Subscription.objects.filter(subscriber__in=pks, subject=subject).delete()
    Delivery.objects.filter(
        subscriber__in=pks, unsubscribe_from=subject, state__in=(DeliveryState.QUEUED, DeliveryState.CLAIMED)
    ).update(
        state=DeliveryState.CANCELLED, reason="The person unsubscribed.", claim="", lease_until=None, decided_at=now
    )
    return bool(gone)


@transaction.atomic
def confirm_subscription(
    email: str, *, subjects: Iterable[str], notice_id: int | None = None, now: datetime
) -> Subscriber:
    """The person behind the address has confirmed: these subjects are on. Twice is once; other choices stay.

    The address of a member stands for the member; anybody else's lasts a year from now. A standing wish for no mail is over: this is the newer wish.
    ``notice_id``: the notice they read before they gave the address; a member's own consent stands for theirs.
    """
    email, known = email.lower(), Topic.objects.labels()
    member = Member.objects.active().filter(email=email).first()
    if member:
        subscriber = subscriber_for(member, now)
    else:
        Subscriber.objects.bulk_create(
            [Subscriber(email=email, token=new_token(), created_at=now, confirmed_at=now)], ignore_conflicts=True
        )
        subscriber = Subscriber.objects.get(email=email)
        Subscriber.objects.filter(pk=subscriber.pk, confirmed_at__isnull=True).update(confirmed_at=now)
        _begin_year(subscriber, now)
        if notice_id is not None:
            Subscriber.objects.filter(pk=subscriber.pk).update(notice=notice_id)
    Subscription.objects.bulk_create(
        [Subscription(subscriber=subscriber, subject=subject, since=now) for subject in subjects if subject in known],
        ignore_conflicts=True,
    )
    Suppression.objects.standing().filter(email__iexact=email, reason=SuppressionReason.ASKED).update(lifted_at=now)
    return subscriber


def _begin_year(subscriber: Subscriber, now: datetime) -> None:
    if subscriber.ended_at is not None:
        subscriber.subscriptions.all().delete()  # what had ended does not come back with a new wish
    year = {"renew_by": year_from(now), "reminded_at": None, "ended_at": None}
    Subscriber.objects.filter(pk=subscriber.pk, member__isnull=True).update(**year)


def address_key(email: str) -> str:
    """An address as part of a key: the same for the same address, and not to be read back at a glance."""
    return hashlib.sha256(email.lower().encode()).hexdigest()[:20]
