# ruff: noqa: E402 - Django is set up first
"""What the worker processes of the fault tests do. Django takes a second to start, so each of them is a fork of this one.

python -m tests.notices.runner reads one order a line, as JSON: ``{"database": …, "port": …, "steps": […]}``, where the
port is the mail server's. A process of its own takes the steps and answers with a line of JSON: what the table then holds,
or ``null`` where it failed.

``step@failpoint`` runs the step in another process that must die there by signal 9; ``step*2`` runs it in two at once.
"""

import json
import os
import signal
import sys
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.notices.worker_settings"

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from notices import delivery, tasks
from notices.actions import notices as notice_actions
from notices.enums import DeliveryState, Subject
from notices.failpoints import failpoint
from notices.models import Delivery, Notice, Subscriber, Subscription
from notices.tokens import new_message_id, new_token
from tests.factories import MemberFactory

ADDRESSES = [f"ok.{n}@example.org" for n in range(4)] + [
    "t4.greylisted@example.org", "t4x.never@example.org", "p5.gone@example.org", "d5.unwanted@example.org",
    "drop.line@example.org",
]  # fmt: skip
SUBSCRIBERS = 25


def seed() -> None:
    moment = timezone.now() - timedelta(minutes=1)
    Delivery.objects.bulk_create(
        Delivery(
            key=f"test:{n}", address=address, subject_line="Hello", text="Hello", owed_at=moment, due_at=moment,
            message_id=new_message_id(),
        )
        for n, address in enumerate(ADDRESSES)
    )  # fmt: skip


def seed_notice() -> None:
    moment = timezone.now() - timedelta(minutes=1)
    author, sender = MemberFactory(), MemberFactory()
    for n in range(SUBSCRIBERS):
        subscriber = Subscriber.objects.create(email=f"ok.s{n}@example.org", token=new_token(), confirmed_at=moment)
        Subscription.objects.create(subscriber=subscriber, subject=Subject.MEETINGS, since=moment)
    Notice.objects.create(
        title="News", slug="news", subject=Subject.MEETINGS, body="Hello {name}", drafted_by=author,
        released_by=sender, scheduled_for=moment, state="scheduled",
    )  # fmt: skip


def deliver() -> None:
    delivery.deliver_due(seconds=20)


def release() -> None:
    notice_actions.AT_A_TIME = 10
    tasks.release_scheduled()


def settle() -> None:
    """Let the time pass that the portal waits for: leases, back-offs, and in the end the 72 hours."""
    Delivery.objects.filter(lease_until__isnull=False).update(lease_until=timezone.now() - timedelta(hours=1))
    for _ in range(4):
        Delivery.objects.filter(state=DeliveryState.QUEUED).update(due_at=timezone.now() - timedelta(minutes=1))
        delivery.deliver_due(seconds=20)
    queued = Delivery.objects.filter(state=DeliveryState.QUEUED)
    queued.update(due_at=timezone.now() - timedelta(minutes=1), owed_at=F("owed_at") - timedelta(hours=80))
    delivery.deliver_due(seconds=20)


def say(answer: list[dict] | None) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def dump() -> None:
    fields = ("key", "address", "state", "reason", "message_id", "attempts")
    say(list(Delivery.objects.order_by("pk").values(*fields)))


def mark_then_send() -> None:
    """A negative control, the order of healthchecks.io: marked as sent first."""

    def begin(row: Delivery, taken: delivery.Taken) -> None:
        delivery._settle(row, state=DeliveryState.SENT, sent_at=timezone.now())
        failpoint("after_handing")

    delivery._begin_handing = begin
    deliver()


def send_then_mark() -> None:
    """A negative control, the order of most projects: sent under the claim, marked afterwards."""
    delivery._begin_handing = lambda row, taken: None
    deliver()


def _fork(step: str, failpoint: str = "") -> int:
    connection.close()  # a connection does not survive a fork
    child = os.fork()
    if child:
        return child
    os.environ["COP_FAILPOINT"] = failpoint
    globals()[step]()
    connection.close()
    os._exit(0)


def _ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def perform(order: str) -> None:
    if "@" in order:
        assert _ended(_fork(*order.split("@"))) == -signal.SIGKILL
    elif order.endswith("*2"):
        assert [_ended(child) for child in [_fork(order[:-2]), _fork(order[:-2])]] == [0, 0]
    else:
        globals()[order]()


def obey(order: dict) -> None:
    signal.alarm(60)
    connection.settings_dict["NAME"], settings.EMAIL_PORT = order["database"], order["port"]
    for step in order["steps"]:
        perform(step)
    dump()


def main() -> None:
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if not child:
            obey(json.loads(line))
            os._exit(0)
        if _ended(child):
            say(None)


if __name__ == "__main__":
    main()
