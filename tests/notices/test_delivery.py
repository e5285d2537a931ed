import signal
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta
from itertools import pairwise
from threading import Event

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from notices import delivery
from notices.actions import unsubscribe
from notices.enums import DeliveryState, Subject, SuppressionReason
from notices.line import Line, LineDown, judge
from notices.models import Delivery, Notice, Suppression
from notices.stopping import until_told_to_stop
from tests.factories import (
    DeliveryFactory,
    MemberFactory,
    NoticeFactory,
    ReleasedNoticeFactory,
    SubscriberFactory,
    SubscriptionFactory,
    SuppressionFactory,
)
from tests.notices.sink import Sink

pytestmark = pytest.mark.django_db


def state_of(row):
    row.refresh_from_db()
    return row.state


def send(claimed):
    """How many of these the server took, and whether the line is down."""
    with closing(Line()) as line:
        return delivery._send_batch(claimed, "mine", Event(), line, {})


def bulk(**changes):
    """A message that one can unsubscribe from, to somebody who has subscribed."""
    subscription = SubscriptionFactory()
    return DeliveryFactory(
        subscriber=subscription.subscriber, unsubscribe_from=subscription.subject,
        address=subscription.subscriber.email, **changes,
    )  # fmt: skip


def test_what_is_due_is_sent_once_and_what_is_not_waits():
    due = DeliveryFactory()
    later = DeliveryFactory(due_at=timezone.now() + timedelta(hours=1))

    assert delivery.deliver_due() == 1
    assert delivery.deliver_due() == 0
    assert (state_of(due), state_of(later)) == (DeliveryState.SENT, DeliveryState.QUEUED)
    assert due.sent_at is not None
    assert [message.to for message in mail.outbox] == [[due.address]]
    assert mail.outbox[0].extra_headers["Message-ID"] == due.message_id


def test_urgent_messages_overtake_bulk(monkeypatch):
    monkeypatch.setattr(settings, "DELIVERY_BATCH", 2)
    for priority in (Delivery.BULK, Delivery.BULK, Delivery.BULK, Delivery.URGENT, Delivery.ORDINARY):
        DeliveryFactory(priority=priority, subject_line=str(priority))

    delivery.deliver_due()
    assert [message.subject for message in mail.outbox] == ["1", "5", "9", "9", "9"]


def test_what_is_owed_in_the_middle_of_a_large_notice_waits_for_one_batch(monkeypatch):
    monkeypatch.setattr(settings, "DELIVERY_BATCH", 3)
    for _ in range(30):
        DeliveryFactory(priority=Delivery.BULK, subject_line="bulk")
    send, now_owed = delivery.Line.send, iter([True])

    def owed_meanwhile(self, message, **options):
        if next(now_owed, False):
            DeliveryFactory(priority=Delivery.URGENT, subject_line="your code")
        send(self, message, **options)

    monkeypatch.setattr(delivery.Line, "send", owed_meanwhile)
    delivery.deliver_due()

    assert [message.subject for message in mail.outbox].index("your code") == 3


def test_a_slow_batch_is_given_back_so_that_urgent_ones_come_first(monkeypatch):
    rows = [DeliveryFactory() for _ in range(2)]
    monkeypatch.setattr(delivery, "BATCH_SECONDS", -1)
    claimed = delivery.claim("mine", 5)

    assert send(claimed) == (0, False)
    assert [state_of(row) for row in rows] == [DeliveryState.QUEUED] * 2


def test_bulk_mail_carries_the_one_click_headers():
    row = bulk()

    delivery.deliver_due()
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith(f"<{settings.PUBLIC_URL}/notices/unsubscribe/")
    assert headers["List-ID"] == f"Meetings <meetings.{settings.MAIL_DOMAIN}>"
    assert state_of(row) == DeliveryState.SENT


def test_two_claims_never_share_a_message():
    for _ in range(3):
        DeliveryFactory()

    first, second = delivery.claim("one", 2), delivery.claim("two", 2)
    assert len(first) == 2
    assert len(second) == 1
    assert not {row.pk for row in first} & {row.pk for row in second}


def test_unsubscribed_between_claim_and_sending_is_honoured():
    row = bulk()
    claimed = delivery.claim("mine", 5)
    unsubscribe(row.subscriber, subject=Subject.MEETINGS, now=timezone.now())

    assert send(claimed) == (0, False)
    assert state_of(row) == DeliveryState.CANCELLED
    assert row.reason == "The person unsubscribed."
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("reason", "transactional", "state"),
    [
        (SuppressionReason.HARD_BOUNCE, True, DeliveryState.SUPPRESSED),
        (SuppressionReason.ASKED, False, DeliveryState.SUPPRESSED),
        (SuppressionReason.ASKED, True, DeliveryState.SENT),
    ],
)
def test_suppressed_between_owing_and_sending_is_honoured(reason, transactional, state):
    row = DeliveryFactory() if transactional else bulk()
    SuppressionFactory(email=row.address.upper(), reason=reason)

    delivery.deliver_due()
    assert state_of(row) == state
    assert len(mail.outbox) == (state == DeliveryState.SENT)


def test_nothing_goes_to_somebody_who_was_deactivated():
    row = DeliveryFactory(member=MemberFactory(is_active=False))

    delivery.deliver_due()
    assert (state_of(row), row.reason) == (DeliveryState.CANCELLED, "The person is not active any more.")
    assert mail.outbox == []


def test_subscription_gone_by_another_way_is_honoured():
    row = bulk()
    row.subscriber.subscriptions.all().delete()

    delivery.deliver_due()
    assert (state_of(row), row.reason) == (DeliveryState.CANCELLED, "The person unsubscribed before it was sent.")


def test_a_lease_that_ran_out_is_not_sent_by_its_old_owner():
    row = DeliveryFactory()
    claimed = delivery.claim("mine", 5)
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert send(claimed) == (0, False)
    assert mail.outbox == []
    assert state_of(row) == DeliveryState.CLAIMED
    delivery.sweep()
    assert state_of(row) == DeliveryState.QUEUED


def test_an_expired_handing_is_unknown_and_its_slow_worker_may_still_say_it_was_sent():
    row = DeliveryFactory()
    [claimed] = delivery.claim("mine", 5)
    delivery._begin_handing(claimed, delivery.Taken())
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    delivery.sweep()
    assert state_of(row) == DeliveryState.UNKNOWN
    assert delivery.deliver_due() == 0

    delivery._settle(claimed, state=DeliveryState.SENT, sent_at=timezone.now(), reason="")
    assert state_of(row) == DeliveryState.SENT


def test_a_worker_told_to_stop_ends_its_message_and_gives_the_others_back(monkeypatch):
    rows, gone = [DeliveryFactory() for _ in range(3)], []
    send = delivery.Line.send

    def told_meanwhile(self, message, **options):
        signal.raise_signal(signal.SIGTERM)
        send(self, message, **options)

    monkeypatch.setattr(delivery.Line, "send", told_meanwhile)
    otherwise = signal.signal(signal.SIGTERM, lambda *_: gone.append([state_of(row) for row in rows]))
    try:
        assert delivery.deliver_due() == 1
        assert signal.getsignal(signal.SIGTERM) != otherwise
    finally:
        signal.signal(signal.SIGTERM, otherwise)

    assert gone == [[DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.QUEUED]]  # last of all, it goes


def test_a_thread_delivers_too_though_no_signal_reaches_it():
    with ThreadPoolExecutor() as pool:
        assert not pool.submit(lambda: until_told_to_stop().__enter__().is_set()).result()


@pytest.mark.parametrize(("times", "state"), [(2, DeliveryState.SENT), (3, DeliveryState.HANDING)])
def test_how_a_message_ended_is_kept_until_the_database_is_back(monkeypatch, times, state):
    row, left, write = DeliveryFactory(), iter([OperationalError] * times), delivery._write

    def away(*arguments):
        for error in left:
            raise error
        write(*arguments)

    monkeypatch.setattr(delivery, "DATABASE_PAUSES", (0, 0))
    monkeypatch.setattr(delivery, "_write", away)
    monkeypatch.setattr(delivery.connection, "close", lambda: None)
    with suppress(OperationalError):
        delivery.deliver_due()

    assert state_of(row) == state  # out of patience, the row is left to become unknown
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"address": "nobody\r\nBcc: all@example.org"},
        {"subject_line": "Hello\nBcc: all@example.org"},
        {"message_id": "<1@x>\r\nBcc: all@example.org"},
    ],
    ids=["address", "subject", "message id"],
)
def test_poison_fails_with_a_reason_and_hurts_no_other(broken):
    poison, good = DeliveryFactory(**broken), DeliveryFactory()

    assert delivery.deliver_due() == 1
    assert (state_of(poison), state_of(good)) == (DeliveryState.FAILED, DeliveryState.SENT)
    assert poison.reason == "It cannot be written as a message: BadHeaderError"


def test_a_notice_that_cannot_be_rendered_fails_with_a_reason(monkeypatch):
    def broken(notice):
        raise ValueError(notice)

    monkeypatch.setattr("notices.message.share_notice", broken)
    row = DeliveryFactory(text="", notice=NoticeFactory())

    assert delivery.deliver_due() == 0
    assert state_of(row) == DeliveryState.FAILED


@pytest.mark.parametrize(
    ("error", "begun", "state"),
    [
        (smtplib.SMTPResponseException(451, b"later"), False, DeliveryState.QUEUED),
        (smtplib.SMTPResponseException(550, b"no"), False, DeliveryState.FAILED),
        (smtplib.SMTPResponseException(421, b"bye"), True, DeliveryState.QUEUED),
        (smtplib.SMTPResponseException(554, b"no"), True, DeliveryState.FAILED),
        (smtplib.SMTPResponseException(-1, b"?"), True, DeliveryState.UNKNOWN),
        (smtplib.SMTPResponseException(-1, b"?"), False, DeliveryState.QUEUED),
        (smtplib.SMTPServerDisconnected("gone"), False, DeliveryState.QUEUED),
        (smtplib.SMTPServerDisconnected("gone"), True, DeliveryState.UNKNOWN),
        (TimeoutError(), False, DeliveryState.QUEUED),
        (TimeoutError(), True, DeliveryState.UNKNOWN),
        (LineDown("refused"), False, DeliveryState.QUEUED),
        (smtplib.SMTPHeloError(550, b"no"), False, DeliveryState.QUEUED),
        (ValueError(), False, DeliveryState.FAILED),
    ],
)
def test_verdict_on_each_error(error, begun, state):
    assert judge(error, begun=begun).state == state


def test_no_such_mailbox_is_suppressed_and_other_refusals_are_not():
    gone, policy = DeliveryFactory(), DeliveryFactory()
    first, second = delivery.claim("mine", 5)
    delivery._conclude(first, judge(smtplib.SMTPResponseException(550, b"5.1.1 no such user"), begun=False))
    delivery._conclude(second, judge(smtplib.SMTPResponseException(550, b"5.7.1 not here"), begun=False))

    assert (state_of(gone), state_of(policy)) == (DeliveryState.FAILED, DeliveryState.FAILED)
    [suppression] = Suppression.objects.all()
    assert (suppression.email, suppression.reason) == (first.address, SuppressionReason.HARD_BOUNCE)


def test_a_server_out_of_reach_costs_one_attempt_and_loses_nothing(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 9, False
    rows = [DeliveryFactory() for _ in range(3)]

    assert delivery.deliver_due() == 0
    assert [state_of(row) for row in rows] == [DeliveryState.QUEUED] * 3
    assert {row.attempts for row in rows} == {1}
    assert all(row.due_at > timezone.now() for row in rows)


def test_after_72_hours_it_is_given_up():
    row = DeliveryFactory(owed_at=timezone.now() - timedelta(hours=73))
    [claimed] = delivery.claim("mine", 5)
    delivery._conclude(claimed, judge(LineDown("refused"), begun=False))

    assert state_of(row) == DeliveryState.FAILED
    assert row.reason == "Given up after 72 hours. No connection: refused"


def test_waiting_grows_from_a_minute_to_twelve_hours():
    waits = [delivery.wait_after(attempts) for attempts in range(30)]

    assert timedelta(minutes=1) <= waits[0] <= timedelta(seconds=75)
    assert all(first < second * 1.3 for first, second in pairwise(waits))
    assert max(waits) <= timedelta(hours=12)


def test_the_body_is_never_logged(caplog):
    DeliveryFactory(text="a secret", subject_line="a secret too", address="private@example.org")
    with caplog.at_level("DEBUG"):
        delivery.deliver_due()

    assert "secret" not in caplog.text
    assert "private@" not in caplog.text


def test_a_reader_without_name_and_one_with_markup_in_it_get_safe_mail():
    notice = ReleasedNoticeFactory(body="Hello {name}, {nobody} <script>alert(1)</script> [x](javascript:alert(1))")
    evil = MemberFactory(name='<img src=x onerror="alert(1)"> {name}')
    DeliveryFactory(text="", notice=notice, member=evil, key="a")
    DeliveryFactory(text="", notice=notice, key="b", subscriber=SubscriberFactory())
    delivery.deliver_due()

    first, second = mail.outbox
    html = first.alternatives[0][0]
    assert "<img" not in html
    assert "&lt;img src=x" in html
    assert "<script" not in html
    assert "javascript:" not in html
    assert 'Hello <img src=x onerror="alert(1)"> {name}, {nobody}' in first.body
    assert "Hello reader, {nobody}" in second.body


@pytest.fixture(params=[True, False], ids=["together", "one by one"])
def sink(request, tmp_path, settings):
    with Sink(tmp_path, pipelining=request.param) as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", sink.port, False
        yield sink


def test_over_smtp_each_answer_ends_as_it_should(sink):
    names = ("ok.1", "p5.1", "d5.1", "t4.1", "drop.1", "ok.2")
    rows = {name: DeliveryFactory(address=f"{name}@example.org") for name in names}

    assert delivery.deliver_due() == 2
    assert {name: state_of(row) for name, row in rows.items()} == {
        "ok.1": "sent", "p5.1": "failed", "d5.1": "failed", "t4.1": "queued", "drop.1": "unknown", "ok.2": "sent",
    }  # fmt: skip
    assert sink.seen() == {rows[name].message_id: 1 for name in ("ok.1", "drop.1", "ok.2")}


def test_over_smtp_what_was_withdrawn_at_the_last_moment_is_never_given(sink):
    withdrawn, good = DeliveryFactory(address="ok.1@example.org"), DeliveryFactory(address="ok.2@example.org")
    claimed = delivery.claim("mine", 5)
    Delivery.objects.filter(pk=withdrawn.pk).update(
        state=DeliveryState.CANCELLED, reason="The notice was cancelled.", claim="", lease_until=None
    )

    assert send(claimed) == (1, False)
    assert sink.seen() == {good.message_id: 1}
    assert state_of(withdrawn) == DeliveryState.CANCELLED


def test_over_smtp_a_notice_that_is_paused_meanwhile_costs_one_connection_and_not_one_a_message(sink, settings):
    notice = ReleasedNoticeFactory(state="sending")
    rows = [DeliveryFactory(address=f"ok.{n}@example.org", notice=notice, key=f"n{n}") for n in range(5)]
    other = DeliveryFactory(address="ok.9@example.org")
    claimed = delivery.claim("mine", 9)
    Notice.objects.update(state="paused")

    assert send(claimed) == (1, False)

    assert [state_of(row) for row in rows] == ["paused"] * 5
    assert (state_of(other), sink.connections) == ("sent", 2)


def test_the_command_says_how_many_were_sent(capsys):
    DeliveryFactory()
    call_command("deliver")

    assert capsys.readouterr().out == "1 sent\n"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (smtplib.SMTPServerDisconnected("x"), "The line broke: the server hung up"),
        (TimeoutError(), "The line broke: the server did not answer in time"),
        (ConnectionResetError(), "The line broke: the connection was cut"),
        (ssl.SSLError(), "The line broke: no secure connection could be agreed on"),
        (OSError(), "The line broke: OSError"),
    ],
)
def test_reasons_are_words_and_no_names_of_python(error, words):
    assert judge(error, begun=False).reason == words
