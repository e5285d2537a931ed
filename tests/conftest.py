import gc
import importlib
import os
import sqlite3
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from _pytest import runner
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client

from tests import databases


@pytest.fixture(scope="session")
def migrated(request, tmp_path_factory):
    """The empty, migrated database that one worker makes for all of them (see databases.py)."""
    folder = tmp_path_factory.getbasetemp()
    return databases.migrated(folder.parent if hasattr(request.config, "workerinput") else folder)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, request):
    """Begin with a copy of the migrated database, unless one of an earlier run is kept."""
    options, test = request.config.option, settings.DATABASES["default"].setdefault("TEST", {})
    if databases.ON_POSTGRES and (options.create_db or not options.reuse_db):
        test["TEMPLATE"] = request.getfixturevalue("migrated")
    if databases.ON_POSTGRES or test.get("NAME"):
        yield
        return
    # A database in memory lasts as long as somebody is connected to it.
    keeper = sqlite3.connect(connection.creation._get_test_db_name(), uri=True)
    source = sqlite3.connect(request.getfixturevalue("migrated"))
    source.backup(keeper)
    source.close()
    yield
    keeper.close()


def pytest_xdist_auto_num_workers():
    """One more than there are processors: who drives the browser or waits for a clock leaves one free."""
    return (os.cpu_count() or 1) + 1


def is_whole(config):
    return config.args_source is config.ArgsSource.TESTPATHS


def pytest_sessionstart(session):
    """While the suite's workers read the tests, the database that they will wait for is made."""
    config = session.config
    if config.getoption("numprocesses", None) and is_whole(config) and not databases.ON_POSTGRES:
        threading.Thread(target=databases.migrated, args=[databases.FOLDER]).start()


def pytest_collection(session):
    """On a clean checkout each worker would compile every test, and its asserts, at the same time as the others.

    Each begins with another part of them, and finds the rest on the disk.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker and is_whole(session.config):
        files = sorted(Path(__file__).parent.glob("*/test_*.py"))
        for file in files[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
            with suppress(Exception, pytest.skip.Exception):  # what is wrong with it is told when it is collected
                importlib.import_module(f"tests.{file.parent.name}.{file.stem}")


def pytest_collection_finish(session):
    """What is there now stays to the end: the search for garbage need not look at it after every few tests."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser):
    parser.addoption(
        "--thorough",
        action="store_true",
        help="also what is marked so: every role at every address, a thousand tables (CI does, on PostgreSQL)",
    )


# What takes longest begins first, and shares what is dear to set up.
LONGEST = [
    "tests/browser/",
    "tests/notices/test_faults.py",
    "tests/test_authorization.py",
    "tests/test_canaries.py",
    "tests/test_bad_input.py",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    if not config.option.thorough:
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
    places = [*LONGEST, ""]
    items.sort(key=lambda item: next(n for n, place in enumerate(places) if item.nodeid.startswith(place)))
    # SQLite has one writer at a time: there is no race to run.
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))


@pytest.fixture
def now():
    """A moment on a weekday morning in Minnesota, far from a clock change."""
    return datetime(2027, 1, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def sign_in():
    """``sign_in(member)`` returns a test client signed in as that person, as allauth would have left the session.

    Staff get an authenticator app and have just used it: the staff's room lets nobody else in.
    """

    def signed_in(member):
        client = Client()
        client.force_login(member)
        method = {"method": "code", "at": time.time()}
        if member.is_staff:
            if not Authenticator.objects.filter(user=member, type=Authenticator.Type.TOTP).exists():
                TOTP.activate(member, "JBSWY3DPEHPK3PXP")
            method = {"method": "mfa", "at": time.time(), "type": "totp"}
        session = client.session
        session["account_authentication_methods"] = [method]
        session["account_authentication_methods_user"] = str(member.pk)
        session.save()
        return client

    return signed_in


@pytest.fixture(autouse=True)
def _fresh_cache():
    """Rate limits and used codes live in the cache: one test must not use up another's tries."""
    cache.clear()


def pytest_terminal_summary(terminalreporter):
    """A suite that passed without a browser must not look like one that passed with it."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "No Chromium" in str(report.longrepr)]
    if skipped:
        terminalreporter.write_sep("!", "NOTHING WAS TESTED IN A BROWSER: no Chromium was found", red=True, bold=True)
        terminalreporter.write_line("On Debian: apt install chromium-headless-shell. Then run the suite again.")


def _within(call, *arguments):
    return call(*arguments)


# CPython keeps frames in pieces of 16 KiB and gives each back as soon as it is empty. A call that is made again and
# again at the edge of a piece asks the system for a new one every time: an eighth of the suite's time. One frame that
# wants 64 Ki words makes a piece of a megabyte, and the frames of a test all fit in the rest of it.
_within.__code__ = _within.__code__.replace(co_stacksize=(1 << 16) + 1)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    return _within(runner.pytest_runtest_protocol, item, nextitem)
