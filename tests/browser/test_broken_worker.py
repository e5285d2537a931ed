"""The real worker killed while it sends, and the broker wiped: nobody's message is lost, and nobody gets it twice."""

import json
import shutil
import signal
import sys
import time
from collections import Counter

import pytest
import redis

pytestmark = pytest.mark.browser

OWED = 120
OWE = f"""
from django.utils import timezone
from notices.actions import owe
now = timezone.now()
for number in range({OWED}):
    owe(key="storm", address=f"storm{{number}}@elsewhere.example", template="portal/referral", now=now,
        context={{"referrer": None}})
"""
# Five minutes: what the killed worker held is free again.
LEASES_END = """
from datetime import timedelta
from django.utils import timezone
from notices.models import Delivery
held = Delivery.objects.filter(key="storm", state__in=["claimed", "handing"])
print(held.update(lease_until=timezone.now() - timedelta(seconds=1)))
"""
STATES = """
import json
from collections import Counter
from notices.models import Delivery
print(json.dumps(Counter(Delivery.objects.filter(key="storm").values_list("state", flat=True))))
"""


@pytest.mark.thorough
def test_killed_worker_and_wiped_broker_lose_and_double_nothing(portal):
    portal.inbox.room = len(portal.inbox.messages) + OWED // 6
    portal.manage("shell", "-v0", "-c", OWE)
    wait_until(lambda: len(portal.inbox.messages) == portal.inbox.room, "the worker waits in the midst of sending")
    portal.kill("worker", signal.SIGKILL)
    wipe_broker(portal)
    assert 0 < len(arrived(portal)) < OWED

    portal.inbox.room = sys.maxsize
    portal.manage("shell", "-v0", "-c", LEASES_END)
    portal.start("worker")
    wait_until(lambda: len(arrived(portal)) >= OWED - 1, "the clock finds what is due")
    wait_until(lambda: not still_open(portal), "everything comes to an end")

    states, copies = states_of(portal), Counter(message["Message-ID"] for message in arrived(portal))
    assert set(copies.values()) == {1}
    assert states.get("sent", 0) + states.get("unknown", 0) == OWED
    # One message was in the worker's hands at most; whether it arrived is for a person to decide.
    assert states.get("unknown", 0) <= 1
    assert states["sent"] <= len(copies) <= states["sent"] + states.get("unknown", 0)


def arrived(portal):
    return [message for address, message in list(portal.inbox.messages) if address.startswith("storm")]


def states_of(portal):
    return json.loads(portal.manage("shell", "-v0", "-c", STATES))


def still_open(portal):
    return set(states_of(portal)) & {"queued", "claimed", "handing"}


def wipe_broker(portal):
    if portal.env["REDIS_URL"] == "none":
        shutil.rmtree(portal.folder / "broker" / "messages")
        (portal.folder / "broker" / "messages").mkdir()
    else:
        redis.Redis.from_url(portal.env["REDIS_URL"]).flushdb()


def wait_until(happened, what, seconds=150):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"In {seconds} s it did not come true that {what}."
        time.sleep(0.5)
