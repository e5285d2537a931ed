"""Whoever watches a room is answered before anything else is asked: thousands look every two seconds."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseNotModified
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

WATCHED = re.compile(r"/meetings/[-\w]+/(?:live|screen)/now/")
# Seconds. The database is asked once in FRESH for each room, by one of all who look; what is older than LONGEST is
# shown to nobody.
FRESH, LONGEST = 1.0, 2.0
# While the shared cache is down, each process asks the database for itself, and tries the cache again after this long.
CACHE_REST = 5.0
ROOMS_HELD = 64


class Prepared(NamedTuple):
    """A fragment as the whole portal answered it to nobody in particular, with every header of that answer."""

    etag: str
    headers: dict[str, str]
    body: bytes
    checked_at: float

    def is_younger(self, seconds: float) -> bool:
        return 0 <= time.time() - self.checked_at < seconds


class WatchersMiddleware:
    """Answers those who watch from a fragment that was prepared once, and goes down the stack at most once a second.

    It stands first. What goes down is a request of nobody: without a cookie, so that what comes back is what a visitor
    gets, and with the version that is known, so that the view draws nothing anew while nothing changed. Nothing needs
    to tell it of a change, and a cache that is wiped or down costs queries and no more.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.held: dict[str, Prepared] = {}
        self.cache_rests_until = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not WATCHED.fullmatch(path) or request.method not in ("GET", "HEAD") or self._must_go_to_https(request):
            return self.get_response(request)
        known = request.META.get("HTTP_IF_NONE_MATCH", "").removeprefix("W/")
        held = self.held.get(path)
        # Nobody prepares another one before this is stale, so what is in this process need not be asked of the cache.
        if held and held.etag == known and held.is_younger(FRESH):
            return _answer(held, known)
        prepared = self._shared(path)
        if prepared and (prepared.is_younger(FRESH) or (prepared.is_younger(LONGEST) and not self._is_my_turn(path))):
            return _answer(prepared, known)
        return self._prepare(request, path, prepared, known)

    def _prepare(self, request: HttpRequest, path: str, before: Prepared | None, known: str) -> HttpResponse:
        """Ask the portal itself, as nobody; keep what it says for all who look within the next second."""
        request.META.pop("HTTP_COOKIE", None)
        request.META["HTTP_IF_NONE_MATCH"] = before.etag if before else ""
        asked_at = time.time()
        response = self.get_response(request)
        if response.status_code == 304 and before:
            prepared = before._replace(checked_at=asked_at)
        elif response.status_code == 200 and not response.cookies:
            prepared = Prepared(response.headers["ETag"], dict(response.headers), response.content, asked_at)
        else:
            return response
        self._share(path, prepared)
        return _answer(prepared, known)

    def _shared(self, path: str) -> Prepared | None:
        """What any process prepared last; with the cache down, what this one did."""
        if time.time() < self.cache_rests_until:
            return self.held.get(path)
        try:
            found = cache.get(_key(path))
        except (RedisError, DatabaseError, OSError):
            self.cache_rests_until = time.time() + CACHE_REST
            return self.held.get(path)
        prepared = Prepared(*found) if found else None
        if prepared:
            self._hold(path, prepared)
        return prepared

    def _share(self, path: str, prepared: Prepared) -> None:
        self._hold(path, prepared)
        if time.time() < self.cache_rests_until:
            return
        try:
            cache.set(_key(path), tuple(prepared), timeout=60)
        except (RedisError, DatabaseError, OSError):
            self.cache_rests_until = time.time() + CACHE_REST

    def _is_my_turn(self, path: str) -> bool:
        """One of all who look asks the database; should it fail to, another one does after a second."""
        if time.time() < self.cache_rests_until:
            return True
        try:
            return bool(cache.add(f"{_key(path)}:turn", 1, timeout=1))
        except (RedisError, DatabaseError, OSError):
            return True

    def _hold(self, path: str, prepared: Prepared) -> None:
        if len(self.held) >= ROOMS_HELD:
            self.held.clear()
        self.held[path] = prepared

    @staticmethod
    def _must_go_to_https(request: HttpRequest) -> bool:
        return settings.SECURE_SSL_REDIRECT and not request.is_secure()


def _key(path: str) -> str:
    return f"watch:{path}"


def _answer(prepared: Prepared, known: str) -> HttpResponse:
    is_known = known == prepared.etag
    response = HttpResponseNotModified() if is_known else HttpResponse(prepared.body)
    for name, value in prepared.headers.items():
        if not is_known or not name.startswith("Content-L"):
            response.headers[name] = value
    return response
