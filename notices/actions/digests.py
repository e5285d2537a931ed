"""Daily and weekly digests: what is new since the last one, for those who chose that rhythm."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Lower
from django.utils import timezone

from members.models import MembershipPeriod
from notices.enums import Frequency
from notices.message import READER, Shared, links_for, share
from notices.models import Delivery, DigestRun, Notice, Subscriber, Subscription, Suppression, Topic
from notices.tokens import new_message_id
from notices.wake import wake_up

AT_A_TIME = 1000
HOUR = 8  # of the community's morning
# A release that began just before the boundary is committed by then; nothing falls between two digests.
SETTLED_AFTER = timedelta(minutes=15)
RHYTHMS = (Frequency.DAILY, Frequency.WEEKLY)


def owe_period_digests(now: datetime) -> int:
    """Owe each digest whose time has come. Returns how many messages are owed.

    Each person hears what was released since what they were told last (Subscription.since) up to the last boundary
    passed: a missed run is caught up by the next, two at once make one (DigestRun is unique), nothing new is nothing.
    """
    return sum(_owe_digest(frequency, _boundary(frequency, now - SETTLED_AFTER), now) for frequency in RHYTHMS)


def _boundary(frequency: Frequency, moment: datetime) -> datetime:
    """The last time at which a digest of this rhythm was due: every morning, or Monday morning."""
    local = timezone.localtime(moment)
    day = local.date()
    if frequency == Frequency.WEEKLY:
        day -= timedelta(days=day.weekday())
    if _morning(day) > moment:
        day -= timedelta(days=7 if frequency == Frequency.WEEKLY else 1)
    return _morning(day)


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(HOUR), tzinfo=timezone.get_current_timezone())


@transaction.atomic
def _owe_digest(frequency: Frequency, until: datetime, now: datetime) -> int:
    if DigestRun.objects.filter(kind=frequency, until__gte=until).exists():
        return 0
    try:
        with transaction.atomic():
            run = DigestRun.objects.create(key=f"{frequency}:{timezone.localdate(until)}", kind=frequency, until=until)
    except IntegrityError:  # pragma: no cover  # another worker was quicker: tests/notices/test_races.py
        return 0
    run.owed = sum(_owe_subject(frequency, subject, until, now) for subject in Topic.objects.labels())
    run.save(update_fields=["owed"])
    if run.owed:
        wake_up()
    return run.owed


def _owe_subject(frequency: Frequency, subject: str, until: datetime, now: datetime) -> int:
    """One digest is about one subject, so that its unsubscribe link stops exactly this one."""
    waiting = Subscription.objects.filter(frequency=frequency, subject=subject, since__lt=until)
    first = waiting.order_by("since").values_list("since", flat=True).first()
    if first is None:
        return 0
    released = Notice.objects.public().filter(subject=subject)
    news = list(released.filter(released_at__gt=first, released_at__lte=until).order_by("released_at"))
    owed = 0
    if news:
        rows = _rows(_people(waiting, until), news, f"digest:{frequency}:{until:%Y-%m-%d}:{subject}", now)
        while chunk := list(islice(rows, AT_A_TIME)):
            Delivery.objects.bulk_create(chunk, ignore_conflicts=True)
            owed += len(chunk)
    waiting.update(since=until)
    return owed


def _people(waiting: QuerySet[Subscription], until: datetime) -> QuerySet[Subscription]:
    """Subscriptions whose people can be reached, with the level that decides which notices are meant for them."""
    periods = MembershipPeriod.objects.on(timezone.localdate(until)).filter(member=OuterRef("subscriber__member"))
    return (
        waiting.filter(subscriber__in=Subscriber.objects.reachable())
        .select_related("subscriber__member")
        .annotate(level=Subquery(periods.values("level")[:1]))
        .order_by("pk")
    )


def _rows(people: QuerySet[Any], news: list[Notice], key: str, now: datetime) -> Iterator[Delivery]:
    """A mail for everybody for whom something is new; those who read the same share its rendering."""
    rendered: dict[tuple[int, ...], Shared] = {}
    stopped = set(Suppression.objects.standing().values_list(Lower("email"), flat=True))
    for person in people.iterator(AT_A_TIME):
        subscriber, address = person.subscriber, person.subscriber.address.lower()
        mine = [notice for notice in news if notice.released_at > person.since and _meant(notice, person.level)]
        if not mine or not address or address in stopped:
            continue
        same = tuple(notice.pk for notice in mine)
        if same not in rendered:
            rendered[same] = _share(mine, person.get_subject_display(), Frequency(person.frequency))
        name = subscriber.member.name if subscriber.member else READER
        text, html = rendered[same].for_person(name=name, **links_for(subscriber, person.subject))
        yield Delivery(
            key=key, address=address, member=subscriber.member, subscriber=subscriber, text=text, html=html,
            subject_line=rendered[same].subject_line, unsubscribe_from=person.subject, priority=Delivery.BULK,
            owed_at=now, due_at=now, message_id=new_message_id(),
        )  # fmt: skip


def _meant(notice: Notice, level: str | None) -> bool:
    return level in notice.levels if level else notice.to_subscribers


def _share(news: list[Notice], subject: str, frequency: Frequency) -> Shared:
    items = [{"notice": notice, "url": settings.PUBLIC_URL + notice.get_absolute_url()} for notice in news]
    return share("notices/digest", {"items": items, "subject": subject, "frequency": frequency})
