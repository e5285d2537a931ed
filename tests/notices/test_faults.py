"""Workers killed by signal 9 at every step of sending. The mail server's ledger is the judge (see sink.py)."""

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from tests import databases
from tests.faults.checker import broken_promises
from tests.notices.sink import Sink

pytestmark = pytest.mark.worker


@pytest.fixture(scope="module")
def runner(migrated):
    """The process that the workers are forks of (see runner.py). It opens no database itself."""
    url = databases.url_of(migrated) if databases.ON_POSTGRES else f"sqlite:///{migrated}"
    env = {name: value for name, value in os.environ.items() if name not in ("COP_FAILPOINT", "COP_TEST_DB")}
    command = [sys.executable, "-W", "ignore", "-m", "tests.notices.runner"]
    with subprocess.Popen(
        command, env={**env, "COP_WORKER_DB": url}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.stdin.close()


class Rig:
    """A database of its own, a mail server, and processes that can be killed."""

    def __init__(self, runner: subprocess.Popen, database: str, sink: Sink) -> None:
        self.runner, self.database, self.sink = runner, database, sink

    def rows(self, *steps: str) -> list[dict]:
        """What the table holds after these steps (see runner.py)."""
        order = {"database": self.database, "port": self.sink.port, "steps": steps}
        self.runner.stdin.write(json.dumps(order) + "\n")
        self.runner.stdin.flush()
        rows = json.loads(self.runner.stdout.readline())
        assert rows is not None, "A step failed: what it said stands above."
        return rows


@pytest.fixture
def rig(runner, migrated, tmp_path):
    name = f"cop_worker_{os.getpid()}" if databases.ON_POSTGRES else tmp_path / "worker.sqlite3"
    databases.copy(migrated, name)
    with Sink(tmp_path) as sink:
        yield Rig(runner, str(name), sink)
    if databases.ON_POSTGRES:
        databases.admin(f"DROP DATABASE {name} WITH (FORCE)")


def states(rows: list[dict]) -> dict[str, str]:
    return {row["address"].partition("@")[0]: row["state"] for row in rows}


def test_every_answer_of_the_server_comes_to_its_end(rig):
    rows = rig.rows("seed", "deliver", "settle")

    assert broken_promises(rows, rig.sink.seen(), ambiguous=1) == []
    assert states(rows) == {
        "ok.0": "sent", "ok.1": "sent", "ok.2": "sent", "ok.3": "sent", "t4.greylisted": "sent", "t4x.never": "failed",
        "p5.gone": "failed", "d5.unwanted": "failed", "drop.line": "unknown",
    }  # fmt: skip
    attempts = {row["address"].partition("@")[0]: row["attempts"] for row in rows}
    assert (attempts["p5.gone"], attempts["d5.unwanted"], attempts["t4.greylisted"]) == (1, 1, 3)
    reasons = {row["address"].partition("@")[0]: row["reason"] for row in rows}
    assert reasons["t4x.never"].startswith("Given up after 72 hours. The server said 451")
    assert reasons["p5.gone"] == "The server said 550 5.1.1 No such mailbox"


@pytest.mark.parametrize(
    ("failpoint", "ambiguous"),
    [
        ("after_claim", 0),
        ("after_354", 0),
        ("after_handing", 1),
        ("after_data_before_reply", 1),
        ("after_250_before_commit", 1),
        ("after_sent_commit", 0),
    ],
)
def test_a_worker_killed_while_sending_loses_and_doubles_nothing(rig, failpoint, ambiguous):
    rows = rig.rows("seed", f"deliver@{failpoint}", "deliver", "settle")

    assert broken_promises(rows, rig.sink.seen(), ambiguous=ambiguous + 1) == []
    assert Counter(states(rows).values())["unknown"] == ambiguous + 1  # and the line that the server dropped


def test_a_worker_killed_while_releasing_owes_each_address_once(rig):
    rows = rig.rows("seed_notice", "release@mid_fanout", "release", "release", "deliver", "settle")

    assert broken_promises(rows, rig.sink.seen(), ambiguous=0) == []
    assert Counter(row["state"] for row in rows) == {"sent": 25}


def test_two_workers_at_once_send_each_message_once(rig):
    rows = rig.rows("seed_notice", "release", "deliver*2")

    assert broken_promises(rows, rig.sink.seen(), ambiguous=0) == []
    assert len(rows) == 25


@pytest.mark.parametrize(
    ("order", "failpoint", "complaint"),
    [
        ("mark_then_send", "after_handing", "ok.0@example.org was lost"),
        ("send_then_mark", "after_250_before_commit", "ok.0@example.org was sent 2 times"),
    ],
)
def test_the_checker_sees_what_other_designs_do_wrong(rig, order, failpoint, complaint):
    rows = rig.rows("seed", f"{order}@{failpoint}", "settle")

    assert complaint in broken_promises(rows, rig.sink.seen(), ambiguous=1)


def test_production_settings_ignore_failpoints_and_haste(tmp_path):
    env = {**os.environ, "COP_FAILPOINT": "after_claim", "DJANGO_SETTINGS_MODULE": "cop_portal.settings"}
    env |= {"DEBUG": "true", "VAR_DIR": str(tmp_path), "DELIVERY_HASTE": "20", "COP_HASTE": "20"}
    script = (
        "import django; from django.conf import settings; django.setup();"
        "from notices.failpoints import failpoint; failpoint('after_claim');"
        "from notices.delivery import LEASE; print(settings.DELIVERY_HASTE, LEASE)"
    )
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "1 0:00:50\n"
