import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from cop_portal import probe


@pytest.fixture
def server():
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.headers["Host"] == "portal.example" and self.path == "/well" else 503)
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_probe_asks_by_the_portals_own_name(server, monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", "portal.example, other.example")

    assert probe.answers(f"{server}/well") is True
    assert probe.answers(f"{server}/ill") is False


def test_probe_of_nobody_is_not_well():
    assert probe.answers("http://127.0.0.1:9/") is False


def test_schedule_is_fresh_under_whatever_name_it_is_kept(tmp_path):
    schedule = tmp_path / "beat-schedule"
    assert probe.is_fresh(str(schedule)) is False

    kept = tmp_path / "beat-schedule.dat"
    kept.touch()
    assert probe.is_fresh(str(schedule)) is True

    old = time.time() - 2 * probe.FRESH_SECONDS
    os.utime(kept, (old, old))
    assert probe.is_fresh(str(schedule)) is False
