"""The web server in production: it answers, starts a process again that died, and ends when it is told to."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from cop_portal import environment

pytestmark = pytest.mark.worker
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {
        "DEBUG": "true", "PUBLIC_URL": "http://localhost", "DJANGO_SETTINGS_MODULE": "cop_portal.settings",
        "VAR_DIR": str(tmp_path), "BIND": f"127.0.0.1:{port}", "WEB_WORKERS": "2",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "cop_portal.serve"], cwd=ROOT, env=env)
    yield process, f"http://127.0.0.1:{port}/health/live"
    if process.poll() is None:
        process.kill()
        process.wait(10)


def answers(address):
    """Whether it answers within half a minute."""
    for _ in range(150):
        try:
            with urlopen(address, timeout=5) as response:
                return response.status == 200
        except (URLError, OSError):
            time.sleep(0.2)
    return False


def workers(process):
    return set(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())


def test_process_that_died_is_started_again_and_all_end_when_told_to(server):
    process, address = server
    assert answers(address)
    before = workers(process)

    os.kill(int(min(before)), signal.SIGKILL)
    over = time.monotonic() + 20
    while (len(workers(process) - {min(before)}) < 2 or workers(process) == before) and time.monotonic() < over:
        time.sleep(0.1)

    assert len(before) == 2
    assert len(workers(process)) == 2
    assert min(before) not in workers(process)
    assert answers(address)
    process.send_signal(signal.SIGTERM)
    # One that has only just been started may not hear it yet, and is then ended after half a minute.
    assert process.wait(60) == 0


def test_no_password_stays_in_the_environment_that_a_request_shows(monkeypatch):
    monkeypatch.setattr(environment, "READ", set())
    monkeypatch.setenv("DATABASE_URL", "postgres://portal:secret@db/cop")
    monkeypatch.setenv("ANOTHER", "stays")

    assert environment.env_secret("DATABASE_URL").endswith("/cop")
    environment.forget_what_was_read()

    assert "DATABASE_URL" not in os.environ
    assert os.environ["ANOTHER"] == "stays"
