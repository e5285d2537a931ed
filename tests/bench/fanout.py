"""Owing a notice to a hundred thousand addresses: how long it takes, in how many statements, and in how much memory."""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.frame import Bench

ADDRESSES = int(os.environ.get("BENCH_ADDRESSES", "100000"))
SECONDS = 10.0
A_TENTH = 10
WHO, SUBJECT = "fanout", "resources"  # a subject of its own: other rows of the benchmark owe of "meetings"


def run(bench: Bench) -> Iterator[dict[str, Any]]:
    subscribe(up_to=ADDRESSES // A_TENTH)
    few = _alone()
    subscribe(up_to=ADDRESSES)
    rounds = [_alone() for _ in range(bench.rounds)]
    seconds, statements = (statistics.median(each[what] for each in rounds) for what in ("seconds", "statements"))
    yield {
        "row": f"a notice owed to {ADDRESSES} addresses",
        "seconds": round(seconds, 1), "statements": statements,
        "memory_mb": max(each["memory_mb"] for each in rounds), "memory_mb_for_a_tenth": few["memory_mb"],
        "budget": f"<= {SECONDS:.0f} s, one statement a thousand and twenty more at most, memory flat",
        "is_met": seconds <= SECONDS and statements <= ADDRESSES / 1000 + 20,
    }  # fmt: skip


def subscribe(*, up_to: int) -> None:
    """Confirmed subscribers of one subject, until there are so many."""
    from django.utils import timezone

    from notices.models import Subscriber, Subscription
    from notices.tokens import new_token

    now, first = timezone.now(), Subscriber.objects.filter(email__startswith=WHO).count()
    for start in range(first, up_to, 5000):
        some = [
            Subscriber(email=f"{WHO}{number}@example.org", token=new_token(), confirmed_at=now)
            for number in range(start, min(start + 5000, up_to))
        ]
        Subscriber.objects.bulk_create(some, batch_size=1000)
        Subscription.objects.bulk_create(
            [Subscription(subscriber=who, subject=SUBJECT, since=now) for who in some], batch_size=1000
        )


def _alone() -> dict[str, float]:
    """In a process of its own, whose memory is its own."""
    from django.db import connections

    connections.close_all()  # a connection does not survive a fork
    context = multiprocessing.get_context("fork")
    found: Any = context.Queue()
    process = context.Process(target=lambda: found.put(_owe()))
    process.start()
    measured: dict[str, float] = found.get()
    process.join()
    return measured


def _owe() -> dict[str, float]:
    from django.db import connection
    from django.utils import timezone

    from notices import actions
    from notices.models import Delivery, Notice, Subscriber
    from tests.factories import MemberFactory

    now, number = timezone.now(), Notice.objects.count()
    author, sender = (MemberFactory(email=f"{who}{number}@bench.example") for who in ("author", "sender"))
    notice = Notice.objects.create(
        title="The next meeting", slug=f"fanout-{number}", subject=SUBJECT, body="Hello {name}", drafted_by=author,
        released_by=sender, scheduled_for=now - timedelta(minutes=1), state="scheduled",
    )  # fmt: skip
    statements = 0

    def count(execute: Any, *asked: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*asked)

    begun = time.perf_counter()
    with connection.execute_wrapper(count):
        owed = actions.start_sending(notice, now=now)
    seconds = time.perf_counter() - begun
    people = Subscriber.objects.filter(email__startswith=WHO).count()  # author and sender have asked for nothing
    if (owed, Delivery.objects.filter(notice=notice).count()) != (people, people):
        raise SystemExit(f"{owed} of {people} were owed: nothing was measured.")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "statements": statements, "memory_mb": round(memory)}
