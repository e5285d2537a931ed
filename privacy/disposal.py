"""Disposing of records at the end of their period, and what stands in its way. Used by forgetting jobs and retention.

Between looking for holds and committing the disposal nobody may set one: ``no_new_holds`` locks the table of holds
against writers until the transaction ends, so a hold is either seen or waits.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connection

from privacy.append_only import DISPOSING
from privacy.models import LegalHold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model, QuerySet


def no_new_holds() -> None:
    """Wait for a hold that is being set, and let nobody set another before this transaction ends."""
    if connection.vendor == "postgresql":  # SQLite has one writer at a time
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {LegalHold._meta.db_table} IN SHARE MODE")


def not_held(rows: QuerySet[Any], *, kind: str, member: Iterable[str] = (), meeting: Iterable[str] = ()) -> Any:
    """Those of the rows on which no legal hold stands.

    ``kind`` is the rows' kind in the retention schedule; ``member`` and ``meeting`` are the lookups that lead from a row
    to the people and meetings it is about, such as ``rsvp__member``.
    """
    holds = LegalHold.objects.standing().order_by()
    if holds.filter(kind=kind).exists():
        return rows.none()
    for path in member:
        rows = rows.exclude(**{f"{path}__in": holds.filter(member__isnull=False).values("member")})
    for path in meeting:
        rows = rows.exclude(**{f"{path}__in": holds.filter(meeting__isnull=False).values("meeting")})
    return rows


@contextmanager
def disposing(*models: type[Model]) -> Iterator[None]:
    """Inside, rows of these append-only tables can be deleted by the owner of the database; outside, by nobody.

    Only in a transaction, and only until the block ends. The retention job alone uses it.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Records are disposed of inside a transaction, with the line that says so.")
    _allow(",".join(model._meta.db_table for model in models))
    try:
        yield
    finally:
        if not connection.needs_rollback:
            _allow("")


def _allow(tables: str) -> None:
    if connection.vendor == "postgresql":  # on SQLite, the engine of development, a DELETE is not refused
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [DISPOSING, tables])
