"""For the machines: is this process alive, and can it do its work?"""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from cop_portal import clock


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers. Nothing else is asked, so that a database at fault does not restart every web server."""
    return JsonResponse({"alive": True})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Database, its migrations and the shared cache work, and the clocks agree: 200, else 503.

    Says which part, never an address or error.
    """
    parts = {"database": _database_is_ready(), "cache": _cache_is_ready(), "clock": _clock_is_right()}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def _database_is_ready() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _cache_is_ready() -> bool:
    try:
        cache.set("health", "well", 10)
        return bool(cache.get("health") == "well")
    except (RedisError, DatabaseError, OSError):
        return False


def _clock_is_right() -> bool:
    try:
        return clock.is_right()
    except DatabaseError:
        return False
