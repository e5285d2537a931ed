"""A process whose clock disagrees with the database's leaves alone what depends on the hour."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cop_portal import clock
from notices import tasks
from notices.models import Delivery
from tests.factories import DeliveryFactory, ReleasedNoticeFactory

pytestmark = pytest.mark.django_db
HOURS = [timedelta(hours=2), timedelta(hours=-2)]
apart = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's clock is the process's own")


def run(task):
    """As a worker does it."""
    task.apply(throw=True)


@pytest.fixture
def due_soon():
    """A notice whose time comes within the hour."""
    return ReleasedNoticeFactory(state="scheduled", scheduled_for=timezone.now() + timedelta(hours=1))


def test_clocks_of_one_machine_agree():
    assert clock.is_right()


@apart
@pytest.mark.parametrize("off", HOURS)
def test_worker_whose_clock_is_wrong_starts_nothing_early(time_machine, due_soon, off, caplog):
    time_machine.move_to(timezone.now() + off)

    assert not clock.is_right()
    run(tasks.release_scheduled)

    due_soon.refresh_from_db()
    assert due_soon.state == "scheduled"
    assert "clock is wrong" in caplog.text


@apart
@pytest.mark.parametrize("off", HOURS)
def test_message_that_is_due_is_sent_whatever_the_workers_clock_says(time_machine, off):
    due, later = DeliveryFactory(), DeliveryFactory(due_at=timezone.now() + timedelta(hours=1))
    time_machine.move_to(timezone.now() + off)

    run(tasks.deliver_due)

    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {due.pk: "sent", later.pk: "queued"}


@apart
def test_lease_is_not_stolen_by_a_worker_whose_clock_is_ahead(time_machine):
    row = DeliveryFactory(state="claimed", claim="another", lease_until=timezone.now() + timedelta(seconds=50))
    time_machine.move_to(timezone.now() + HOURS[0])

    run(tasks.deliver_due)

    row.refresh_from_db()
    assert (row.state, row.claim) == ("claimed", "another")


@apart
def test_web_server_whose_clock_is_wrong_says_that_it_is_not_ready(client, time_machine):
    time_machine.move_to(timezone.now() + HOURS[0])

    response = client.get("/health/ready")

    assert (response.status_code, response.json()["clock"]) == (503, False)


def test_task_that_is_called_by_hand_asks_no_clock(monkeypatch, due_soon):
    monkeypatch.setattr(clock, "is_right", lambda: pytest.fail("asked"))

    tasks.release_scheduled()
