"""The common login: off as shipped, and safe where it is switched on."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings


def test_common_login_is_off_as_shipped(client, db):
    assert not any("socialaccount" in app for app in settings.INSTALLED_APPS)
    assert client.get("/accounts/oidc/state/login/").status_code == 404
    assert client.get("/accounts/3rdparty/").status_code == 404
    assert b"oidc" not in client.get("/accounts/login/").content


@pytest.mark.thorough
def test_common_login_switched_on_joins_connects_and_asks_for_the_second_factor():
    """A process of its own: which apps there are is decided at the start."""
    root = Path(__file__).resolve().parent.parent.parent
    run = subprocess.run(
        [sys.executable, "-m", "tests.common_login"], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )

    assert run.stdout == "all well\n", run.stderr[-3000:]
