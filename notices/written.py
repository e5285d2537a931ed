"""An UPDATE that runs for each message, written once: Django takes longer to write it than the database to run it.

The statement is Django's own, with the row's number and claim still to be filled in.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery

from notices.models import Delivery

ANY = Delivery(pk=-(2**62), claim="whichever it is")  # stands for the row while the statement is written


@dataclass(frozen=True)
class Statement:
    sql: str
    parameters: tuple[Any, ...]

    def run(self, row: Delivery) -> int:
        """Do it to this row. Returns how many rows changed: one, or none."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.filled(row))
            return int(cursor.rowcount)

    def filled(self, row: Delivery) -> list[Any]:
        own: dict[Any, Any] = {ANY.pk: row.pk, ANY.claim: row.claim}
        return [own.get(value, value) for value in self.parameters]


def run_both(first: tuple[Statement, Delivery], second: tuple[Statement, Delivery]) -> int:
    """Do both or neither, in one commit. Returns how many rows the second one changed.

    Not within another transaction, and only with values that psycopg can send: it finds that out one by one.

    PostgreSQL takes both in one round trip, which is one transaction of its own (its manual, "Pipelining"), and plans
    them once for a connection: planning took it as long as doing them. Django's own cursors never let it keep a plan.
    """
    (one, its_row), (other, other_row) = first, second
    if connection.vendor != "postgresql":
        with transaction.atomic():
            one.run(its_row)
            return other.run(other_row)
    connection.ensure_connection()
    line: Any = connection.connection
    with connection.wrap_database_errors, line.pipeline():
        psycopg.Cursor(line).execute(one.sql, one.filled(its_row), prepare=True)
        last = psycopg.Cursor(line).execute(other.sql, other.filled(other_row), prepare=True)
    return last.rowcount


def write(rows: QuerySet[Any], **changes: object) -> Statement:
    """``rows`` holds ANY alone, by its number and claim; ``changes`` as for ``update``."""
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(changes)
    sql, parameters = query.get_compiler(connection=connection).as_sql()
    return Statement(sql, tuple(parameters))
