"""Which clock counts: the database's. A process whose own is wrong leaves alone what depends on the hour."""

import logging
from datetime import datetime, timedelta
from typing import Any

from celery import Task
from django.db import connection
from django.utils import timezone

log = logging.getLogger(__name__)

TOLERATED = timedelta(seconds=30)
BY_THE_DATABASE = frozenset({"notices.deliver_due"})  # tasks that read the database's clock alone


def is_right() -> bool:
    """Whether this process's clock and the database's agree to within half a minute. SQLite's is this machine's own."""
    return abs(_ahead()) <= TOLERATED


def _ahead() -> timedelta:
    if connection.vendor != "postgresql":
        return timedelta(0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT STATEMENT_TIMESTAMP()")
        theirs: datetime = cursor.fetchone()[0]
    return timezone.now() - theirs


class Timely(Task):
    """A task of the portal's. In a worker whose clock is wrong it is left to one whose clock is right.

    Reminders, digests and deadlines would come hours early or late, and what is written down would say so for ever.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.name not in BY_THE_DATABASE and not self.request.called_directly and not is_right():
            log.error("This worker's clock is wrong by the database's: it leaves %s to others.", self.name)
            return None
        return super().__call__(*args, **kwargs)
