"""What waited for somebody's digest when they chose to hear at once: no digest would tell it any more."""

from datetime import datetime

from django.utils import timezone

from members.models import MembershipPeriod
from notices.bulk import Owed, insert_alike
from notices.enums import DeliveryState, NoticeState
from notices.models import Delivery, Notice, Subscriber, Subscription
from notices.rules import is_news_for
from notices.wake import wake_up


def owe_what_waited(subscriber: Subscriber, subscription: Subscription, now: datetime) -> None:
    """Owe each notice since the last digest, once: who was sent it already keeps that row (unique by key and address).

    One that is just becoming rows has read the old choice, and is waited for: its row is locked.
    """
    address = subscriber.address.lower()
    if not address or not Subscriber.objects.reachable().filter(pk=subscriber.pk).exists():
        return
    starting = Notice.objects.filter(subject=subscription.subject, state=NoticeState.SCHEDULED).order_by("pk")
    list(starting.select_for_update().values_list("pk", flat=True))
    periods = MembershipPeriod.objects.on(timezone.localdate(now)).filter(member=subscriber.member_id)
    level = periods.values_list("level", flat=True).first() if subscriber.member_id else None
    news = Notice.objects.public().filter(subject=subscription.subject, released_at__gt=subscription.since)
    for notice in news.order_by("released_at"):
        if is_news_for(notice, level):
            pattern = Delivery(
                key=f"notice:{notice.pk}", notice=notice, subject_line=notice.title,
                unsubscribe_from=notice.subject, priority=Delivery.BULK, owed_at=now, due_at=now,
                state=DeliveryState.PAUSED if notice.state == NoticeState.PAUSED else DeliveryState.QUEUED,
            )  # fmt: skip
            insert_alike(pattern, [Owed(address, subscriber.member_id, subscriber.pk)])
    wake_up()
