import threading

import pytest
from kombu.exceptions import OperationalError

from notices import wake

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch, settings):
    """What was asked of the broker; the thread is joined, so that a test sees its end."""
    settings.WAKE_UP = True
    tasks = []

    class Joined(threading.Thread):
        def start(self):
            super().start()
            self.join()

    monkeypatch.setattr(wake.threading, "Thread", Joined)
    monkeypatch.setattr(wake.current_app, "send_task", lambda name, **options: tasks.append((name, options)))
    return tasks


def test_the_worker_is_woken_after_the_commit(sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        wake.wake_up()
        assert sent == []

    assert sent == [("notices.deliver_due", {"retry": False, "ignore_result": True})]


@pytest.mark.parametrize("error", [OperationalError("refused"), TimeoutError(), ConnectionRefusedError()])
def test_a_broker_that_is_away_disturbs_nobody(sent, monkeypatch, error, django_capture_on_commit_callbacks):
    def away(*_, **__):
        raise error

    monkeypatch.setattr(wake.current_app, "send_task", away)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            wake.wake_up()
    assert wake._running is False


def test_it_can_be_switched_off(sent, settings, django_capture_on_commit_callbacks):
    settings.WAKE_UP = False
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        wake.wake_up()

    assert (callbacks, sent) == ([], [])
