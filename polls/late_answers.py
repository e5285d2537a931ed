"""Ballots come only while their poll is open: a migration operation that makes the database itself refuse.

Taking answers away (a reset, a disposal) is not its business. The close writes the ballots anew before it changes the
state, in the same transaction.

SQLite rebuilds a table for most changes, and cannot while a trigger of another table names it ("error in trigger
polls_ballot_in_time_insert"). A migration that changes a field of polls, ballots, choices or texts therefore stands
between ``AnswersAtAnyTime()`` and ``AnswersOnlyWhileOpen()``.
"""

from typing import Any

from django.db import IntegrityError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

REFUSAL = "the poll is not open"
# Table: the number of its row's poll, as SQL; the columns in which a row must not change either.
TABLES = {
    "polls_ballot": ("NEW.poll_id", "poll_id, voter_key"),
    "polls_choice": ("(SELECT poll_id FROM polls_ballot WHERE id = NEW.ballot_id)", "ballot_id, option_id"),
    "polls_othertext": ("NEW.poll_id", "poll_id, voter_key, text"),
}


def is_late(error: IntegrityError) -> bool:
    """Whether the database refused because the poll is not open, or not any more."""
    return REFUSAL in str(error)


class AnswersOnlyWhileOpen(Operation):
    """Refuse ballots, choices and texts, new or changed, of a poll that is not open.

    On PostgreSQL the trigger also locks the poll's row (FOR SHARE): whoever closes the poll waits for the answers that
    are being written, and an answer that waited for the close sees it. SQLite has one writer at a time.
    """

    reversible = True

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models do not change."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for table in TABLES:
            for statement in _create(schema_editor.connection.vendor, table):
                schema_editor.execute(statement, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for table in TABLES:
            for statement in _drop(schema_editor.connection.vendor, table):
                schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return "Take answers only while their poll is open"


class AnswersAtAnyTime(AnswersOnlyWhileOpen):
    """Take the triggers away for a migration that rebuilds one of the tables."""

    database_forwards = AnswersOnlyWhileOpen.database_backwards
    database_backwards = AnswersOnlyWhileOpen.database_forwards

    def describe(self) -> str:
        return "Let answers be changed for a moment"


def _create(vendor: str, table: str) -> list[str]:
    poll, columns = TABLES[table]
    name, events = f"{table}_in_time", {"insert": "INSERT", "update": f"UPDATE OF {columns}"}
    if vendor == "sqlite":
        state = f"(SELECT state FROM polls_poll WHERE id = {poll})"  # noqa: S608 - names are this module's
        return [
            f"CREATE TRIGGER {name}_{word} BEFORE {event} ON {table} FOR EACH ROW WHEN {state} <> 'open' "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            for word, event in events.items()
        ]
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE its_state varchar; BEGIN "  # noqa: S608
        f"SELECT state INTO its_state FROM polls_poll WHERE id = {poll} FOR SHARE; "
        f"IF its_state <> 'open' THEN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$",
        f"CREATE TRIGGER {name} BEFORE {' OR '.join(events.values())} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _drop(vendor: str, table: str) -> list[str]:
    name = f"{table}_in_time"
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}_{word}" for word in ("insert", "update")]
    return [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"]
