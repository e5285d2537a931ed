"""Starts workers and clocks by forking: Django and Celery are imported once, not three hundred times.

python -m tests.faults.workers reads one order a line from its standard input, as JSON, and answers with a process number:
``{"run": ["worker", "--concurrency", "2"], "env": {…}}`` runs Celery with these arguments, in a process group of its own;
``{"call": "name", "env": {…}}`` calls a function of script.py. What they print goes to the log named by COP_RIG_LOG.
"""

import json
import os
import sys

import django

django.setup()

from cop_portal.celery import app  # noqa: E402
from tests.faults import script  # noqa: E402
from tests.faults.designs import DESIGNS  # noqa: E402


def start(order: dict) -> int:
    child = os.fork()
    if child:
        return child
    os.setsid()
    os.environ.update(order["env"])
    log = os.open(os.environ["COP_RIG_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, target in ((0, nothing), (1, log), (2, log)):
        os.dup2(target, number)
    DESIGNS[os.environ.get("COP_DESIGN", "")]()
    if "call" in order:
        getattr(script, order["call"])()
        os._exit(0)
    app.start(argv=order["run"])
    os._exit(0)


def reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def main() -> None:
    for line in iter(sys.stdin.readline, ""):
        reap()
        sys.stdout.write(f"{start(json.loads(line))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
