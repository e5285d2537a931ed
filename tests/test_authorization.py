"""Who gets which answer at which address. What is right stands in authorization.yaml and not here."""

import hashlib
import logging
import re
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
import yaml
from django.core.cache import cache
from django.db import connection, transaction

from tests.portal_world import EACH_ROLE, MEMBERS, ROLES, STAFF, World, patterns

pytestmark = pytest.mark.django_db

BOOK = yaml.safe_load((Path(__file__).parent / "authorization.yaml").read_text())
GROUPS = {
    "everybody": set(ROLES),
    "visitors": {"visitor", "deactivated"},
    "people": set(MEMBERS),
    "staff": {*STAFF, "superuser"},
    "signed_in": set(ROLES) - {"visitor", "deactivated"},
}
PAGES = ("changelist", "add", "history", "delete", "change")
REFUSALS = {"sign_in", "staff_sign_in", "enroll", "403", "404", "405"}
NOT_EVEN_A_LOOK = {"403/403", "staff_sign_in/staff_sign_in", "enroll/enroll"}
# Sessions come and go; what staff did and looked at is written down, also where they were then refused.
NOT_LOOKED_AT = {
    "django_session",
    "usersessions_usersession",
    "django_admin_log",
    "privacy_sensitiveview",
    "privacy_shownperson",
}
CONTENTS = ("stipends_", "members_", "meetings_", "polls_", "notices_")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Entered once for all roles; each test's own transaction lies inside."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _quiet():
    """Thousands of refusals, each with its trace, are most of the time that this takes."""
    logger = logging.getLogger("django.request")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


def expected_at(name, role):
    """What the book says, GET/POST; None where it says nothing."""
    if name in BOOK["addresses"]:
        return _said(BOOK["addresses"][name], role)
    model, _, page = name.removeprefix("admin:").rpartition("_")
    if model in BOOK["models"] and page in PAGES:
        return _said("only_for", role) if role not in STAFF and role != "superuser" else _model_page(model, page, role)
    redirect = re.fullmatch(r"/admin/(\w+)/(\w+)/<path:object_id>/", name)
    if redirect and f"{redirect[1]}_{redirect[2]}" in BOOK["models"]:
        return "302/302" if role in GROUPS["staff"] else _said("only_for", role)
    return None


def _said(row, role):
    lines = dict(BOOK["profiles"][row]) if isinstance(row, str) else dict(row)
    if isinstance(row, dict) and "like" in row:
        lines = {**BOOK["profiles"][lines.pop("like")], **lines}
    fitting = [
        answer
        for names, answer in lines.items()
        for name in names.split(", ")
        if role == name or role in GROUPS.get(name, ())
    ]
    return fitting[-1] if fitting else None


def _model_page(model, page, role):
    rights = BOOK["models"][model]

    def may(right):
        return rights[right] != "nobody" and (role == "superuser" or role in rights[right])

    if page in {"changelist", "history"}:
        return "200/200" if may("view") else "403/403"
    if page == "change":
        saved = rights.get("saved", 200) if may("change") else 403
        return f"200/{saved}" if may("view") else "403/403"
    return "200/200" if may(page) else "403/403"


def answer_of(response, path):
    target = response.headers.get("Location", "")
    if response.status_code == 302:
        if target.startswith("/accounts/login/?"):
            return "sign_in"
        if target.startswith("/admin/login/?"):
            return "staff_sign_in"
        if target == "/accounts/2fa/" and ("/admin/" in path or "/console/" in path):
            return "enroll"
        if "/reauthenticate/" in target:
            return "prove"
    return str(response.status_code)


class Asker:
    """One role at its browser. Nothing that it does lasts, not even being signed out."""

    def __init__(self, world, role):
        self.client = world.client(role)
        self.cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}

    def ask(self, method, path):
        """The answer in a word, the page, and the statements that wrote something."""
        self.client.cookies = SimpleCookie(self.cookies)
        cache.clear()  # allauth counts tries
        savepoint = transaction.savepoint()
        with written() as statements:
            response = self.client.generic(method, path)
            body = b"".join(response) if response.streaming else response.content
        transaction.savepoint_rollback(savepoint)
        return answer_of(response, path), body, statements


@contextmanager
def written():
    """Statements that change a table; nothing that was undone afterwards escapes."""
    statements = []

    def watch(execute, sql, params, many, context):
        verb = re.match(r'\s*(INSERT|UPDATE|DELETE)[^"]*"(\w+)"', sql)
        if verb and verb[2] not in NOT_LOOKED_AT:
            statements.append(sql[:100])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield statements


def state():
    """How many rows each table has, and a digest of those that people's data lie in."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names()) - NOT_LOOKED_AT):
            columns = "*" if table.startswith(CONTENTS) else "COUNT(*)"
            cursor.execute(f'SELECT {columns} FROM "{table}"')
            rows = sorted(map(repr, cursor.fetchall()))
            found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def same(body):
    """Without what is new on every page: the forms' token."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", body)


def test_every_address_is_in_the_book_and_every_line_of_it_is_an_address():
    addresses = set(patterns())
    of_models = {f"admin:{model}_{page}" for model in BOOK["models"] for page in PAGES}

    assert [name for name in addresses if any(expected_at(name, role) is None for role in ROLES)] == []
    assert sorted(set(BOOK["addresses"]) - addresses) == []
    assert sorted(of_models - addresses) == []


@pytest.mark.parametrize("role", EACH_ROLE)
def test_every_address_answers_each_role_as_the_book_says(world, role):
    asker, wrong = Asker(world, role), []
    before = state()

    for name, (path, missing) in world.paths.items():
        answers = []
        if expected_at(name, role) in NOT_EVEN_A_LOOK and (len(name) + ROLES.index(role)) % 3:
            answers.append(expected_at(name, role).split("/")[1])  # a third of these POSTs is enough
        for method in ("GET", "POST")[: 2 - len(answers)]:
            answer, body, statements = asker.ask(method, path)
            answers.append(answer)
            if answer in REFUSALS and method == "POST" and statements:
                wrong.append(f"{name} refused a POST ({answer}) and wrote: {statements}")
            if answer == "404" and path != missing and same(asker.ask(method, missing)[1]) != same(body):
                wrong.append(f"{name} says that it exists: {method} is not what a missing one answers")
        if "/".join(answers) != expected_at(name, role):
            wrong.append(f"{name} ({path}): {'/'.join(answers)}, and should {expected_at(name, role)}")

    assert not wrong, "\n".join(wrong)
    assert state() == before


@pytest.mark.parametrize(
    "method", ["HEAD", *(pytest.param(verb, marks=pytest.mark.thorough) for verb in ("PUT", "DELETE"))]
)
def test_other_methods_give_nothing_that_get_and_post_refuse(world, method):
    """Each address by one role in turn: nobody thinks of these methods, so nothing may hang on them."""
    askers, wrong = {role: Asker(world, role) for role in ROLES}, []

    for number, (name, (path, _)) in enumerate(sorted(world.paths.items())):
        role = ROLES[(number + len(method)) % len(ROLES)]
        answer, _, statements = askers[role].ask(method, path)
        get, post = expected_at(name, role).split("/")
        if answer.startswith("5") or (method == "HEAD" and answer not in {get, "403", "405"}):
            wrong.append(f"{name} answers {role}'s {method} with {answer}")
        if answer.startswith("2") and not {get, post} - REFUSALS:
            wrong.append(f"{name} lets {role} in by {method}")
        if statements and (method == "HEAD" or not {get, post} - REFUSALS):
            wrong.append(f"{name}: {role}'s {method} wrote {statements}")

    assert not wrong, "\n".join(wrong)
