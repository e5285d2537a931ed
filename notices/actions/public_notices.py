"""Public notice of one fact to everybody who asked to hear of a subject: generated words, so nobody has to release them."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from members.enums import Level
from members.models import Member
from notices.actions.subscribers import make_subscribers
from notices.enums import DeliveryState
from notices.message import READER, Shared, links_for, share
from notices.models import Delivery, Subscriber, Suppression
from notices.querysets import SubscriberQuerySet
from notices.rules import suppression_stops
from notices.tokens import new_message_id
from notices.wake import wake_up

AT_A_TIME = 500


def wanting(subject: str, on: date) -> SubscriberQuerySet:
    """Everybody who wants this subject, at once or in a digest: a public notice cannot wait for the end of a week.

    Of people with an account those who hold a level or facilitate, as with every notice.
    """
    taking_part = Q(member__in=Member.objects.at_level(list(Level.values), on)) | Q(member__is_facilitator=True)
    rows: SubscriberQuerySet = Subscriber.objects.reachable().filter(Q(member__isnull=True) | taking_part)
    return rows.filter(subscriptions__subject=subject).select_related("member").order_by("pk")


@transaction.atomic
def owe_public_notice(
    subject: str,
    *,
    key: str,
    template: str,
    context: dict[str, Any],
    now: datetime,
    left_out: Iterable[str] = (),
) -> int:
    """Owe the same words to everybody who wants a subject, each with their own links to leave it.

    In: ``left_out`` addresses that are told otherwise. Rendered once, a few statements however many they are. Out: how
    many. A suppressed address gets a row that says so. Twice is once.
    """
    make_subscribers(now)
    people = wanting(subject, timezone.localdate(now))
    told = {address.lower() for address in left_out}
    meant = (row for row in people.iterator(AT_A_TIME) if row.address and row.address.lower() not in told)
    stopped = dict(Suppression.objects.standing().values_list(Lower("email"), "reason"))
    rows = _rows(meant, share(template, context), subject, key, stopped, now)
    owed = 0
    while chunk := list(islice(rows, AT_A_TIME)):
        Delivery.objects.bulk_create(chunk, ignore_conflicts=True)
        owed += len(chunk)
    wake_up()
    return owed


def _rows(
    people: Iterable[Subscriber], shared: Shared, subject: str, key: str, stopped: dict[str, str], now: datetime
) -> Iterator[Delivery]:
    for row in people:
        text, html = shared.for_person(name=row.member.name if row.member else READER, **links_for(row, subject))
        why = suppression_stops(stopped.get(row.address.lower()), subject)
        yield Delivery(
            key=key, address=row.address.lower(), member=row.member, subscriber=row, unsubscribe_from=subject,
            subject_line=shared.subject_line, text=text, html=html, priority=Delivery.BULK,
            state=DeliveryState.SUPPRESSED if why else DeliveryState.QUEUED, reason=why, owed_at=now, due_at=now,
            message_id=new_message_id(),
        )  # fmt: skip
