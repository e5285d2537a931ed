"""Who wants to hear about what."""

from datetime import datetime

from django.db import transaction

from members.models import Member
from notices.enums import Subject
from notices.models import Subscriber, Subscription
from notices.tokens import new_token


@transaction.atomic
def subscriber_for(member: Member, now: datetime) -> Subscriber:
    """The member's own subscriber row; made on first use, with every subject switched on (DESIGN 4, digests)."""
    Subscriber.objects.bulk_create(
        [Subscriber(member=member, token=new_token(), created_at=now, confirmed_at=now)], ignore_conflicts=True
    )
    subscriber: Subscriber = Subscriber.objects.select_related("member").get(member=member)
    if subscriber.created_at == now:
        Subscription.objects.bulk_create(
            [Subscription(subscriber=subscriber, subject=subject, since=now) for subject in Subject],
            ignore_conflicts=True,
        )
    return subscriber
