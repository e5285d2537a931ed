"""Every page of the sitemap: WCAG 2.2 A and AA by axe, at three widths, light and dark, and the HTML for the checker."""

import gzip
import re
from pathlib import Path

import pytest

from tests.browser.sitemap import MEMBER, STAFF, VISITOR

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
SAVED = Path(__file__).resolve().parent.parent.parent / "var" / "pages"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
LOOKS = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def violations(page):
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, rules).then(result => result.violations)", RULES)
    return [f"{page.url} {rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


def save(page, path, role):
    """Keep the page as the server sent it, for the HTML checker."""
    SAVED.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", f"{role}{path}").strip("-")
    (SAVED / f"{name}.html").write_text(page.context.request.get(path).text())


def walk(page, paths, role):
    """Look at each page; return what axe found and what sticks out sideways."""
    found = []
    for path in paths:
        response = page.goto(path)
        expected = 404 if "no-such-page" in path else 200
        if response.status != expected:
            found.append(f"{path} answered {response.status}")
        found += violations(page)
        save(page, path, role)
    return found


def sideways(page, paths):
    wide = []
    for path in paths:
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > page.viewport_size["width"]:
            wide.append(f"{path} is {width} px wide")
    return wide


@LOOKS
def test_visitors_pages_are_accessible(visit, dark):
    assert walk(visit(dark=dark), VISITOR, "visitor") == []


@LOOKS
def test_members_pages_are_accessible(visit, sign_in, dark):
    page = visit(dark=dark)
    sign_in(page, "full@demo.example")

    assert walk(page, MEMBER, "member") == []


@LOOKS
def test_staffs_pages_are_accessible(visit, sign_in, dark):
    found = []
    for email, paths in STAFF.items():
        page = visit(dark=dark)
        sign_in(page, email)
        found += walk(page, paths, email.split("@")[0])

    assert found == []


def test_pages_fit_a_narrow_phone(visit, sign_in):
    assert sideways(visit(width=320), VISITOR) == []

    page = visit(width=320)
    sign_in(page, "specialty@demo.example")
    assert sideways(page, MEMBER) == []


def test_no_page_breaks_its_own_content_security_policy(visit, sign_in):
    page, complaints = visit(), []
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    sign_in(page, "full@demo.example")

    for path in [*VISITOR, *MEMBER]:
        page.goto(path)

    assert complaints == []


def test_nothing_is_asked_of_another_host(visit, portal):
    page, foreign = visit(), []
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(portal.url) else None)

    for path in VISITOR:
        page.goto(path)

    assert [url for url in foreign if not url.startswith("data:")] == []


def test_public_pages_set_no_cookie(visit):
    page = visit()
    forms = {"/accounts/login/", "/accounts/signup/", "/accounts/login/code/", "/accounts/password/reset/"}
    asks = forms | {"/meetings/open-house/rsvp/", "/notices/subscribe/", "/polls/"}

    for path in VISITOR:
        if path not in asks:
            page.goto(path)
            assert page.context.cookies() == [], path


def test_first_visit_is_light(visit):
    """At most six requests and 40 KiB, compressed as the production server compresses them."""
    page, responses = visit(), []
    page.on("response", lambda response: responses.append(response))

    page.goto("/", wait_until="networkidle")

    assert len(responses) <= 6
    assert sum(len(gzip.compress(response.body())) for response in responses) <= 40 * 1024
