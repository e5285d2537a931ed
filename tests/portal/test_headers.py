"""What every answer carries: a strict policy for its content, and no cookie for somebody who only reads."""

import gzip
import re

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import include, path

from cop_portal import urls, views
from tests.factories import MemberFactory

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def boom(request: HttpRequest) -> None:
    raise RuntimeError("a trace that nobody may see")


def closed(request: HttpRequest) -> None:
    raise PermissionDenied


handler500 = views.server_error
urlpatterns = [path("boom/", boom), path("closed/", closed), path("", include(urls.urlpatterns))]


def policy(response):
    return dict(rule.strip().split(" ", 1) for rule in response["Content-Security-Policy"].split(";"))


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("where", "status"),
    [
        ("/", 200),
        ("/about/", 200),
        ("/accounts/login/", 200),
        ("/me/", 302),
        ("/closed/", 403),
        ("/nowhere/", 404),
        ("/boom/", 500),
    ],
)
def test_policy_for_content_is_strict_on_every_answer(where, status):
    response = Client(raise_request_exception=False).get(where)

    assert response.status_code == status
    assert policy(response) == POLICY
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_policy_for_content_is_strict_on_a_forged_form():
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {})

    assert response.status_code == 403
    assert policy(response) == POLICY
    assert "Please send that again" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("origin", "again"), [("http://testserver", True), ("https://evil.example", False), ("null", False), ("", False)]
)
def test_a_form_from_before_a_new_sign_in_can_be_sent_again_and_a_forged_one_not(origin, again):
    client = Client(enforce_csrf_checks=True)
    client.force_login(MemberFactory())
    headers = {"Origin": origin} if origin else {}
    response = client.post("/me/profile/", {"name": "<Ana>\nB", "csrfmiddlewaretoken": "old"}, headers=headers)

    assert response.status_code == 403
    page = response.content.decode()
    assert ('name="name" value="&lt;Ana&gt;\nB"' in page) == again
    assert ("Send it again" in page) == again
    assert "&quot;old&quot;" not in page
    assert 'value="old"' not in page


@pytest.mark.django_db
def test_nobody_who_is_signed_out_is_offered_to_send_it_again():
    headers = {"Origin": "http://testserver"}
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a"}, headers=headers)

    assert "Send it again" not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["/", "/about/", "/robots.txt", "/nowhere/"])
def test_public_page_sets_no_cookie(client, where):
    response = client.get(where)

    assert dict(response.cookies) == {}
    assert dict(client.cookies) == {}


@pytest.mark.django_db
def test_cookies_of_signing_in_end_with_the_browser(client):
    cookies = client.get("/accounts/login/").cookies

    assert {name: (cookie["max-age"], cookie["expires"]) for name, cookie in cookies.items()} == {
        settings.CSRF_COOKIE_NAME: ("", "")
    }


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_failure_shows_no_trace_and_asks_no_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        response = Client(raise_request_exception=False).get("/boom/")

    page = response.content.decode()
    assert "Something went wrong on our side" in page
    assert settings.COMMUNITY["name"] in page
    assert "a trace" not in page


@pytest.mark.django_db
def test_missing_page_says_where_to_go_on(client):
    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert response.templates[0].name == "404.html"
    assert 'href="/meetings/"' in response.content.decode()


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_closed_page_says_whom_to_ask(client):
    page = client.get("/closed/").content.decode()

    assert "This page is not open to you" in page
    assert settings.COMMUNITY["contact_email"] in page


def test_too_many_tries_are_answered_with_patience():
    assert "Please wait a few minutes" in render_to_string("429.html", {"community": settings.COMMUNITY})


def test_machines_are_told_to_leave_private_pages_alone(client):
    response = client.get("/robots.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "Disallow: /me/" in response.content.decode().splitlines()


@pytest.mark.django_db
def test_first_visit_is_light_and_asks_nobody_else(client):
    page = client.get("/").content.decode()

    # A feed is there to be found, and fetched by whoever wants it.
    wanted = set(re.findall(r'<(?:link(?! rel="alternate")|img|script)[^>]*?(?:href|src)="([^"]+)"', page))
    assert {address for address in wanted if not address.startswith("/static/")} == set()
    files = [settings.BASE_DIR / address.lstrip("/") for address in wanted]
    assert 1 + len(files) <= 6
    assert sum(len(gzip.compress(body)) for body in [page.encode(), *(file.read_bytes() for file in files)]) <= 40_000
    assert len(gzip.compress((settings.BASE_DIR / "static/css/portal.css").read_bytes())) <= 12_000


def test_templates_hold_no_style_and_no_script_of_their_own():
    pages = [page for page in (settings.BASE_DIR / "templates").rglob("*.html") if "mail" not in page.parts]
    inline = re.compile(r'\sstyle="|<style|\son[a-z]+="|<script(?![^>]*\bsrc=)(?![^>]*application/json)')

    assert [page.name for page in pages if inline.search(page.read_text())] == []
