"""Run the whole portal on one machine for development: web server, worker and clock, ended together."""

import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any, cast

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command


class Command(BaseCommand):
    help = "Prepare the database and the demo data, then run web server, worker and clock until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("This command is for development. See docs/operations.md for production.")
        _insist_on_a_free_port(port)
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        call_command("setup_portal", verbosity=0)
        call_command("seed_demo", verbosity=0)
        # Ended by a signal to `make` or to this process alone, the children are ended just the same.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        processes = [_start(command) for command in _commands(port)]
        try:
            _wait_for(port, processes)
            call_command("seed_demo", "--show", stdout=self.stdout)
            self.stdout.write("Ctrl-C ends it.")
            self.stdout.flush()
            while all(process.poll() is None for process in processes):
                time.sleep(0.5)
            raise CommandError("A part of the portal has ended; its last words are above.")
        except KeyboardInterrupt:
            self.stdout.write("\nEnding web server, worker and clock.")
        finally:
            _end(processes)


def _commands(port: int) -> list[list[str]]:
    celery = [sys.executable, "-m", "celery", "-A", "cop_portal"]
    return [
        [sys.executable, "manage.py", "runserver", "--skip-checks", f"localhost:{port}"],
        [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "1"],
        [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(settings.VAR_DIR / "beat-schedule")],
    ]


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    # A session of its own, so that a Ctrl-C reaches this process first and the whole group can be ended.
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ, start_new_session=True)  # noqa: S603


def _insist_on_a_free_port(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise CommandError(f"Port {port} is taken. Choose another one: make run PORT={port + 1}")


def _wait_for(port: int, processes: list[subprocess.Popen[bytes]]) -> None:
    """Return once the web server answers; the address is printed only when it can be opened."""
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if any(process.poll() is not None for process in processes):
            return
        time.sleep(0.1)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    """End each process with its children: politely first, for good after twenty seconds."""
    for process in processes:
        if process.poll() is not None:
            continue
        if "runserver" in cast("list[str]", process.args):
            os.killpg(process.pid, signal.SIGTERM)  # its reloader does not pass a signal on; Celery does
        else:
            process.terminate()
    deadline = time.monotonic() + 20
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
