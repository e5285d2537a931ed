"""What is done to the rig, each with what must be true afterwards."""

import signal
import threading
import time
from collections.abc import Iterable
from itertools import count
from typing import Any

from django.db import connection

from notices.models import Delivery
from tests.faults import script
from tests.faults.rig import Process, Rig, steady

FAILPOINTS = ("after_claim", "after_354", "after_handing", "after_data_before_reply", "after_250_before_commit", "after_sent_commit")  # fmt: skip
STRETCH = 400  # more messages, where the queue is empty before all faults have happened


class Feeder(threading.Thread):
    """Meanwhile people act: messages of the moment are owed, and some unsubscribe from the notice under way."""

    def __init__(self, rig: Rig, leaving: Iterable[str]) -> None:
        super().__init__(daemon=True)
        self.rig, self.leaving, self.over = rig, iter(leaving), threading.Event()
        self.owed: dict[str, float] = {}
        self.gone: list[str] = []

    def run(self) -> None:
        for number in count():
            if self.over.wait(0.5):
                break
            key, address = f"moment:{number}", f"ok.moment{number}@example.org"
            self.rig.intended.add((key, address))
            steady(lambda key=key, address=address: script.owe(key, address))
            self.owed[address] = time.time()
            self.rig.nudge()
            address = next(self.leaving, "")
            if address and steady(lambda address=address: script.unsubscribe(address)):
                self.gone.append(address)
        connection.close()

    def waits(self) -> list[float]:
        """Seconds from owing each to the mail server's taking it."""
        taken = {line.split()[1]: float(line.split()[2]) for line in self.rig.sink.ledger.read_text().splitlines()}
        return sorted(taken[address] - moment for address, moment in self.owed.items() if address in taken)


def chaos(
    rig: Rig, *, recipients: int, kills: int, wipes: int, postgres_kills: int, design: str = ""
) -> dict[str, Any]:
    """A notice to everybody under scripted failures, while workers, broker and database are killed again and again."""
    env, begun = {"COP_DESIGN": design}, time.monotonic()
    people = [f"{way}.n{n}@example.org" for n, way in enumerate(script.ways(recipients, rig.random))]
    rig.intended |= script.notice(1, people) | script.poison(max(1, int(recipients * script.POISON_SHARE)))
    digests = script.digest()
    clocks = [rig.clock(), rig.clock()]
    _release(rig, kills=min(20, kills // 10))
    feeder = Feeder(rig, [address for address in people if address.startswith("ok.")][-200:])
    feeder.start()
    faults = ["kill"] * kills + ["wipe"] * wipes + ["postgres"] * postgres_kills
    rig.random.shuffle(faults)
    workers, recovery, extra = [rig.worker(env=env), rig.worker(env=env)], [], count(2)
    for fault in faults:
        if rig.open_rows() < 100:
            number = next(extra)
            rig.intended |= steady(lambda number=number: script.more(number, STRETCH))
        rig.faults[fault] += 1
        if fault == "kill":
            _kill(rig, workers, env)
        elif fault == "wipe":
            rig.redis.wipe()
            recovery.append(rig.back_at_work())
        else:
            with rig.noting_what_is_in_hand():
                rig.postgres.kill()
                rig.postgres.start()
            recovery.append(rig.back_at_work())
    feeder.over.set()
    feeder.join()
    chaos_seconds = time.monotonic() - begun
    settled = rig.settle(script.let_time_pass)
    stop([*clocks, *workers])
    result = rig.judge(rig.intended | _digests(digests))
    waits = feeder.waits()
    return result | {
        "recipients": recipients, "clocks": 2, "workers": 2, "seconds": round(chaos_seconds), "settled_seconds": round(settled, 1),
        "recovery_seconds_longest": round(max(recovery, default=0), 1), "of_the_moment": len(waits),
        "of_the_moment_seconds": {"median": round(waits[len(waits) // 2], 2), "longest": round(waits[-1], 2)} if waits else {},
        "unsubscribed_under_way": len(feeder.gone), "sent_after_unsubscribing": _sent(rig, feeder.gone),
    }  # fmt: skip


def _release(rig: Rig, *, kills: int) -> None:
    """The notice becomes rows; the worker that does it is killed in the middle, again and again."""
    for _ in range(kills):
        worker = rig.worker("--pool", "solo", env={"COP_FAILPOINT": "mid_fanout"})
        rig.nudge("notices.release_scheduled")
        _until_dead(worker)
        rig.faults["kill mid_fanout"] += 1
    worker = rig.worker()
    rig.nudge("notices.release_scheduled")
    over = time.monotonic() + 60
    while not Delivery.objects.filter(key="notice:1").exists() and time.monotonic() < over:
        time.sleep(0.2)
    stop([worker])


def _kill(rig: Rig, workers: list[Process], env: dict[str, str]) -> None:
    """One of the two, at work: the whole of it, or one process of its pool."""
    place = rig.random.randrange(2)
    rig.nudge(times=rig.random.randint(1, 5))  # one task delivered several times over does no harm either
    workers[place].says("Task notices.deliver_due", within=8)
    time.sleep(rig.random.uniform(0.05, 0.25))
    children = workers[place].children()
    if children and rig.random.random() < 0.2:
        rig.faults["of these, one process of the pool"] += 1
        with rig.noting_what_is_in_hand():
            Process(rig.random.choice(children), workers[place].log).signal(group=False)
        return
    with rig.noting_what_is_in_hand():
        workers[place].signal()
    workers[place] = rig.worker(env=env)


def failpoints(rig: Rig, *, times: int) -> dict[str, Any]:
    """A worker dies at every step of sending, and a request right after its commit, so many times each."""
    clock = rig.clock()
    for number in range(times):
        for point in FAILPOINTS:
            key, address = f"point:{point}:{number}", f"ok.{point}{number}@example.org"
            rig.intended.add((key, address))
            script.owe(key, address)
            worker = rig.worker("--pool", "solo", env={"COP_FAILPOINT": point})
            with rig.noting_what_is_in_hand():
                rig.nudge()
                rig.faults[point] += _until_dead(worker)
        key, address = f"point:commit:{number}", f"ok.commit{number}@example.org"
        rig.intended.add((key, address))
        env = {"COP_FAILPOINT": "after_intent_commit", "COP_RIG_KEY": key, "COP_RIG_ADDRESS": address}
        rig.faults["after_intent_commit"] += _until_dead(rig.call("owe_one", env))
    worker = rig.worker()
    settled = rig.settle(script.let_time_pass)
    stop([clock, worker])
    return rig.judge(rig.intended) | {"settled_seconds": round(settled, 1)}


def terminations(rig: Rig, *, times: int) -> dict[str, Any]:
    """A deploy in the middle of a notice: workers are told to stop, alone or with their whole group."""
    people = [f"ok.t{n}@example.org" for n in range(times * 40)]
    rig.intended |= script.notice(1, people)
    clock = rig.clock()
    _release(rig, kills=0)
    longest = 0.0
    for number in range(times):
        worker = rig.worker()
        rig.nudge(times=2)
        worker.says("Task notices.deliver_due")
        time.sleep(rig.random.uniform(0.05, 0.25))
        told = time.monotonic()
        worker.signal(signal.SIGTERM, group=bool(number % 2))  # systemd tells the group, docker the first process
        _until_dead(worker, within=60)
        longest = max(longest, time.monotonic() - told)
        rig.faults["SIGTERM"] += 1
    worker = rig.worker()
    settled = rig.settle(lambda: None)
    stop([clock, worker])
    return rig.judge(rig.intended) | {"settled_seconds": round(settled, 1), "gone_after_seconds": round(longest, 1)}


def recovery(rig: Rig) -> dict[str, Any]:
    """How long it takes by itself, in the portal's own time: nobody wakes the workers but the minute's tick."""
    took: dict[str, float] = {}
    clock, worker = rig.clock(), rig.worker()
    worker.says("ready")
    for fault in ("worker killed", "PostgreSQL killed", "Redis wiped", "Redis killed"):
        rig.intended |= script.more(rig.faults.total(), 300)
        rig.nudge()
        rig.back_at_work()
        time.sleep(0.5)
        rig.faults[fault] += 1
        with rig.noting_what_is_in_hand():
            worker = _strike(rig, fault, worker)
        took[fault] = round(rig.settle(lambda: None), 1)
    stop([clock, worker])
    return rig.judge(rig.intended) | {"seconds_until_all_was_sent": took}


def _strike(rig: Rig, fault: str, worker: Process) -> Process:
    if fault == "worker killed":
        worker.signal()
        return rig.worker()
    if fault == "PostgreSQL killed":
        rig.postgres.kill()
        rig.postgres.start()
    elif fault == "Redis wiped":
        rig.redis.wipe()
    else:
        rig.redis.kill()
        rig.redis.start()
    return worker


def _until_dead(process: Process, *, within: float = 30) -> bool:
    over = time.monotonic() + within
    while process.is_alive and time.monotonic() < over:
        time.sleep(0.02)
    if process.is_alive:
        process.signal()
        return False
    return True


def stop(processes: list[Process]) -> None:
    for process in processes:
        process.signal(signal.SIGTERM, group=False)
    for process in processes:
        _until_dead(process)


def _digests(addresses: set[str]) -> set[tuple[str, str]]:
    """What was owed to them; anybody who was owed none is missed by a name of its own."""
    rows = list(Delivery.objects.filter(address__in=addresses).values_list("key", "address"))
    return {*rows, *(("a digest", address) for address in addresses - {address for _, address in rows})}


def _sent(rig: Rig, gone: list[str]) -> int:
    taken = {line.split()[1] for line in rig.sink.ledger.read_text().splitlines()}
    return len(taken & set(gone))
