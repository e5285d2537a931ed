"""Daily and weekly digests: what is new since the last one, for those who chose that rhythm.

The rule for a run that was missed: it is not sent afterwards by itself. The next one tells everything since what each
person was told last, and the one that was left out is kept with that reason.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Lower
from django.utils import timezone

from members.models import MembershipPeriod
from notices.digest import AT_A_TIME, Digest, Reader, keep, write
from notices.enums import DigestKind, Frequency
from notices.message import Shared, share
from notices.models import Delivery, DigestRun, Notice, Subscriber, Subscription, Suppression, Topic
from notices.rules import is_news_for
from notices.wake import wake_up

HOUR = 8  # of the community's morning
# A release that began just before the boundary is committed by then; nothing falls between two digests.
SETTLED_AFTER = timedelta(minutes=15)
RHYTHMS = (Frequency.DAILY, Frequency.WEEKLY)
CAUGHT_UP = "Not sent in time: the next one told of everything."


def owe_period_digests(now: datetime) -> int:
    """Owe each digest whose time has come. Returns how many messages are owed.

    Each person hears what was released since what they were told last (Subscription.since) up to the last boundary
    passed: a missed run is caught up by the next, two at once make one (DigestRun is unique), nothing new is nothing.
    """
    return sum(_owe_digest(frequency, _boundary(frequency, now - SETTLED_AFTER), now) for frequency in RHYTHMS)


def period_digests(until: datetime) -> list[Digest]:
    """The daily and weekly digests that fall due between now and then, as far as anything is new for them already."""
    moment = until - SETTLED_AFTER
    found = []
    for frequency in RHYTHMS:
        boundary = _boundary(frequency, moment)
        if not DigestRun.objects.filter(kind=frequency, until__gte=boundary).exists():
            found += [_plan(frequency, subject, boundary) for subject in Topic.objects.labels()]
    return [digest for digest in found if digest is not None]


def _boundary(frequency: Frequency, moment: datetime) -> datetime:
    """The last time at which a digest of this rhythm was due: every morning, or Monday morning."""
    local = timezone.localtime(moment)
    day = local.date()
    if frequency == Frequency.WEEKLY:
        day -= timedelta(days=day.weekday())
    if _morning(day) > moment:
        day -= _step(frequency)
    return _morning(day)


def _step(frequency: Frequency) -> timedelta:
    return timedelta(days=7 if frequency == Frequency.WEEKLY else 1)


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(HOUR), tzinfo=timezone.get_current_timezone())


@transaction.atomic
def _owe_digest(frequency: Frequency, until: datetime, now: datetime) -> int:
    last = DigestRun.objects.filter(kind=frequency).first()
    if last and last.until >= until:
        return 0
    try:
        with transaction.atomic():
            run = DigestRun.objects.create(key=_key(frequency, until), kind=frequency, until=until, made_at=now)
    except IntegrityError:  # pragma: no cover  # another worker was quicker: tests/notices/test_races.py
        return 0
    if last:
        _note_missed(frequency, last.until, until, now)
    for subject in Topic.objects.labels():
        digest = _plan(frequency, subject, until)
        if digest is not None:
            run.owed += keep(write(digest, digest.readers(), now))
    Subscription.objects.filter(frequency=frequency, since__lt=until).update(since=until)
    run.save(update_fields=["owed"])
    if run.owed:
        wake_up()
    return run.owed


def _key(frequency: Frequency, until: datetime) -> str:
    return f"{frequency}:{timezone.localdate(until)}"


def _note_missed(frequency: Frequency, last: datetime, until: datetime, now: datetime) -> None:
    day, missed = timezone.localdate(last) + _step(frequency), []
    while day < timezone.localdate(until):
        at = _morning(day)
        missed.append(
            DigestRun(key=_key(frequency, at), kind=frequency, until=at, made_at=now, skipped=CAUGHT_UP)
        )  # fmt: skip
        day += _step(frequency)
    DigestRun.objects.bulk_create(missed, ignore_conflicts=True)


def _waiting(frequency: Frequency, subject: str, until: datetime) -> QuerySet[Any]:
    return Subscription.objects.filter(frequency=frequency, subject=subject, since__lt=until)


def _plan(frequency: Frequency, subject: str, until: datetime) -> Digest | None:
    """The digest about one subject, so that its unsubscribe link stops exactly this one; None where nothing is new."""
    waiting = _waiting(frequency, subject, until)
    first = waiting.order_by("since").values_list("since", flat=True).first()
    if first is None:
        return None
    # One for a few goes to them at once, whatever their rhythm: it is nobody else's news.
    released = Notice.objects.public().filter(subject=subject, audience={})
    news = list(released.filter(released_at__gt=first, released_at__lte=until).order_by("released_at"))
    if not news:
        return None
    label = news[0].get_subject_display()
    return Digest(
        key=f"digest:{frequency}:{until:%Y-%m-%d}:{subject}",
        kind=DigestKind(frequency),
        title=f"{DigestKind(frequency).label}: {label}",
        due_at=until,
        subject=subject,
        priority=Delivery.BULK,
        readers=partial(_readers, waiting, news, until),
        words=partial(_words, news, label, frequency),
    )


def _readers(waiting: QuerySet[Any], news: list[Notice], until: datetime) -> Iterator[Reader]:
    """Everybody for whom something is new, with what: those who read the same share it."""
    stopped = set(Suppression.objects.standing().values_list(Lower("email"), flat=True))
    for person in _people(waiting, until).iterator(AT_A_TIME):
        address = person.subscriber.address.lower()
        mine = tuple(n.pk for n in news if n.released_at > person.since and is_news_for(n, person.level))
        if mine and address and address not in stopped:
            yield Reader(person.subscriber, mine)


def _people(waiting: QuerySet[Any], until: datetime) -> QuerySet[Any]:
    """Subscriptions whose people can be reached, with the level that decides which notices are meant for them."""
    periods = MembershipPeriod.objects.on(timezone.localdate(until)).filter(member=OuterRef("subscriber__member"))
    return (
        waiting.filter(subscriber__in=Subscriber.objects.reachable())
        .select_related("subscriber__member")
        .annotate(level=Subquery(periods.values("level")[:1]))
        .order_by("pk")
    )


def _words(news: list[Notice], label: str, frequency: Frequency, parts: tuple[int, ...]) -> Shared:
    items = [
        {"notice": notice, "url": settings.PUBLIC_URL + notice.get_absolute_url()}
        for notice in news
        if notice.pk in parts
    ]
    return share("notices/digest", {"items": items, "subject": label, "frequency": frequency})
