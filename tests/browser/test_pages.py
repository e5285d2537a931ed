"""Every page of the sitemap, opened once: WCAG 2.2 A and AA by axe, light and dark, its width on a narrow phone, what it
asks of whom, and its HTML for the checker."""

import gzip
import re
from pathlib import Path

import pytest

from tests.browser.sitemap import MEMBER, STAFF, VISITOR

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
SAVED = Path(__file__).resolve().parent.parent.parent / "var" / "pages"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
# Django's style sheet for forms imports another. Axe would load it anew by an inline style, which our Content Security
# Policy refuses: that is axe's own message, no browser of a person gets it. The rule it is for (orientation) is asked
# of every page outside the staff's room.
RULES_FOR_STAFF = {**RULES, "preload": False}
COLORS = {
    "preload": False,
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
# A form has a token against forgery, and the token a cookie.
FORMS = {
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/accounts/take-over/",
    "/meetings/open-house/checkin/",
    "/meetings/open-house/rsvp/",
    "/meetings/open-house/live/speak/",
    "/meetings/open-house/questions/",
    "/meetings/rfp-information-session/rsvp/",
    "/notices/subscribe/",
    "/polls/",
}


def violations(page, rules):
    found = page.evaluate("rules => axe.run(document, rules).then(result => result.violations)", rules)
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


def in_the_dark(page):
    """Between light and dark nothing changes but colors: only what speaks of them is asked again, on a narrow phone."""
    page.emulate_media(color_scheme="dark")
    page.evaluate(
        "Promise.all(document.getAnimations().map(each => each.finished))"
    )  # colors may fade into one another
    found = violations(page, COLORS)
    page.emulate_media(color_scheme="light")
    return [f"dark: {what}" for what in found]


def sideways(page):
    """What sticks out at 320 pixels."""
    page.set_viewport_size({"width": 320, "height": 900})
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"is {width} px wide on a narrow phone"] if width > 320 else []


def wrong_with(page, rules=RULES):
    """Everything that is asked of a page, asked of the one that is open: light and wide, then dark and narrow."""
    usual = page.viewport_size
    page.evaluate(AXE)
    found = [*violations(page, rules), *sideways(page), *in_the_dark(page)]
    page.set_viewport_size(usual)
    return found


def save(response, path, role):
    """Keep the page as the server sent it, for the HTML checker."""
    SAVED.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", f"{role}{path}").strip("-")
    (SAVED / f"{name}.html").write_text(response.text())


def look_at(page, path, role):
    response = page.goto(path)
    found = wrong_with(page, RULES_FOR_STAFF if path.startswith("/admin/") else RULES)
    if response.status != (404 if "no-such-page" in path else 200):
        found.append(f"answered {response.status}")
    save(response, path, role)
    return [f"{path} {what}" for what in found]


def walk(page, paths, role, portal):
    """Look at each page; return what is wrong, also with what the browser was told and asked for on the way."""
    found = []

    def told(message):
        if "Content Security" in message.text:
            found.append(f"{page.url} {message.text}")

    def asked(request):
        if not request.url.startswith((portal.url, "data:")):
            found.append(f"{page.url} asks for {request.url}")

    page.on("console", told)
    page.on("request", asked)
    for path in paths:
        found += look_at(page, path, role)
    return found


@pytest.mark.pages
def test_visitors_pages(visit, portal):
    assert walk(visit(), VISITOR, "visitor", portal) == []


@pytest.mark.pages
def test_members_pages(visit, sign_in, portal):
    page = visit()
    sign_in(page, "full@demo.example")

    assert walk(page, MEMBER, "member", portal) == []


@pytest.mark.pages
@pytest.mark.parametrize(
    "email",
    [email if email.startswith("meetings@") else pytest.param(email, marks=pytest.mark.thorough) for email in STAFF],
)
def test_staffs_pages(visit, sign_in, portal, email):
    page = visit()
    sign_in(page, email)

    assert walk(page, STAFF[email], email.split("@")[0], portal) == []


@pytest.mark.pages
def test_specialty_contributors_pages_fit_a_narrow_phone(visit, sign_in):
    page = visit()
    sign_in(page, "specialty@demo.example")

    assert [f"{path} {wide}" for path in MEMBER if page.goto(path) for wide in sideways(page)] == []


def test_public_pages_set_no_cookie(visit):
    page = visit()

    for path in [path for path in VISITOR if path not in FORMS]:
        page.goto(path)
        assert page.context.cookies() == [], path


def test_first_visit_is_light(visit):
    """At most six requests and 40 KiB, compressed as the production server compresses them."""
    page, responses = visit(), []
    page.on("response", lambda response: responses.append(response))

    page.goto("/", wait_until="networkidle")

    assert len(responses) <= 6
    assert sum(len(gzip.compress(response.body())) for response in responses) <= 40 * 1024
