"""What the rig owes, and to whom: a notice to many, digests, messages of the moment, and rows that are poison."""

import os
import random
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from notices import actions
from notices.enums import DeliveryState, Frequency, Subject
from notices.models import Delivery, Notice, Subscriber, Subscription
from notices.tokens import new_message_id, new_token
from tests.factories import MemberFactory

# How the mail servers of so many in a thousand people behave: tests/notices/sink.py.
WAYS = {
    "p5": 40, "t4": 40, "d5": 20, "drop": 20, "t421": 10, "t4x": 10, "d4": 10, "lost": 5, "half": 5, "slow": 4,
    "hang": 2, "rhang": 2,
}  # fmt: skip
POISON_SHARE = 0.01
DIGESTS = 100


def ways(count: int, random: random.Random) -> list[str]:
    """A way for each of so many people, in an order of chance."""
    some = [way for way, thousandth in WAYS.items() for _ in range(max(1, count * thousandth // 1000))]
    chosen = [*some, *["ok"] * (count - len(some))][:count]
    random.shuffle(chosen)
    return chosen


def subscribe(addresses: list[str], frequency: str, since: object) -> None:
    people = [Subscriber(email=address, token=new_token(), confirmed_at=since) for address in addresses]
    Subscriber.objects.bulk_create(people, batch_size=1000)
    rows = [Subscription(subscriber=who, subject=Subject.MEETINGS, frequency=frequency, since=since) for who in people]
    Subscription.objects.bulk_create(rows, batch_size=1000)


@transaction.atomic
def notice(number: int, addresses: list[str]) -> set[tuple[str, str]]:
    """A released notice to these people, whose time has come. Out: what is intended, as (key, address)."""
    now = timezone.now()
    subscribe(addresses, Frequency.AT_ONCE, now - timedelta(hours=1))
    made = Notice.objects.create(
        title="The next meeting", slug=f"notice-{number}", subject=Subject.MEETINGS, body="Hello {name},\n\n" + "word " * 200,
        drafted_by=MemberFactory(), released_by=MemberFactory(), scheduled_for=now, state="scheduled",
    )  # fmt: skip
    return {(f"notice:{made.pk}", address) for address in addresses}


@transaction.atomic
def digest() -> set[str]:
    """People who want it daily, and a notice of the day before yesterday that is news to them. Out: their addresses."""
    now = timezone.now()
    addresses = [f"ok.digest{number}@example.org" for number in range(DIGESTS)]
    subscribe(addresses, Frequency.DAILY, now - timedelta(days=9))
    Notice.objects.create(
        title="News", slug="news", subject=Subject.MEETINGS, body="Old news.", drafted_by=MemberFactory(), state="sent",
        released_by=MemberFactory(), scheduled_for=now, released_at=now - timedelta(days=2),
    )  # fmt: skip
    return set(addresses)


def poison(count: int) -> set[tuple[str, str]]:
    """Rows that no form would let in: a header with a line break in it, an address that is none."""
    now, rows = timezone.now(), []
    for number in range(count):
        broken = {"subject_line": "Hello\nBcc: all@example.org"} if number % 2 else {}
        address = f"ok.poison{number}@example.org" if number % 2 else f"ok.poison{number}@exa\r\nmple.org"
        made = {"key": f"poison:{number}", "address": address, "text": "Hello", "subject_line": "Hello"} | broken
        rows.append(Delivery(**made, owed_at=now, due_at=now, message_id=new_message_id(), priority=Delivery.BULK))
    Delivery.objects.bulk_create(rows)
    return {(row.key, row.address) for row in rows}


def more(number: int, count: int) -> set[tuple[str, str]]:
    """Work for the workers while there are faults left: messages of a bulk kind, to people of their own."""
    now = timezone.now()
    rows = [
        Delivery(
            key=f"more:{number}", address=f"ok.more{number}n{n}@example.org", subject_line="Hello", text="Hello " * 200,
            owed_at=now, due_at=now, message_id=new_message_id(), priority=Delivery.BULK,
        )
        for n in range(count)
    ]  # fmt: skip
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    return {(row.key, row.address) for row in rows}


def owe(key: str, address: str, *, priority: int = Delivery.URGENT) -> None:
    """One message of the moment, as every action of the portal owes it."""
    context = {"confirm_url": "https://cop.example/x", "subjects": ["Meetings"]}
    now = timezone.now()
    actions.owe(key=key, address=address, template="notices/confirm", context=context, now=now, priority=priority)


def owe_one() -> None:
    """As a request does it, in a process that may die right after the commit."""
    owe(os.environ["COP_RIG_KEY"], os.environ["COP_RIG_ADDRESS"])


def unsubscribe(address: str) -> bool:
    """Whether it was certain, once this was committed, that the message will not be sent any more."""
    actions.unsubscribe(Subscriber.objects.get(email=address), subject=Subject.MEETINGS, now=timezone.now())
    rows = Delivery.objects.filter(address=address, key__startswith="notice:")
    return not rows.exclude(state__in=(DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.CANCELLED)).exists()


def let_time_pass() -> None:
    """The 72 hours of those whose server never lets them in."""
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED, address__startswith="t4x.", attempts__gt=1)
    waiting.update(owed_at=timezone.now() - timedelta(hours=73), due_at=timezone.now())
