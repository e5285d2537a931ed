"""A subscription of somebody who is no member lasts a year, and nobody's ends untold (Minn. Stat. 13D.04, subd. 2)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from notices.actions.messages import owe
from notices.actions.subscribers import year_from
from notices.enums import Frequency
from notices.models import Subscriber, Suppression, Topic
from notices.tokens import preferences_url, renew_url

if TYPE_CHECKING:
    from datetime import date, datetime

# Whoever is told late, because the worker was away, still has this long to answer.
TIME_TO_ANSWER = timedelta(days=14)


def remind_to_renew(now: datetime) -> int:
    """Tell everybody whose year ends within the days of the setting, once; returns how many were told.

    Not more than 60 days before (the law's limit, and the setting's). Where the worker was away, the last day moves, so
    that there are two weeks to answer. Who stopped everything, or gets no mail, is not written to, and does not end.
    """
    today = timezone.localdate(now)
    until = today + timedelta(days=settings.RENEWAL_REMINDER_DAYS)
    told = 0
    stopped = set(Suppression.objects.standing().values_list(Lower("email"), flat=True))
    for subscriber in Subscriber.objects.expiring().filter(reminded_at__isnull=True, renew_by__lte=until):
        if subscriber.email.lower() not in stopped:
            told += _remind(subscriber, today, now)
    return told


@transaction.atomic
def _remind(subscriber: Subscriber, today: date, now: datetime) -> int:
    last_day = max(subscriber.renew_by or today, today + TIME_TO_ANSWER)
    waiting = Subscriber.objects.filter(pk=subscriber.pk, reminded_at__isnull=True, renew_by=subscriber.renew_by)
    if not waiting.update(reminded_at=now, renew_by=last_day):
        return 0  # two at once, or renewed just now
    _owe(subscriber, "renew", last_day, now)
    return 1


def end_unrenewed(now: datetime) -> int:
    """End the subscriptions whose last day is over and whose people were told, and say so; returns how many.

    The choices stay, so that one tap starts them again; until then nothing is sent.
    """
    today = timezone.localdate(now)
    return sum(
        _end(subscriber, today, now)
        for subscriber in Subscriber.objects.expiring().filter(reminded_at__isnull=False, renew_by__lt=today)
    )


@transaction.atomic
def _end(subscriber: Subscriber, today: date, now: datetime) -> int:
    running = Subscriber.objects.filter(pk=subscriber.pk, ended_at__isnull=True, renew_by__lt=today)
    if not running.update(ended_at=now):
        return 0  # two at once, or renewed just now
    _owe(subscriber, "ended", subscriber.renew_by or today, now)
    return 1


@transaction.atomic
def renew(subscriber: Subscriber, *, now: datetime) -> date | None:
    """Another year from today, also for one that had ended; twice is once. Out: the new last day, if there is one.

    What was new while it had ended is not told afterwards. A member's has no last day, and is as it was.
    """
    row: Subscriber = Subscriber.objects.select_for_update(of=("self",)).get(pk=subscriber.pk)
    if row.member_id is not None:
        return None
    if row.ended_at is not None:
        row.subscriptions.exclude(frequency=Frequency.AT_ONCE).update(since=now)
    row.renew_by, row.reminded_at, row.ended_at = year_from(now), None, None
    row.save(update_fields=["renew_by", "reminded_at", "ended_at"])
    return row.renew_by


def _owe(subscriber: Subscriber, template: str, last_day: date, now: datetime) -> None:
    labels = Topic.objects.labels()
    chosen = set(subscriber.subscriptions.values_list("subject", flat=True))
    context = {
        "subjects": [label for key, label in labels.items() if key in chosen],
        "last_day": last_day,
        "renew_url": renew_url(subscriber.pk),
        "choose_url": preferences_url(subscriber.token),
    }
    key = f"{template}:{subscriber.pk}:{last_day}"
    owe(
        key=key,
        address=subscriber.email,
        subscriber=subscriber,
        template=f"notices/{template}",
        context=context,
        now=now,
    )
