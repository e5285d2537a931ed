"""The servers of a benchmark, and how a row is measured: in turns with hello, several rounds, medians."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER = os.environ.get("BENCH_DATABASE_URL", "postgres://root@127.0.0.1:5432/postgres")
DATABASE = os.environ.get("BENCH_DATABASE", "cop_bench")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass
class Bench:
    """A running portal and a running hello."""

    folder: Path
    port: int
    hello_port: int
    rounds: int
    seconds: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def wrk(self, address: str, *, connections: int = 8, script: str = "") -> dict[str, float]:
        """Requests a second, p50 and p99 in milliseconds, and how many answers were no success."""
        command = ["wrk", "-t1", f"-c{connections}", f"-d{self.seconds}s", "--latency", address]
        if script:
            (self.folder / "script.lua").write_text(script)
            command[1:1] = ["-s", str(self.folder / "script.lua")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        said = done.stdout
        if "99%" not in said:
            raise SystemExit(f"wrk measured nothing at {address}:\n{said}{done.stderr}")
        errors = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
        timeouts = re.search(r"Socket errors: .*", said)
        return {
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]),  # type: ignore[index]
            "p50": _percentile(said, 50),
            "p99": _percentile(said, 99),
            "errors": int(errors[1]) if errors else 0,
            "sockets": len(re.findall(r"[1-9]\d*", timeouts[0])) if timeouts else 0,
        }

    def ratio(self, path: str, *, connections: int = 8, script: str = "") -> dict[str, float]:
        """This address in turns with hello: the median of the ratios, and the medians of its own figures."""
        rounds, ratios = [], []
        for _ in range(self.rounds):
            hello = self.wrk(f"http://127.0.0.1:{self.hello_port}/", connections=connections)
            own = self.wrk(f"http://127.0.0.1:{self.port}{path}", connections=connections, script=script)
            rounds.append(own | {"hello": hello["rate"]})
            ratios.append(own["rate"] / hello["rate"])
        medians = {name: round(statistics.median(each[name] for each in rounds), 2) for name in rounds[0]}
        return {"ratio": round(statistics.median(ratios), 3), "connections": connections, **medians}

    def memory(self) -> dict[str, float]:
        """The proportional set size of the portal's web server in MB: of what answers requests, and of it all."""
        main = self.processes[0].pid
        workers = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return {"workers": _pss(*workers), "with the main process": _pss(str(main), *workers)}


@contextmanager
def running(*, rounds: int, seconds: int) -> Iterator[Bench]:
    """The portal with production's settings on an empty, migrated database, and hello; all of it is gone afterwards."""
    for needed in ("wrk", "redis-server"):
        if shutil.which(needed) is None:
            raise SystemExit(f"The benchmark needs {needed}. On Debian: apt install {needed}")
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), _free_port(), _free_port(), rounds, seconds)
        redis = _free_port()
        _admin(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE}")
        os.environ.update(_settings(bench, redis))
        try:
            ground = ["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
            stores = _start(bench, ground)
            for command in (["migrate", "--verbosity", "0"], ["setup_portal", "--verbosity", "0"],
                            ["collectstatic", "--noinput", "--verbosity", "0"]):  # fmt: skip
                subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True)
            web = [sys.executable, "-m", "cop_portal.serve"]
            bench.processes = [
                _start(bench, web, BIND=f"127.0.0.1:{bench.port}"),
                _start(bench, [*web, "tests.bench.hello:application"], BIND=f"127.0.0.1:{bench.hello_port}"),
                stores,
            ]
            for port in (bench.port, bench.hello_port):
                _wait_for(port, bench)
            yield bench
        finally:
            for process in bench.processes:
                process.send_signal(signal.SIGTERM)
            for process in bench.processes:
                process.wait(30)
            _admin(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def _pss(*pids: str) -> float:
    rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids)
    return round(sum(int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) for text in rollups) / 1024, 1)  # type: ignore[index]


def _settings(bench: Bench, redis: int) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "cop_portal.settings",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "PUBLIC_URL": f"http://127.0.0.1:{bench.port}",
        "DATABASE_URL": urlsplit(SERVER)._replace(path=f"/{DATABASE}").geturl(),
        "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_USE_TLS": "false",
        "MAIL_FROM": "SUD CoP <cop@portal.example>",
        "VAR_DIR": str(bench.folder),
        "STATIC_ROOT": str(bench.folder / "static"),
        "LOG_LEVEL": "ERROR",
    }


def _start(bench: Bench, command: list[str], **more: str) -> subprocess.Popen[bytes]:
    with (bench.folder / "servers.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=os.environ | more, stdout=log, stderr=log)


def _wait_for(port: int, bench: Bench) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit((bench.folder / "servers.log").read_text())


def _percentile(said: str, which: int) -> float:
    number, unit = re.search(rf"^\s+{which}%\s+([\d.]+)(us|ms|s|m)$", said, re.MULTILINE).groups()  # type: ignore[union-attr]
    return round(float(number) * UNITS[unit], 2)


def _admin(*statements: str) -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
