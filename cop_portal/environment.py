"""Read settings from the environment, loudly: nonsense or a missing value stops the start with one sentence."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

READ: set[str] = set()


def env(name: str, default: str | None = None) -> str:
    """Return the variable, or ``default``; with no default a missing variable stops the start."""
    READ.add(name)
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"Set {name} (see .env.example), or DEBUG=true for development.")
    return default


def env_secret(name: str, default: str | None = None) -> str:
    """Like ``env``, but ``NAME_FILE`` may name a file that holds the value (Docker and Kubernetes secrets)."""
    path = env(f"{name}_FILE", "")
    return Path(path).read_text(encoding="utf-8").strip() if path else env(name, default)


def forget_what_was_read() -> None:
    """Take every variable that was read so far out of this process' environment, passwords among them."""
    for name in READ:
        os.environ.pop(name, None)


def env_bool(name: str, *, default: bool) -> bool:
    value = env(name, str(default)).lower()
    if value not in {"true", "false"}:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return value == "true"


def env_int(name: str, *, default: int, at_least: int = 0, at_most: int | None = None) -> int:
    value = env(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None
    if number < at_least:
        raise ImproperlyConfigured(f"{name} must be at least {at_least}, not {number}.")
    if at_most is not None and number > at_most:
        raise ImproperlyConfigured(f"{name} must be at most {at_most}, not {number}.")
    return number


def env_list(name: str, default: str | None = None) -> list[str]:
    """Comma-separated values, blanks dropped."""
    return [item.strip() for item in env(name, default).split(",") if item.strip()]


# A database host that vanished from the network says nothing, so no timeout of its own is heard: ask it whether it lives
# after 10 quiet seconds, three times; and let nothing that was sent to it go unacknowledged for longer (milliseconds).
GONE_AFTER = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}


def database(url: str) -> dict[str, object]:
    """Turn ``sqlite:///path`` or ``postgres://user:password@host:port/name`` into an entry of DATABASES."""
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme == "sqlite":
        # SQLite has no row locks: IMMEDIATE takes the write lock when a transaction starts, which is what
        # select_for_update does elsewhere. FULL survives a power cut, WAL lets readers go on meanwhile.
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": options}
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            # A lock or a statement that takes this long is a fault: fail with words instead of hanging.
            "OPTIONS": {
                "connect_timeout": 5,
                "options": "-c lock_timeout=5s -c statement_timeout=30s",
                "prepare_threshold": 5,  # for the one statement that asks for it (notices/written.py)
                **GONE_AFTER,
            },
        }
    raise ImproperlyConfigured(f"DATABASE_URL must start with sqlite:// or postgres://, not {parts.scheme!r}.")


def retention(own: str) -> dict[str, dict[str, Any]]:
    """The retention schedule by kind: the placeholders of the house, or the file that the agency's officer approved.

    Each kind has ``days``, ``approved`` and ``schedule`` (the reference). A file that leaves a kind out, or approves a
    period without the schedule that allows it, stops the start.
    """
    house = Path(__file__).with_name("retention.toml")
    kinds = set(tomllib.loads(house.read_text(encoding="utf-8")))
    schedule: dict[str, dict[str, Any]] = tomllib.loads(Path(own or house).read_text(encoding="utf-8"))
    for kind, period in schedule.items():
        if {name: type(value) for name, value in period.items()} != {"days": int, "approved": bool, "schedule": str}:
            raise ImproperlyConfigured(f"RETENTION_FILE: {kind} needs days, approved (true or false) and schedule.")
        if period["days"] < 1 or (period["approved"] and not period["schedule"].strip()):
            raise ImproperlyConfigured(f"RETENTION_FILE: {kind} is approved by no schedule, or lasts not even a day.")
    if set(schedule) != kinds:
        raise ImproperlyConfigured(f"RETENTION_FILE: wrong or missing kinds: {sorted(set(schedule) ^ kinds)}.")
    return schedule


MAIL_PROVIDERS = {"brevo", "mailgun", "mailjet", "postmark", "sparkpost"}


def mail_provider(name: str) -> tuple[str, dict[str, str]]:
    """The name of the provider whose word is heard, or none, and django-anymail's settings for it.

    Anybody can call a web address: a provider without the secret that shows who it is stops the start.
    """
    if not name:
        return "", {}
    if name not in MAIL_PROVIDERS:
        raise ImproperlyConfigured(f"MAIL_PROVIDER must be one of {', '.join(sorted(MAIL_PROVIDERS))}, not {name!r}.")
    secret = env_secret("MAIL_EVENTS_SECRET")
    if not re.fullmatch(r"[^:]+:.{16,}", secret):
        raise ImproperlyConfigured(
            "MAIL_EVENTS_SECRET must be a name, a colon and a password of at least 16 characters."
        )
    anymail = {"WEBHOOK_SECRET": secret}
    if name == "mailgun":
        anymail["MAILGUN_WEBHOOK_SIGNING_KEY"] = env_secret("MAIL_SIGNING_KEY")
    return name, anymail


# A Redis that accepts and then stays silent must not hold a page: neither cache nor wake-up is worth more than a second.
ONE_SECOND = {"socket_timeout": 1, "socket_connect_timeout": 1}


def cache(redis: str) -> dict[str, Any]:
    """Turn ``redis://host:port/number``, or ``none`` for a table of the database, into an entry of CACHES."""
    if redis == "none":
        # Rate limits and one-time codes live in the cache: a cache per process would let guesses through.
        return {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis, "OPTIONS": ONE_SECOND}


def broker(redis: str, folder: Path) -> tuple[str, dict[str, Any]]:
    """Celery's broker and its transport options: this Redis, or ``none`` for files in the folder, which is made."""
    if redis != "none":
        return redis, ONE_SECOND
    messages, control = folder / "messages", folder / "control"
    for part in (messages, control):
        part.mkdir(parents=True, exist_ok=True)
    both_ways = {"data_folder_in": str(messages), "data_folder_out": str(messages)}
    return "filesystem://", {**both_ways, "control_folder": str(control)}
