"""The web server in production: ``python -m cop_portal.serve``."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import TYPE_CHECKING, Any

from django.urls import resolve
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from cop_portal.environment import env, env_int, forget_what_was_read

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(target: str) -> None:
    """Answer requests with ``target`` (``module:name``) at ``BIND``, with ``WEB_WORKERS`` processes, until a signal.

    The portal is loaded once, before the processes part, so that they share its memory. Each takes connections of its
    own from the system; what waits for one of its ``WEB_THREADS`` threads waits outside Python.
    """
    host, _, port = env("BIND", "0.0.0.0:8000").rpartition(":")
    workers, threads = env_int("WEB_WORKERS", default=2, at_least=1), env_int("WEB_THREADS", default=4, at_least=1)
    application = _loaded(target)
    # Granian shows the environment to the application with every request, as CGI does: it must hold no password by then.
    forget_what_was_read()
    # What is there before the fork is never garbage, and looking for some would copy its pages into each process.
    gc.collect()
    gc.freeze()
    server = Granian(
        target,
        address=host.strip("[]"),
        port=int(port),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=30,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=lambda _: application)


def _loaded(target: str) -> Callable[..., Any]:
    """The application, and all that a first request would import."""
    module, _, name = target.partition(":")
    application: Callable[..., Any] = getattr(importlib.import_module(module), name)
    resolve("/")
    return application


if __name__ == "__main__":
    serve(*sys.argv[1:2] or ["cop_portal.wsgi:application"])
