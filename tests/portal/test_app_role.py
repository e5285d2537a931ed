"""The role of the running portal cannot rewrite what is kept of who did what: asked as that role, in plain SQL."""

from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cop_portal.management.commands.app_role import KEPT_TABLES, role_statements

ROLE, PASSWORD = "cop_portal_test_app", "only-for-a-test"
KEPT = {
    "meetings_attendanceevent", "meetings_changelogentry", "members_memberevent", "notices_deliveryevent", "notices_rfpupdate", "polls_pollevent",
    "polls_publishedtable", "privacy_disposal", "privacy_sensitiveview", "privacy_shownperson", "stipends_claimevent",
}  # fmt: skip


@pytest.fixture
def app(django_db_setup, django_db_blocker):
    """A connection as the portal's role, which is made for it and taken away again, outside of Django's own."""
    with django_db_blocker.unblock():
        owner = psycopg.connect(**_address(), autocommit=True)
        name = f"{ROLE}_{owner.info.dbname}"[:60]
        kept = [table for (table,) in owner.execute(KEPT_TABLES)]
        for statement in role_statements(name, database=owner.info.dbname, kept=kept, exists=False):
            owner.execute(statement)
        owner.execute(f"ALTER ROLE \"{name}\" PASSWORD '{PASSWORD}'")
        try:
            with psycopg.connect(**{**_address(), "user": name, "password": PASSWORD}, autocommit=True) as client:
                yield client, set(kept)
        finally:
            owner.execute(f'DROP OWNED BY "{name}"')
            owner.execute(f'DROP ROLE "{name}"')
            owner.close()


def _address():
    said = connection.settings_dict
    return {
        "host": said["HOST"], "port": said["PORT"] or 5432, "user": said["USER"], "password": said["PASSWORD"],
        "dbname": said["NAME"],
    }  # fmt: skip


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_role_only_adds_to_what_is_kept(app):
    client, kept = app
    assert kept == KEPT
    for table in sorted(kept):
        client.execute(f"SELECT count(*) FROM {table}")
        for attempt in (
            f"UPDATE {table} SET id = id",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TRIGGER {table}_frozen ON {table}",
            f"CREATE OR REPLACE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN OLD; END$$",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                client.execute(attempt)
    may = "SELECT has_table_privilege(%s, 'INSERT')"
    assert all(client.execute(may, [table]).fetchone()[0] for table in kept)


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_role_works_with_the_rest_and_makes_nothing_new(app):
    client, _ = app

    client.execute("UPDATE members_member SET name = name")
    client.execute("BEGIN; LOCK TABLE privacy_legalhold IN SHARE MODE; ROLLBACK")  # forgetting jobs look for holds

    for attempt in ("CREATE TABLE mine (id int)", "DELETE FROM django_migrations", "SET ROLE postgres"):
        with pytest.raises(psycopg.Error):
            client.execute(attempt)


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_command_needs_a_password_and_can_print_what_it_would_do(settings):
    settings.APP_ROLE_PASSWORD, out = "", StringIO()

    with pytest.raises(CommandError):
        call_command("app_role")
    call_command("app_role", "--sql", stdout=out)

    assert 'REVOKE UPDATE, DELETE ON "privacy_sensitiveview" FROM "portal_app";' in out.getvalue()


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_command_may_run_again(settings):
    settings.APP_ROLE_PASSWORD = PASSWORD  # within the test's transaction: nothing of it lasts

    for _ in range(2):
        call_command("app_role", "--role", "cop_portal_passing_role", stdout=StringIO())

    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolcanlogin FROM pg_roles WHERE rolname = 'cop_portal_passing_role'")
        assert cursor.fetchone() == (False, True)
