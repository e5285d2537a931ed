"""A change of mind while a notice goes out: who left before the hand-over gets nothing, and nobody falls in between."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from notices import actions
from notices.actions import fanout
from notices.audience import addressees
from notices.delivery import deliver_due
from notices.enums import DeliveryState, Frequency, NoticeState, Subject
from notices.models import Delivery
from tests.factories import (
    MemberFactory,
    MembershipPeriodFactory,
    NoticeFactory,
    ReleasedNoticeFactory,
    SubscriptionFactory,
)

NOON = datetime(2027, 1, 20, 18, tzinfo=UTC)
MORNING = datetime(2027, 1, 21, 15, tzinfo=UTC)  # after the next daily digest is due


def reader(frequency=Frequency.AT_ONCE):
    return SubscriptionFactory(frequency=frequency, since=NOON - timedelta(days=1)).subscriber


def choose(subscriber, frequency, now):
    actions.save_preferences(subscriber, choices={Subject.MEETINGS: frequency}, now=now)


def owed_to(subscriber):
    return list(Delivery.objects.filter(subscriber=subscriber).values_list("key", flat=True))


def scheduled():
    return NoticeFactory(state=NoticeState.SCHEDULED, released_by=MemberFactory(email=None), scheduled_for=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize("rhythm", [Frequency.DAILY, Frequency.WEEKLY])
def test_what_waited_for_a_digest_comes_when_somebody_chooses_to_hear_at_once(rhythm):
    person = reader(rhythm)
    ReleasedNoticeFactory(released_at=NOON - timedelta(days=2))  # told by the last digest
    waiting = ReleasedNoticeFactory(released_at=NOON)
    ReleasedNoticeFactory(released_at=NOON, audience={"language": ["Hmong"]})
    ReleasedNoticeFactory(released_at=NOON, to_subscribers=False)
    ReleasedNoticeFactory(released_at=NOON, subject=Subject.RFPS)

    choose(person, Frequency.AT_ONCE, NOON + timedelta(hours=1))
    choose(person, rhythm, NOON + timedelta(hours=2))
    choose(person, Frequency.AT_ONCE, NOON + timedelta(hours=3))

    assert owed_to(person) == [f"notice:{waiting.pk}"]
    assert actions.owe_period_digests(MORNING) == 0


@pytest.mark.django_db
def test_what_waited_goes_by_the_level_of_a_member():
    member = MembershipPeriodFactory(level="public").member
    subscriber = actions.subscriber_for(member, NOON - timedelta(days=1))
    choose(subscriber, Frequency.DAILY, NOON - timedelta(hours=1))
    ReleasedNoticeFactory(released_at=NOON, levels=["full"])
    mine = ReleasedNoticeFactory(released_at=NOON, levels=["public"])

    choose(subscriber, Frequency.AT_ONCE, NOON + timedelta(hours=1))

    assert owed_to(subscriber) == [f"notice:{mine.pk}"]


@pytest.mark.django_db
def test_what_waited_of_a_paused_notice_is_held_back_with_the_others():
    person = reader(Frequency.DAILY)
    notice = ReleasedNoticeFactory(released_at=NOON, state=NoticeState.PAUSED)

    choose(person, Frequency.AT_ONCE, NOON + timedelta(hours=1))

    assert Delivery.objects.get(subscriber=person).state == DeliveryState.PAUSED
    assert actions.resume(notice, now=NOON + timedelta(hours=2)) == 1


@pytest.mark.django_db
def test_between_two_rhythms_everything_waits_on():
    person = reader(Frequency.DAILY)
    ReleasedNoticeFactory(released_at=NOON)

    choose(person, Frequency.WEEKLY, NOON + timedelta(hours=1))

    assert owed_to(person) == []
    assert actions.owe_period_digests(NOON + timedelta(days=7)) == 1


@pytest.mark.django_db
def test_who_chose_a_digest_a_moment_after_the_release_gets_it_at_once():
    """The worker looked at the clock, then somebody chose, then it read what people chose."""
    person = reader()
    choose(person, Frequency.DAILY, NOON + timedelta(seconds=1))

    assert actions.start_sending(scheduled(), now=NOON) == 1

    assert len(owed_to(person)) == 1
    assert actions.owe_period_digests(MORNING) == 0


@pytest.mark.django_db
def test_who_chose_a_digest_before_the_release_gets_it_in_that():
    person = reader()
    choose(person, Frequency.DAILY, NOON - timedelta(seconds=1))

    assert actions.start_sending(scheduled(), now=NOON) == 0

    assert owed_to(person) == []
    assert actions.owe_period_digests(MORNING) == 1


@pytest.mark.django_db
def test_list_of_a_sent_notice_still_says_who_gets_it_in_a_digest():
    reader(Frequency.DAILY)
    notice = scheduled()
    actions.start_sending(notice, now=NOON)
    notice.refresh_from_db()

    assert actions.owe_period_digests(MORNING) == 1  # they are told, and their choice is newer than the release now

    assert [person.skipped for person in addressees(notice, MORNING.date())] == ["gets it in the daily digest"]


# --- real threads on PostgreSQL -------------------------------------------------------------------------------------


@pytest.fixture
def while_it_becomes_rows(monkeypatch):
    """``while_it_becomes_rows(notice, act)``: act when everybody's choice is read and the rows are not committed yet."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    reached, go_on = threading.Event(), threading.Event()

    def hold(_name):
        reached.set()
        assert go_on.wait(30)

    monkeypatch.setattr(fanout, "failpoint", hold)

    def in_thread(act):
        def run():
            try:
                act()
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def run(notice, act):
        sending = in_thread(lambda: actions.start_sending(notice, now=NOON))
        assert reached.wait(30)
        acting = in_thread(act)
        acting.join(0.5)  # it is done by then, or waits for the rows
        go_on.set()
        sending.join()
        acting.join()

    return run


def got_it():
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    deliver_due()
    return sorted(to for message in mail.outbox for to in message.to)


@pytest.mark.parametrize("way", ["one click", "preferences", "never again"])
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_leaves_while_a_notice_becomes_rows_gets_none(while_it_becomes_rows, way):
    leaving, staying = reader(), reader()
    act = {
        "one click": lambda: actions.unsubscribe(leaving, subject=Subject.MEETINGS, now=NOON),
        "preferences": lambda: choose(leaving, "", NOON),
        "never again": lambda: actions.suppress(leaving.email, reason="asked", now=NOON),
    }[way]

    while_it_becomes_rows(scheduled(), act)

    row = Delivery.objects.get(subscriber=leaving)
    assert row.state == DeliveryState.QUEUED  # their wish came between: only the hand-over can honour it
    assert got_it() == [staying.email]
    row.refresh_from_db()
    assert row.state == (DeliveryState.SUPPRESSED if way == "never again" else DeliveryState.CANCELLED)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_chooses_at_once_while_a_notice_becomes_rows_gets_it_once(while_it_becomes_rows):
    person, _other = reader(Frequency.DAILY), reader()
    notice = scheduled()

    while_it_becomes_rows(notice, lambda: choose(person, Frequency.AT_ONCE, NOON + timedelta(seconds=1)))

    assert owed_to(person) == [f"notice:{notice.pk}"]
    assert actions.owe_period_digests(MORNING) == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_chooses_a_digest_while_a_notice_becomes_rows_gets_it_once(while_it_becomes_rows):
    person = reader()

    while_it_becomes_rows(scheduled(), lambda: choose(person, Frequency.DAILY, NOON + timedelta(seconds=1)))

    assert len(owed_to(person)) == 1
    assert actions.owe_period_digests(MORNING) == 0
