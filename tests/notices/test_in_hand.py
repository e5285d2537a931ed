"""What a worker holds in its hand: one message at most, whose end is committed with the beginning of the next."""

from contextlib import closing
from datetime import timedelta
from threading import Event

import pytest
from django.core import mail
from django.db import OperationalError, connection
from django.utils import timezone

from notices import delivery, message, written
from notices.enums import DeliveryState, NoticeState
from notices.line import Line
from notices.models import Delivery
from tests.factories import DeliveryFactory, ReleasedNoticeFactory
from tests.notices.sink import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def points(monkeypatch):
    """At each step where a worker may be killed: its name, and the states of all messages then, by address."""
    seen = []

    def look(name):
        seen.append((name, dict(Delivery.objects.order_by("pk").values_list("address", "state"))))

    monkeypatch.setattr(delivery, "failpoint", look)
    monkeypatch.setattr("notices.smtp.failpoint", look)
    return seen


@pytest.fixture
def server(tmp_path, settings):
    """Starts a mail server (tests/notices/sink.py); the portal sends to it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "127.0.0.1", False

    def start(**more):
        sink = Sink(tmp_path, **more)
        settings.EMAIL_PORT = sink.port
        return sink

    return start


def owe(*names):
    return [DeliveryFactory(address=f"{name}@example.org") for name in names]


def states():
    return dict(Delivery.objects.order_by("pk").values_list("address", "state"))


def test_at_no_step_are_two_messages_in_hand(points, server):
    names = ("ok.1", "ok.2", "p5.1", "ok.3", "d5.1", "drop.1", "ok.4", "half.1", "ok.5")
    owe(*names)

    with server() as sink:
        delivery.deliver_due()

    assert max(list(at.values()).count("handing") for _, at in points) == 1
    assert [name for name, at in states().items() if at == "sent"] == [f"ok.{n}@example.org" for n in range(1, 6)]
    assert len(sink.seen()) == 7


def test_message_is_written_down_as_sent_in_the_commit_that_takes_the_next_in_hand(points):
    owe("one", "two")

    delivery.deliver_due()

    at = [(name, *at.values()) for name, at in points]
    assert at == [
        ("after_claim", "claimed", "claimed"),
        ("after_354", "claimed", "claimed"),
        ("after_handing", "handing", "claimed"),
        ("after_250_before_commit", "handing", "claimed"),
        ("after_354", "handing", "claimed"),
        ("after_handing", "sent", "handing"),
        ("after_250_before_commit", "sent", "handing"),
        ("after_sent_commit", "sent", "sent"),
    ]


def test_next_message_that_is_withdrawn_keeps_nothing_of_the_one_before():
    first, second = owe("one", "two")
    claimed = delivery.claim("mine", 5)
    Delivery.objects.filter(pk=second.pk).update(
        state=DeliveryState.CANCELLED, reason="The notice was cancelled.", claim="", lease_until=None
    )

    with closing(Line()) as line:
        assert delivery._send_batch(claimed, "mine", Event(), line, {}) == (1, False)

    assert list(states().values()) == ["sent", "cancelled"]
    assert [sent.to for sent in mail.outbox] == [[first.address]]


def test_nothing_is_held_over_what_is_not_written_down_yet():
    owe("one", "two")
    first, second = delivery.claim("mine", 5)
    taken = delivery.Taken()

    for row in (first, second):
        delivery._begin_handing(row, delivery.Taken())
        taken.hold(row)

    assert list(states().values()) == ["sent", "handing"]


@pytest.mark.parametrize("pipelining", [True, False])
def test_server_that_takes_its_time_lets_nothing_wait_to_be_written_down(points, server, pipelining):
    owe("ok.1", "ok.2")

    with server(each=0.2, pipelining=pipelining):
        delivery.deliver_due()

    second = [at for name, at in points if name == "after_354"][1]
    assert list(second.values()) == ["sent", "claimed"]


def test_server_that_hangs_up_lets_nothing_wait_to_be_written_down(points, server):
    owe("ok.1", "ok.2")

    with server(most=1):
        delivery.deliver_due()

    assert list(states().values()) == ["sent", "queued"]
    assert points[-1][0] == "after_sent_commit"


def test_database_that_is_away_for_that_commit_is_asked_again(monkeypatch):
    owe("one", "two")
    monkeypatch.setattr(delivery, "DATABASE_PAUSES", (0,))

    def away(*steps):
        raise OperationalError("away")

    monkeypatch.setattr(written, "run_both", away)
    monkeypatch.setattr(delivery.connection, "close", lambda: None)  # it would end this test's transaction
    with pytest.raises(OperationalError):
        delivery.deliver_due()

    assert list(states().values()) == ["sent", "claimed"]
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_both_are_done_or_neither():
    owe("one", "two")
    first, second = delivery.claim("mine", 5)
    held = Delivery.objects.filter(pk=written.ANY.pk, claim=written.ANY.claim)
    good, bad = written.write(held, reason="read"), written.write(held, lease_until=timezone.now() + timedelta(days=1))
    bad = written.Statement(bad.sql.replace('"lease_until"', '"no_such_column"', 1), bad.parameters)

    with pytest.raises(Exception, match="no_such_column"):
        written.run_both((good, first), (bad, second))

    assert set(Delivery.objects.values_list("reason", flat=True)) == {""}
    assert written.run_both((good, first), (good, second)) == 1
    assert set(Delivery.objects.values_list("reason", flat=True)) == {"read"}


def test_each_message_costs_one_statement_and_one_more_at_the_end(django_assert_num_queries):
    """On PostgreSQL both halves go in one round trip, past Django's count; here a savepoint stands round them elsewhere."""
    owe("one", "two", "three")

    each = 0 if connection.vendor == "postgresql" else 4
    # sweep 2; claim: savepoint 2, pick, take, read; 1 for the first; 2 further; the last; then a claim that finds nothing: 3
    with django_assert_num_queries(2 + 5 + 1 + 2 * each + 1 + 3):
        delivery.deliver_due()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone keeps plans")
def test_database_plans_what_each_message_costs_once():
    owe(*(f"n{number}" for number in range(12)))

    delivery.deliver_due()

    with connection.cursor() as cursor:
        cursor.execute("SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE 'WITH%'")
        assert cursor.fetchall() == [(11,)]


def test_notice_is_drawn_once_for_all_batches_of_a_moment(settings, monkeypatch):
    settings.DELIVERY_BATCH = 2
    notice, drawn = ReleasedNoticeFactory(state=NoticeState.SENDING), []
    draw = message.share_notice
    monkeypatch.setattr(message, "share_notice", lambda asked: drawn.append(asked.pk) or draw(asked))
    for number in range(5):
        DeliveryFactory(text="", notice=notice, key=f"n{number}")

    delivery.deliver_due()
    assert (len(mail.outbox), drawn) == (5, [notice.pk])


def test_drawn_notices_are_drawn_anew_after_a_batchs_time():
    shared = delivery.Rendered()
    shared[1] = "old"
    assert shared.while_fresh() == {1: "old"}

    shared.over -= 3600

    assert shared.while_fresh() == {}


def test_one_connection_carries_all_batches_of_a_run(server, settings):
    settings.DELIVERY_BATCH = 2
    owe(*(f"ok.{number}" for number in range(5)))

    with server() as sink:
        delivery.deliver_due()
        assert (len(sink.seen()), sink.connections) == (5, 1)


def test_next_message_is_written_while_the_server_thinks_about_the_one_before(server, monkeypatch):
    owe("ok.1", "ok.2", "ok.3")
    steps, compose = [], delivery.compose
    monkeypatch.setattr(delivery, "failpoint", steps.append)
    monkeypatch.setattr(delivery, "compose", lambda row, shared: steps.append(row.address[:4]) or compose(row, shared))

    with server():
        delivery.deliver_due()

    written = [step for step in steps if step.startswith("ok.") or step == "after_250_before_commit"]
    assert written == ["ok.1", "ok.2", "after_250_before_commit", "ok.3", *["after_250_before_commit"] * 2]


def test_message_that_cannot_be_written_ahead_harms_only_itself(server, monkeypatch):
    owe("ok.1", "ok.2", "ok.3")
    compose = delivery.compose

    def fail_for_one(row, shared):
        if row.address.startswith("ok.2"):
            raise ValueError("poison")
        return compose(row, shared)

    monkeypatch.setattr(delivery, "compose", fail_for_one)
    with server() as sink:
        assert delivery.deliver_due() == 2

    assert list(states().values()) == ["sent", "failed", "sent"]
    assert len(sink.seen()) == 2


def test_notice_is_not_drawn_ahead_for_that_takes_the_database(server):
    owe("ok.1")
    notice = ReleasedNoticeFactory(state=NoticeState.SENDING)
    DeliveryFactory(address="ok.2@example.org", text="", notice=notice, key="n")
    claimed, shared = delivery.claim("mine", 5), {}
    desk = delivery.Desk(claimed, shared)

    desk.letter(claimed[0])
    desk.write_ahead()
    assert shared == {}

    desk.letter(claimed[1])
    assert set(shared) == {notice.pk}
