"""Rows that may be added but never changed: a migration operation that makes the database itself refuse.

Used for records that an auditor relies on (consent notices once published, reads of private data, claim events).
UPDATE is refused on PostgreSQL and SQLite alike; DELETE on PostgreSQL too (SQLite is the development engine, where
emptying a table between tests is a DELETE).
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class AppendOnly(Operation):
    """Refuse changes to rows of ``table`` (``when``: an SQL condition on OLD/NEW that limits which)."""

    reversible = True

    def __init__(self, table: str, when: str = "", *, deletable: bool = False) -> None:
        self.table, self.when, self.deletable = table, when, deletable

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.table, self.when], {"deletable": self.deletable}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models do not change."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for statement in self._create(schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for statement in self._drop(schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return f"Make rows of {self.table} unchangeable"

    def _create(self, vendor: str) -> list[str]:
        name, text = f"{self.table}_frozen", f"{self.table}: this row is a record and cannot be changed"
        if vendor == "sqlite":
            condition = f"WHEN {self.when}" if self.when else ""
            return [
                f"CREATE TRIGGER {name} BEFORE UPDATE ON {self.table} FOR EACH ROW {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
            ]
        condition = f"WHEN ({self.when})" if self.when else ""
        statements = [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{text}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {self.table} FOR EACH ROW {condition} EXECUTE FUNCTION {name}()",
        ]
        if not self.deletable:
            statements.append(
                f"CREATE TRIGGER {name}_kept BEFORE DELETE ON {self.table} FOR EACH ROW EXECUTE FUNCTION {name}()"
            )
        return statements

    def _drop(self, vendor: str) -> list[str]:
        name = f"{self.table}_frozen"
        if vendor == "sqlite":
            return [f"DROP TRIGGER {name}"]
        return [
            f"DROP TRIGGER {name} ON {self.table}",
            f"DROP TRIGGER IF EXISTS {name}_kept ON {self.table}",
            f"DROP FUNCTION {name}()",
        ]


class Thaw(AppendOnly):
    """Take the trigger away for a migration that rebuilds the table; freeze it again with AppendOnly afterwards.

    (SQLite rebuilds a table for most changes, and its triggers are gone with the old one.)
    """

    database_forwards = AppendOnly.database_backwards
    database_backwards = AppendOnly.database_forwards

    def describe(self) -> str:
        return f"Let rows of {self.table} change for a moment"
