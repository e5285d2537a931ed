"""Run the commands of docker-compose.yml by hand against PostgreSQL and Redis, and ask whether the portal is well.

There is no container here; the commands, the order and the health checks are the compose file's own. The database and
the role that they make are taken away again.
"""

import contextlib
import os
import re
import secrets
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import yaml

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NAME = "cop_portal_production_check"
ROLE = "portal_app"  # as manage.py app_role names it
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def environment(database: str, folder: Path) -> dict[str, str]:
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "portal.example",
        "PUBLIC_URL": "https://portal.example",
        "TRUSTED_PROXIES": "1",
        "DATABASE_URL": urlsplit(database)._replace(path=f"/{NAME}").geturl(),
        "APP_ROLE_PASSWORD": secrets.token_hex(20),
        "REDIS_URL": os.environ["CI_REDIS_URL"],
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": "9",
        "MAIL_FROM": "cop@portal.example",
        "BIND": "127.0.0.1:8765",
        "VAR_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
    }


def as_the_portal(env: dict[str, str]) -> dict[str, str]:
    """Web, worker and clock use the role that the migration's service has made for them."""
    owner = urlsplit(env["DATABASE_URL"])
    host = owner.netloc.rpartition("@")[2]
    address = owner._replace(netloc=f"{ROLE}:{env['APP_ROLE_PASSWORD']}@{host}").geturl()
    return {**{name: value for name, value in env.items() if name != "APP_ROLE_PASSWORD"}, "DATABASE_URL": address}


def words(command: str | list[str], folder: Path) -> list[str]:
    """A command of the compose file, with the container's folder and port replaced by ours."""
    parts = shlex.split(command) if isinstance(command, str) else command[1:]
    return [re.sub(r"^/data", str(folder), part).replace("127.0.0.1:8000", "127.0.0.1:8765") for part in parts]


def become_healthy(name: str, folder: Path, env: dict[str, str]) -> bool:
    for _ in range(30):
        check = words(SERVICES[name]["healthcheck"]["test"], folder)
        if subprocess.run(check, env=env, cwd=ROOT, capture_output=True).returncode == 0:
            return True
        time.sleep(1)
    return False


def main() -> int:
    database = os.environ["CI_DATABASE_URL"]
    folder = ROOT / "var" / "production"
    folder.mkdir(parents=True, exist_ok=True)
    with psycopg.connect(database, autocommit=True) as owner:
        clear(owner)
        owner.execute(f"CREATE DATABASE {NAME}")
        try:
            return try_out(environment(database, folder), folder)
        finally:
            clear(owner)


def clear(owner: psycopg.Connection) -> None:
    """No database and no role of ours. A role that another database of the cluster knows is not ours alone."""
    owner.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    with contextlib.suppress(psycopg.errors.DependentObjectsStillExist):
        owner.execute(f"DROP ROLE IF EXISTS {ROLE}")


def try_out(env: dict[str, str], folder: Path) -> int:
    run = {"env": env, "cwd": ROOT, "check": True}
    subprocess.run(["python", "manage.py", "collectstatic", "--noinput", "-v", "0"], **run)
    subprocess.run(words(SERVICES["migrate"]["command"], folder), stdout=subprocess.DEVNULL, **run)
    names = ("web", "worker", "beat")
    env = as_the_portal(env)
    processes = {
        name: subprocess.Popen(words(SERVICES[name]["command"], folder), env=env, cwd=ROOT, start_new_session=True)
        for name in names
    }
    try:
        health = {name: become_healthy(name, folder, env) for name in names}
    finally:
        for process in processes.values():
            os.killpg(process.pid, signal.SIGTERM)
        ended = {name: process.wait(30) for name, process in processes.items()}
    print("healthy:", health, "ended with:", ended)
    return 0 if all(health.values()) and not any(ended.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
