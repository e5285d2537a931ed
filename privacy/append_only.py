"""Rows that may be added but never changed: a migration operation that makes the database itself refuse.

Used for records that an auditor relies on (consent notices once published, reads of private data, claim events).
UPDATE is refused on PostgreSQL and SQLite alike; DELETE on PostgreSQL too (SQLite is the development engine, where
emptying a table between tests is a DELETE).

A record is kept for its period, not for ever. The one way to remove it is ``privacy.disposal.disposing``: for one
transaction it names the tables whose rows may go, and the trigger lets a DELETE pass if the table is named and the
database role owns it. The portal's own role in production owns nothing (docs/operations.md).
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

# The setting that names the tables of a disposal, separated by commas; it lasts for one transaction.
DISPOSING = "portal.disposing"


def _refusal(name: str, text: str) -> str:
    """The function behind the triggers: it refuses, but for the deletion of a record whose period is over."""
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 - names are a migration's
        "IF TG_OP = 'DELETE' "
        f"AND TG_TABLE_NAME = ANY (string_to_array(current_setting('{DISPOSING}', true), ',')) "
        "AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') "
        "THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{text}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )


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
        name, text = self._name, self._text
        if vendor == "sqlite":
            condition = f"WHEN {self.when}" if self.when else ""
            return [
                f"CREATE TRIGGER {name} BEFORE UPDATE ON {self.table} FOR EACH ROW {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
            ]
        condition = f"WHEN ({self.when})" if self.when else ""
        statements = [
            _refusal(name, text),
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {self.table} FOR EACH ROW {condition} EXECUTE FUNCTION {name}()",
        ]
        if not self.deletable:
            statements.append(
                f"CREATE TRIGGER {name}_kept BEFORE DELETE ON {self.table} FOR EACH ROW EXECUTE FUNCTION {name}()"
            )
        return statements

    @property
    def _name(self) -> str:
        return f"{self.table}_frozen"

    @property
    def _text(self) -> str:
        return f"{self.table}: this row is a record and cannot be changed"

    def _drop(self, vendor: str) -> list[str]:
        name = self._name
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


class Disposable(AppendOnly):
    """Bring a trigger made before records could be disposed of up to date. Going back changes nothing: it may stay."""

    def describe(self) -> str:
        return f"Let rows of {self.table} be disposed of when their period is over"

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """The function of before was the same but for disposals, and those need a transaction that says so."""

    def _create(self, vendor: str) -> list[str]:
        return [] if vendor == "sqlite" else [_refusal(self._name, self._text)]
