"""The database role that the running portal uses: it works with the rows, and cannot touch what is kept of itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from psycopg import sql

# Tables with both of AppendOnly's triggers, neither limited to some rows: nothing in them is ever changed.
KEPT_TABLES = """
    SELECT c.relname FROM pg_class c
    JOIN pg_trigger f ON f.tgrelid = c.oid AND f.tgname = c.relname || '_frozen' AND f.tgqual IS NULL
    JOIN pg_trigger k ON k.tgrelid = c.oid AND k.tgname = c.relname || '_frozen_kept'
    ORDER BY c.relname
"""


class Command(BaseCommand):
    help = "Make or update the role of web, worker and clock. Run it as the owner of the database, after each migrate."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", default="portal_app")
        parser.add_argument("--sql", action="store_true", help="Only print the statements, for whoever may run them.")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            self.stdout.write("Roles are PostgreSQL's: nothing to do.")
            return
        password = settings.APP_ROLE_PASSWORD
        if not password and not options["sql"]:
            raise CommandError("Set APP_ROLE_PASSWORD: the password of the role that web, worker and clock use.")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(KEPT_TABLES)
            kept = [name for (name,) in cursor.fetchall()]
            cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [options["role"]])
            exists = cursor.fetchone()[0]
            database = connection.settings_dict["NAME"]
            statements = role_statements(options["role"], database=database, kept=kept, exists=exists)
            if options["sql"]:
                self.stdout.write("".join(f"{statement.as_string()};\n" for statement in statements))
                return
            for statement in [*statements, _password(options["role"], password)]:
                cursor.execute(statement.as_string())
        self.stdout.write(f"{options['role']} may use the portal's tables, and only add to {len(kept)} of them.")


def role_statements(role: str, *, database: str, kept: list[str], exists: bool) -> list[sql.Composed]:
    """What makes the role what it should be, whatever it was: rows of all tables, and of the kept ones only new rows."""
    name = sql.Identifier(role)
    can = sql.SQL("{verb} ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")
    told = [
        can.format(verb=sql.SQL("ALTER" if exists else "CREATE"), name=name),
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(name),
        sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC").format(),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), name),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
        sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}").format(name),
    ]
    only_added_to = sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}")
    return told + [only_added_to.format(sql.Identifier(table), name) for table in kept]


def _password(role: str, password: str) -> sql.Composed:
    return sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
