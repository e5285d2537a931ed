"""Sending a notice with two workers, against what SMTP alone can do with the same bytes in the same run.

And against SMTP with the least that keeps the promise of one commit a message: one number changed in a table of two
columns, by a plan that the database keeps. No ledger can be quicker than that on the same disk.
"""

from __future__ import annotations

import multiprocessing
import os
import smtplib
import socketserver
import statistics
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from tests.bench import far

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.frame import Bench

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "2000"))
PROCESSES = 2
BATCH = 50
BUDGET = 0.33
ANSWERS = {b"EHLO": b"250-sink\r\n250 PIPELINING", b"QUIT": b"221 bye"}
BODY = "Hello {name},\n\n" + "Some words that say what is up, and a [link](https://example.org/page) to it.\n\n" * 55


class Sink(socketserver.StreamRequestHandler):
    """A mail server that takes everything and keeps nothing, several commands at once (RFC 2920): the fastest there can be."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        self._say(b"220 sink")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                self._say(b"354 go on")
                for part in self.rfile:
                    if part == b".\r\n":
                        break
            self._say(ANSWERS.get(verb, b"250 ok"))

    def _say(self, words: bytes) -> None:
        self.wfile.write(words + b"\r\n")


class Server(socketserver.ForkingTCPServer):
    allow_reuse_address, max_children = True, 64


def run(bench: Bench) -> Iterator[dict[str, Any]]:
    server = Server(("127.0.0.1", 0), Sink)
    sink = multiprocessing.get_context("fork").Process(target=server.serve_forever, daemon=True)
    sink.start()
    try:
        row, raw = _measured(bench.rounds, server.server_address[1])
        yield row
        yield far.measured(raw, server.server_address[1], bench.rounds)
    finally:
        sink.terminate()
        server.server_close()


def _measured(rounds: int, port: int) -> tuple[dict[str, Any], bytes]:
    from django.conf import settings

    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    settings.DELIVERY_BATCH = BATCH
    alone, committed, ours = [], [], []
    raw = owe()
    _bare_table()
    for number in range(rounds):
        alone.append(MESSAGES / _together(lambda: smtp_alone(raw, port)))
        committed.append(MESSAGES / _together(lambda: smtp_alone(raw, port, _bare_commit())))
        if number:
            owe()
        ours.append(MESSAGES / _together(deliver))
        _must_be_sent()
    ratio = statistics.median(own / limit for own, limit in zip(ours, alone, strict=True))
    row = {
        "row": f"notice to {MESSAGES}, {PROCESSES} processes, a commit for each message",
        "ratio": round(ratio, 3), "messages_per_second": round(statistics.median(ours)),
        "smtp_alone": round(statistics.median(alone)), "with_a_bare_commit": round(statistics.median(committed)),
        "of_a_bare_commit": round(statistics.median(own / bare for own, bare in zip(ours, committed, strict=True)), 2),
        "bytes": len(raw), "budget": f"ratio >= {BUDGET}",
        "is_met": ratio >= BUDGET,
    }  # fmt: skip
    return row, raw


def owe() -> bytes:
    """A notice of its own to so many subscribers, as rows that are due. Out: one of its messages, as bytes."""
    from django.db import connection
    from django.utils import timezone

    from notices.delivery import claim
    from notices.message import compose
    from notices.models import Delivery, Notice, Subscriber, Subscription
    from notices.tokens import new_message_id, new_token
    from notices.wire import to_bytes
    from tests.factories import MemberFactory

    now = timezone.now() - timedelta(minutes=1)
    number = Notice.objects.count()
    author, sender = (MemberFactory(email=f"{who}{number}@bench.example") for who in ("author", "sender"))
    made = Notice.objects.create(
        title="The next meeting", slug=f"bench-{number}", subject="meetings", body=BODY, drafted_by=author,
        released_by=sender, scheduled_for=now, state="sending", released_at=now,
    )  # fmt: skip
    people = [
        Subscriber(email=f"r{number}.{n}@example.org", token=new_token(), confirmed_at=now) for n in range(MESSAGES)
    ]
    Subscriber.objects.bulk_create(people, batch_size=1000)
    wanted = [Subscription(subscriber=who, subject="meetings", since=now) for who in people]
    Subscription.objects.bulk_create(wanted, batch_size=1000)
    rows = [
        Delivery(
            key=f"notice:{made.pk}", address=who.email, subscriber=who, notice=made, subject_line=made.title, owed_at=now,
            due_at=now, unsubscribe_from="meetings", priority=Delivery.BULK, message_id=new_message_id(),
        )
        for who in people
    ]  # fmt: skip
    Delivery.objects.bulk_create(rows, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum has done of any table that is in use
    [row] = claim("bench", 1)
    Delivery.objects.filter(pk=row.pk).update(state="queued", claim="", lease_until=None)
    return to_bytes(compose(row, {}))


def smtp_alone(raw: bytes, port: int, each: Callable[[], object] = lambda: None) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="bench") as line:
        for _ in range(MESSAGES // PROCESSES):
            each()
            line.sendmail("cop@portal.example", ["reader@example.org"], raw)


def _bare_table() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_ledger (id bigint PRIMARY KEY, step bigint)")


def _bare_commit() -> Callable[[], object]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_ledger VALUES (%s, 0)", [os.getpid()])
    assert connection.connection is not None
    bare = psycopg.Cursor(connection.connection)
    return lambda: bare.execute("UPDATE bench_ledger SET step = step + 1 WHERE id = %s", [os.getpid()], prepare=True)


def deliver() -> None:
    from notices import delivery

    delivery.deliver_due(seconds=300)


def _together(work: Callable[[], None]) -> float:
    """Seconds that so many processes need for it together."""
    from django.db import connections

    connections.close_all()  # a connection does not survive a fork
    workers = [multiprocessing.get_context("fork").Process(target=work) for _ in range(PROCESSES)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begun


def _must_be_sent() -> None:
    from notices.models import Delivery

    left = Delivery.objects.exclude(state="sent").count()
    if left:
        raise SystemExit(f"{left} messages were not sent: nothing was measured.")
