"""The whole portal as its own processes, with production's settings and web server, and a real SMTP sink.

Each instance begins with a copy of the migrated database, and has a folder and a database of its own. On SQLite with the filesystem broker, or, where
TEST_DATABASE_URL and TEST_REDIS_URL are set, on PostgreSQL and Redis.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

from tests import databases, kept

if TYPE_CHECKING:
    from email.message import EmailMessage

ROOT = Path(__file__).resolve().parent.parent.parent
# Suites run side by side; each of their workers has a portal of its own.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


class Inbox:
    """An SMTP server that keeps what it accepted, in order."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, EmailMessage]] = []
        self.room = sys.maxsize

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 -- aiosmtpd's name
        # A full inbox leaves the sender waiting for an answer, until there is room again or the sender is gone.
        while len(self.messages) >= self.room:
            await asyncio.sleep(0.05)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.messages.extend((address, message) for address in envelope.rcpt_tos)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for recipient, message in list(self.messages) if recipient == address]

    def wait_for(self, address: str, subject: str, *, seconds: int = 90) -> EmailMessage:
        """The newest message to this address whose subject holds these words."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [message for message in self.to(address) if subject.lower() in message["Subject"].lower()]
            if found:
                return found[-1]
            time.sleep(0.2)
        subjects = [message["Subject"] for message in self.to(address)]
        raise AssertionError(f"No mail about {subject!r} to {address} in {seconds} s; there is {subjects}")


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@dataclass
class Portal:
    folder: Path
    port: int
    env: dict[str, str]
    inbox: Inbox
    smtp: Controller
    sheet: str = ""  # who can sign in, as the demo prints it
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def manage(self, *arguments: str, development: bool = True) -> str:
        """Run a command; the demo, and a look at it, are for development alone."""
        command = [sys.executable, "manage.py", *arguments]
        env = self.env | {"DEBUG": str(development).lower()}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, name: str) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "cop_portal"]
        commands = {
            "web": [sys.executable, "-m", "cop_portal.serve"],
            "worker": [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "1"],
            "beat": [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(self.folder / "beat-schedule")],
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                commands[name], cwd=ROOT, env=self.env, start_new_session=True, stdout=log, stderr=log
            )

    def kill(self, name: str, sig: int = signal.SIGKILL) -> None:
        process = self.processes.pop(name)
        os.killpg(process.pid, sig)
        process.wait(60)

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name, signal.SIGTERM)
        self.smtp.stop()

    def wait_until_it_answers(self) -> None:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError((self.folder / "web.log").read_text())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def static_files(portal: Portal) -> Path:
    """What production serves: collected and compressed once, for pressing it takes as long as a hundred tests."""
    sources = [*ROOT.glob("static/**/*"), ROOT / "requirements.lock", ROOT / "cop_portal" / "settings.py"]

    def collect(into: Path) -> None:
        portal.env["STATIC_ROOT"] = str(into)
        portal.manage("collectstatic", "--noinput", "--verbosity", "0", development=False)

    return kept.folder_of("static", sources, collect)


# One process for the three: each would take a second to know Django.
PREPARE = """
from django.core.management import call_command
call_command("setup_portal", verbosity=0)
call_command("seed_demo", verbosity=0)
call_command("seed_demo", show=True, codes=10)
"""


def start_portal(folder: Path, template: Path | str) -> Portal:
    """Prepare a copy of the migrated database with the demo data, and start every process."""
    database = f"cop_portal_browser_{WORKER}"
    inbox = Inbox()
    smtp = Controller(inbox, hostname="127.0.0.1", port=free_port())
    smtp.start()
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TEST_", "DJANGO_", "COP_"))}
    env |= {
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "localhost",
        "MAIL_FROM": "SUD CoP <cop@portal.example>",
        "BIND": f"127.0.0.1:{port}",
        "VAR_DIR": str(folder),
        "PUBLIC_URL": f"http://localhost:{port}",
        "DATABASE_URL": databases.copy(template, database if databases.ON_POSTGRES else folder / "portal.sqlite3"),
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(smtp.port),
        "EMAIL_USE_TLS": "false",
        "REDIS_URL": re.sub(r"/\d+$", f"/{10 + WORKER}", os.environ.get("TEST_REDIS_URL", "none")),
    }
    portal = Portal(folder, port, env, inbox, smtp)
    portal.sheet = portal.manage("shell", "-v0", "-c", PREPARE)
    env["STATIC_ROOT"] = str(static_files(portal))
    for name in ("web", "worker", "beat"):
        portal.start(name)
    portal.wait_until_it_answers()
    return portal
