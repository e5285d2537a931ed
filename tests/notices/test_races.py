"""Two workers, or two requests, at the same moment: real threads on PostgreSQL."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from cop_portal.errors import Refused
from notices import actions, delivery
from notices.enums import DeliveryState, Frequency
from notices.models import Delivery, DigestRun
from tests.factories import (
    DeliveryFactory,
    MemberFactory,
    NoticeFactory,
    ReleasedNoticeFactory,
    SubscriptionFactory,
)
from tests.races import until_one_waits

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
AT_ONCE = 8


@pytest.fixture(autouse=True)
def _postgres_only():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


def race(act, times=AT_ONCE):
    """Let ``times`` threads do it at once; what each got, an error among it."""
    start, results = threading.Barrier(times), []

    def run():
        try:
            start.wait()
            results.append(act())
        except Refused as refusal:
            results.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_message_owed_by_many_at_once_is_one(now):
    def owe():
        context = {"confirm_url": "https://x.example/", "subjects": []}
        return actions.owe(key="k", address="a@example.org", template="notices/confirm", context=context, now=now)

    assert len({row.pk for row in race(owe)}) == 1
    assert Delivery.objects.count() == 1


def test_a_notice_started_by_many_at_once_is_sent_once(now):
    SubscriptionFactory.create_batch(20)
    notice = NoticeFactory(state="scheduled", released_by=MemberFactory(), scheduled_for=now)

    results = race(lambda: actions.start_sending(notice, now=now))
    assert Counter(results) == {20: 1, "not_scheduled": AT_ONCE - 1}
    assert Delivery.objects.count() == 20


def test_a_digest_owed_by_many_at_once_is_owed_once():
    morning = datetime(2027, 1, 20, 14, 30, tzinfo=UTC)
    SubscriptionFactory.create_batch(10, frequency=Frequency.DAILY, since=morning - timedelta(days=9))
    ReleasedNoticeFactory(released_at=morning - timedelta(hours=3))

    assert sorted(race(lambda: actions.owe_period_digests(morning))) == [0] * (AT_ONCE - 1) + [10]
    assert Delivery.objects.count() == 10
    assert DigestRun.objects.filter(kind=Frequency.DAILY).count() == 1


def _claim():
    return [row.pk for row in delivery.claim(threading.current_thread().name, 10)]


def test_workers_claim_disjoint_messages():
    DeliveryFactory.create_batch(40)

    taken = Counter(pk for claimed in race(_claim) for pk in claimed)
    assert set(taken.values()) == {1}
    assert len(taken) <= 40


def test_without_the_guard_workers_take_the_same_messages():
    """The control: what the conditional update and the row locks are there for."""
    DeliveryFactory.create_batch(40)
    chosen = threading.Barrier(AT_ONCE)

    def claim_naively():
        picked = list(Delivery.objects.filter(state=DeliveryState.QUEUED).values_list("pk", flat=True)[:10])
        chosen.wait()
        for pk in picked:  # Each by itself: one update of all of them could end in a deadlock, which is another fault.
            Delivery.objects.filter(pk=pk).update(state=DeliveryState.CLAIMED, lease_until=datetime.now(tz=UTC))
        return picked

    taken = Counter(pk for claimed in race(claim_naively) for pk in claimed)
    assert max(taken.values()) == AT_ONCE


def test_an_unknown_message_is_decided_once(now):
    row, staff = DeliveryFactory(state="unknown", reason="The line broke"), MemberFactory()

    results = race(lambda: actions.decide(row, arrived=False, by=staff, now=now))
    assert Counter(results) == {None: 1, "not_unknown": AT_ONCE - 1}


def test_message_before_is_locked_before_the_next():
    """As whoever pauses or cancels a notice locks them: neither waits for the other in a circle."""
    DeliveryFactory.create_batch(2)
    first, second = delivery.claim("mine", 2)
    delivery._begin_handing(first, delivery.Taken())
    taken = delivery.Taken()
    taken.hold(first)

    def hand_on():
        delivery._begin_handing(second, taken)
        connection.close()

    worker = threading.Thread(target=hand_on)
    with transaction.atomic():
        Delivery.objects.select_for_update().get(pk=first.pk)
        worker.start()
        until_one_waits()
        Delivery.objects.select_for_update(nowait=True).get(pk=second.pk)
    worker.join()

    assert [row.state for row in Delivery.objects.order_by("pk")] == ["sent", "handing"]
