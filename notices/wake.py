"""A nudge to the worker after a commit: worth one second, never waited for, never an error.

The minute's tick finds everything that is due in the database; this only spares people the minute.
"""

import logging
import threading
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import KombuError

from notices.failpoints import failpoint

log = logging.getLogger(__name__)
_lock = threading.Lock()
_wanted: set[str] = set()
_running = False


def wake_up(task: str = "notices.deliver_due") -> None:
    """Once this transaction is committed, ask the worker to look; a page never waits for the broker."""
    if settings.WAKE_UP:
        transaction.on_commit(partial(_nudge, task))


def _nudge(task: str) -> None:
    global _running
    failpoint("after_intent_commit")
    with _lock:
        _wanted.add(task)
        if _running:  # one thread at a time, however many messages a transaction owes
            return
        _running = True
    threading.Thread(target=_send, name="notices-wake-up", daemon=True).start()


def _send() -> None:
    global _running
    while True:
        with _lock:
            if not _wanted:
                _running = False
                return
            task = _wanted.pop()
        try:
            current_app.send_task(task, retry=False, ignore_result=True)
        except (KombuError, OSError) as error:
            log.info("The worker was not woken (%s); the minute's tick will find it.", type(error).__name__)
