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
_OWN = (ANY.pk, ANY.claim)


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
    """Do both or neither, in one commit. The rows must be two. Returns how many rows the second one changed.

    PostgreSQL takes both as one statement, whose parts see the same moment (its manual, "Data-Modifying Statements in
    WITH"), and plans it once for a connection: planning took it as long as doing it. Django's own cursors never let it
    keep a plan. The second part asks how many rows the first has, so that the first comes first: whoever stops all
    messages of a notice locks them in this order too, and neither waits for the other in a circle.
    """
    (one, its_row), (other, other_row) = first, second
    if connection.vendor != "postgresql":
        with transaction.atomic():
            one.run(its_row)
            return other.run(other_row)
    connection.ensure_connection()
    line: Any = connection.connection
    both = f"WITH first AS ({one.sql} RETURNING 1) {other.sql} AND (SELECT COUNT(*) FROM first) >= 0"  # noqa: S608 - Django's own
    values = one.filled(its_row) + other.filled(other_row)
    with connection.wrap_database_errors:
        return int(psycopg.Cursor(line).execute(both, values, prepare=True).rowcount)


def write(rows: QuerySet[Any], **changes: object) -> Statement:
    """``rows`` holds ANY alone, by its number and claim; ``changes`` as for ``update``."""
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(changes)
    sql, parameters = query.get_compiler(connection=connection).as_sql()
    return _with_what_is_known(Statement(sql, tuple(parameters)))


def _with_what_is_known(statement: Statement) -> Statement:
    """What is the same for every row goes into PostgreSQL's words: each value sent along costs time for each message."""
    if connection.vendor != "postgresql":
        return statement
    before, *after = statement.sql.split("%s")
    words = [_in_words(value) + then for value, then in zip(statement.parameters, after, strict=True)]
    return Statement(before + "".join(words), tuple(value for value in statement.parameters if value in _OWN))


def _in_words(value: Any) -> str:
    if value in _OWN:
        return "%s"
    postgresql: Any = connection.ops
    words: str = postgresql.compose_sql("%s", [value])
    return words.replace("%", "%%")
