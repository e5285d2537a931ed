"""A real Chromium on the real portal. Where there is no Chromium the tests are skipped, and say so; in CI they fail."""

import os
import re
import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.processes import ROOT, start_portal

FAILED = pytest.StashKey()
PICTURES = ROOT / "var" / "failures"

# The shell is the same engine without the windows of a browser, at less than half the price.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


# Of the package, not the session: while Playwright's loop runs, Django refuses to touch a database in the same process.
@pytest.fixture(scope="package")
def chromium():
    if CHROMIUM is None:
        sentence = "No Chromium was found. On Debian: apt install chromium-headless-shell"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def portal(chromium, migrated, tmp_path_factory):
    portal = start_portal(tmp_path_factory.mktemp("portal"), migrated)
    yield portal
    portal.stop()


@pytest.fixture(scope="package")
def sign_ins(portal):
    """E-mail → (password, unused recovery codes), as the sign-in sheet of the demo prints them."""
    line = r"^\s*(\S+@demo\.example)\s+(\S+)((?:\s+[0-9a-f]{8})*)\s*$"
    people = re.findall(line, portal.sheet, re.MULTILINE)
    return {email: (password, codes.split()) for email, password, codes in people}


@pytest.fixture
def visit(chromium, portal, request):
    """Open a fresh browser: ``page = visit(width=320, dark=True, script=False)``. A failure leaves its pictures."""
    contexts = []

    def open_page(*, width=1280, height=900, dark=False, script=True):
        context = chromium.new_context(
            base_url=portal.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield open_page
    if request.node.stash.get(FAILED, False):
        PICTURES.mkdir(parents=True, exist_ok=True)
        for number, context in enumerate(contexts):
            context.pages[0].screenshot(path=PICTURES / f"{request.node.name}-{number}.png", full_page=True)
    for context in contexts:
        context.close()


ANOTHER_SET = """
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from members.models import Member
member = Member.objects.get(email="%s")
Authenticator.objects.filter(user=member, type=Authenticator.Type.RECOVERY_CODES).delete()
print(*RecoveryCodes.activate(member).get_unused_codes())
"""


@pytest.fixture
def sign_in(sign_ins, portal):
    """Sign somebody in on this page by password, and by a recovery code where the portal asks for one."""

    def sign_in(page, email):
        password, codes = sign_ins[email]
        page.goto("/accounts/login/")
        page.get_by_text("Sign in with a password").click()
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        if "2fa" in page.url:
            if not codes:  # each is good once, and there are more tests than codes
                codes += re.findall(r"\b[0-9a-f]{8}\b", portal.manage("shell", "-v0", "-c", ANOTHER_SET % email))
            page.fill("input[name=code]", codes.pop(0))
            page.click("main button[type=submit]")
        page.wait_for_url(re.compile(r"/me/"))

    return sign_in
