"""Faults on purpose, and a count of what they did: python -m tests.faults [--seed N] [--only chaos …]

Everything runs in a folder of its own: PostgreSQL, Redis, a mail server whose ledger is the judge, real Celery workers and
two clocks. The time of the portal runs faster there (--haste): leases, pauses and the minute's tick are that much
shorter. One line of JSON for each scenario; the command fails where a promise is broken, or a control is not caught.

    chaos      5,000 people with scripted failures at every step of SMTP, 300 kills of a worker, Redis wiped ten times,
               PostgreSQL killed five times; people act and unsubscribe meanwhile
    failpoints a worker killed twenty times at each step of sending, a request right after its commit
    terms      fifty workers told to stop in the middle of a notice: nothing becomes unknown
    recovery   a worker and PostgreSQL killed, Redis wiped and killed, with nobody to wake the workers; in the portal's own
               time, which is not made faster: how long until all that was under way is sent
    controls   two other designs, which must be caught: one loses messages, one doubles them
"""

import argparse
import importlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.servers import Postgres, Redis
from tests.notices.sink import Sink

SCENARIOS = ["chaos", "failpoints", "terms", "recovery", "controls"]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--haste", type=float, default=20)
    parser.add_argument("--recipients", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--wipes", type=int, default=10)
    parser.add_argument("--postgres-kills", type=int, default=5)
    parser.add_argument("--times", type=int, default=20, help="for each failpoint")
    parser.add_argument("--terms", type=int, default=50)
    parser.add_argument("--keep", action="store_true", help="keep the folder with its logs")
    return parser.parse_args()


def environment(postgres: Postgres, redis: Redis, sink: Sink, folder: Path, haste: float) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings", "DEBUG": "false", "SECRET_KEY": "of-the-rig-" + "x" * 50,
        "ALLOWED_HOSTS": "cop.example", "PUBLIC_URL": "https://cop.example", "MAIL_FROM": "CoP <cop@cop.example>",
        "DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(sink.port),
        "EMAIL_USE_TLS": "false", "VAR_DIR": str(folder), "COP_HASTE": str(haste), "COP_RIG_LOG": os.devnull,
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "migrate", "--skip-checks", "--verbosity", "0"],
        cwd=Path(__file__).resolve().parents[2], check=True,
    )  # fmt: skip


def run(name: str, chosen: argparse.Namespace) -> None:
    """One scenario in a folder of its own; prints its line, and ends with an error where a promise was broken."""
    chosen.haste = 1 if name == "recovery" else chosen.haste
    folder = Path(tempfile.mkdtemp(prefix="cop-faults-"))
    folder.chmod(0o755)
    postgres, redis = Postgres(folder), Redis(folder)
    postgres.start()
    redis.start()
    slow = 20 / chosen.haste / 10  # “late” is a tenth of our time limit, silence twice as long as it
    # A 421 costs a minute's pause: where the time until all is sent is measured, nothing is refused.
    with Sink(folder, most=0 if name == "recovery" else 30, slow=slow, each=0.02) as sink:
        environment(postgres, redis, sink, folder, chosen.haste)
        importlib.import_module("django").setup()
        importlib.import_module("cop_portal.celery")
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        scenarios, rigs = (importlib.import_module(f"tests.faults.{part}") for part in ("scenarios", "rig"))
        rig = rigs.Rig(folder, postgres, redis, sink, chosen.seed)
        try:
            result = perform(scenarios, rig, name, chosen)
        finally:
            rig.stop()
            redis.stop()
            kept = postgres.settings() if name == "chaos" else {}
            postgres.stop()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    line = {"scenario": name, "commit": commit, "seed": chosen.seed, "haste": chosen.haste, **result, "postgres": kept}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    is_control = name in ("mark_then_send", "send_then_mark")
    if not chosen.keep:
        subprocess.run(["rm", "-rf", str(folder)])
    if is_control:
        sys.exit(not result["broken"])
    sys.exit(bool(result["broken"] or result.get("sent_after_unsubscribing")))


def perform(scenarios, rig, name: str, chosen: argparse.Namespace) -> dict:
    if name == "failpoints":
        return scenarios.failpoints(rig, times=chosen.times)
    if name == "terms":
        return scenarios.terminations(rig, times=chosen.terms)
    if name == "recovery":
        return scenarios.recovery(rig)
    counts = {"recipients": chosen.recipients, "kills": chosen.kills, "wipes": chosen.wipes}
    if name == "chaos":
        return scenarios.chaos(rig, **counts, postgres_kills=chosen.postgres_kills)
    return scenarios.chaos(rig, recipients=400, kills=40, wipes=0, postgres_kills=0, design=name)


def main() -> None:
    chosen = options()
    names = [
        part
        for name in chosen.only
        for part in (["mark_then_send", "send_then_mark"] if name == "controls" else [name])
    ]
    failed = []
    for name in names:
        # Django's settings are read once in a process: each scenario is a process of its own.
        child = os.fork()
        if not child:
            run(name, chosen)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            failed.append(name)
    if failed:
        sys.stderr.write(f"Broken: {', '.join(failed)}\n")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
