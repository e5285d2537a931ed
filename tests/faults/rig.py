"""The rig: a folder with all that runs in it, and the hands to kill it. Imported once Django knows its database."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from celery import current_app
from django.db import InterfaceError, OperationalError, connection
from kombu.exceptions import OperationalError as BrokerError

from notices.models import Delivery
from tests.faults.checker import OPEN, broken_promises
from tests.faults.servers import Postgres, Redis
from tests.notices.sink import AMBIGUOUS, Sink

WORKER = ["worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]


def steady(ask: Callable[[], Any]) -> Any:
    """Ask the database again until it is back; whatever is asked here may be asked twice."""
    for _ in range(120):
        try:
            return ask()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.25)
    return ask()


class Process:
    """One worker or clock, in a process group of its own, with a log of its own."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid, self.log, self.born = pid, log, time.monotonic()

    def says(self, words: str, *, within: float = 20) -> bool:
        """Wait until its log says so."""
        over = time.monotonic() + within
        while time.monotonic() < over:
            if self.log.exists() and words in self.log.read_text(errors="replace"):
                return True
            time.sleep(0.02)
        return False

    def signal(self, number: int = signal.SIGKILL, *, group: bool = True) -> None:
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, number)

    def children(self) -> list[int]:
        try:
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            return []

    @property
    def is_alive(self) -> bool:
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False


class Rig:
    def __init__(self, folder: Path, postgres: Postgres, redis: Redis, sink: Sink, seed: int) -> None:
        self.folder, self.postgres, self.redis, self.sink = folder, postgres, redis, sink
        self.random, self.faults, self.processes = random.Random(seed), Counter(), []
        self.intended: set[tuple[str, str]] = set()
        self.in_hand: set[int] = set()
        self._order = threading.Lock()
        command = [sys.executable, "-W", "ignore", "-m", "tests.faults.workers"]
        log = (folder / "forks.log").open("w")
        self._forks = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Process:
        name = f"p{len(self.processes):04}"
        log = self.folder / f"{name}.log"
        arguments = (
            *arguments,
            *(["-n", f"{name}@rig"] if arguments[0] == "worker" else ["-s", str(self.folder / name)]),
        )
        process = Process(self._say({"run": arguments, "env": {**(env or {}), "COP_RIG_LOG": str(log)}}), log)
        self.processes.append(process)
        return process

    def worker(self, *arguments: str, env: dict[str, str] | None = None) -> Process:
        return self.run(*WORKER, *(arguments or ("--concurrency", "2")), env=env)

    def clock(self) -> Process:
        return self.run("beat", "--loglevel", "WARNING")

    def call(self, name: str, env: dict[str, str]) -> Process:
        log = self.folder / "calls.log"
        return Process(self._say({"call": name, "env": {**env, "COP_RIG_LOG": str(log)}}), log)

    def _say(self, order: dict) -> int:
        with self._order:
            self._forks.stdin.write(json.dumps(order) + "\n")
            self._forks.stdin.flush()
            return int(self._forks.stdout.readline())

    def nudge(self, task: str = "notices.deliver_due", times: int = 1) -> None:
        """Wake the workers as the portal does after a commit, once or several times over."""
        for _ in range(times):
            try:
                current_app.send_task(task, retry=False, ignore_result=True)
            except (BrokerError, OSError):
                return

    @contextmanager
    def noting_what_is_in_hand(self) -> Iterator[None]:
        """Around a kill: what was being handed over then, here or in another worker, may become unknown, and no other.

        Until somebody can look (a database that was killed has to start), some of it may be unknown already.
        """
        handing, unknown = self._in_hand(), self._in(state="unknown")
        yield
        self.in_hand |= handing | self._in_hand() | (self._in(state="unknown") - unknown)

    def _in_hand(self) -> set[int]:
        """Being handed over; also what another worker took for lost, though its own was only slow and could still tell."""
        return self._in(state="handing") | self._in(state="unknown", reason__startswith="The worker stopped")

    def _in(self, **which: str) -> set[int]:
        return set(steady(lambda: list(Delivery.objects.filter(**which).values_list("pk", flat=True))))

    def open_rows(self) -> int:
        return int(steady(lambda: Delivery.objects.filter(state__in=OPEN).count()))

    def settle(self, each_second: Callable[[], object], *, patience: float = 90) -> float:
        """Wait until every message has come to its end, or nothing has moved for so long; returns the seconds."""
        begun = moved = time.monotonic()
        left = self.open_rows()
        while left and time.monotonic() < moved + patience:
            steady(each_second)
            time.sleep(0.5)
            before, left = left, self.open_rows()
            moved = time.monotonic() if left < before else moved
        return time.monotonic() - begun

    def back_at_work(self, *, within: float = 120) -> float:
        """Seconds until the mail server takes the next message; none where nothing is due any more."""
        begun, last = time.monotonic(), self.sink.last
        while self.sink.last == last and time.monotonic() < begun + within and self.open_rows():
            time.sleep(0.05)
        return time.monotonic() - begun

    def judge(self, intended: set[tuple[str, str]] | None = None) -> dict[str, Any]:
        """The checker's word, and the counts."""
        fields = ("pk", "key", "address", "state", "reason", "message_id", "attempts")
        rows = steady(lambda: list(Delivery.objects.values(*fields)))
        seen = self.sink.seen()
        broken = broken_promises(rows, seen, intended=intended, in_hand=self.in_hand, scripted=AMBIGUOUS)
        unknown = [row["address"].partition(".")[0] for row in rows if row["state"] == "unknown"]
        return {
            "messages": len(rows),
            "states": dict(Counter(row["state"] for row in rows)),
            "unknown": dict(Counter("scripted" if way in AMBIGUOUS else "killed in hand" for way in unknown)),
            "taken_by_the_server": sum(seen.values()),
            "taken_twice": sum(times > 1 for times in seen.values()),
            "faults": dict(self.faults),
            "broken": broken[:20],
            "broken_promises": len(broken),
        }

    def stop(self) -> None:
        for process in self.processes:
            process.signal()
        self._forks.stdin.close()
        self._forks.wait(10)
        connection.close()
