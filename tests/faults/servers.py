"""A PostgreSQL and a Redis of the rig's own, in its folder, that may be killed; nothing outside is touched."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg
import redis


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _binary(name: str) -> str:
    found = shutil.which(name) or next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), "")
    if not found:
        raise SystemExit(f"The rig needs {name}. On Debian: apt install postgresql redis-server")
    return found


class Postgres:
    """Run by the user postgres where the rig is run by root: PostgreSQL refuses root."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.data, self.log, self.port = folder / "postgres", folder / "postgres.log", port or free_port()
        self.data.mkdir()
        self.log.touch()
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            for path in (folder, self.data, self.log):
                shutil.chown(path, "postgres")
        make = [_binary("initdb"), "-D", str(self.data), "-U", "portal", "--auth=trust", "-E", "UTF8", "--locale=C"]
        subprocess.run([*self._as, *make], check=True, capture_output=True)
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\nmax_connections = 60\n")
            settings.write("unix_socket_directories = ''\n")

    @property
    def url(self) -> str:
        return f"postgres://portal@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Until it answers; what a killed server left behind may keep the next one out for a moment."""
        command = [_binary("pg_ctl"), "-D", str(self.data), "-l", str(self.log), "-t", "30", "-w", "start"]
        for _ in range(60):
            if subprocess.run([*self._as, *command], capture_output=True, cwd="/").returncode == 0:
                return
            time.sleep(0.5)
        raise SystemExit(f"PostgreSQL does not start: see {self.log}")

    def kill(self) -> None:
        """Signal 9 to the server; its children see that it is gone, and end."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def stop(self) -> None:
        command = [_binary("pg_ctl"), "-D", str(self.data), "-m", "immediate", "stop"]
        subprocess.run([*self._as, *command], capture_output=True, cwd="/")

    def settings(self) -> dict[str, str]:
        """What a power cut would need to be survived; only asked, for nobody here can cut the power."""
        names = ("fsync", "synchronous_commit", "full_page_writes")
        with psycopg.connect(self.url) as connection:
            return {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in names}


class Redis:
    """Without persistence: what it holds is gone with it."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.port, self._log, self._process = port or free_port(), (folder / "redis.log").open("w"), None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [_binary("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen([*command, "--appendonly", "no"], stdout=self._log, stderr=self._log)
        for _ in range(100):
            try:
                redis.Redis(port=self.port).ping()
            except redis.ConnectionError:
                time.sleep(0.1)
            else:
                return
        raise SystemExit("Redis does not start.")

    def wipe(self) -> None:
        redis.Redis(port=self.port).flushall()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self.kill()
        self._log.close()
