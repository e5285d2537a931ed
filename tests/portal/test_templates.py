"""The pieces that other pages are built from: messages, pages of a list, the frame of a mail, allauth's pages."""

import re

import pytest
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.template.loader import render_to_string

from tests.factories import MemberFactory

COMMUNITY = {"community": settings.COMMUNITY, "public_url": "https://portal.example"}


class Said:
    def __init__(self, text, level_tag):
        self.text, self.level_tag = text, level_tag

    def __str__(self):
        return self.text


def test_messages_are_polite_and_errors_are_alerts():
    page = render_to_string("_messages.html", {"messages": [Said("Saved.", "success"), Said("No seat left.", "error")]})

    status, alert = re.search(r'role="status" aria-live="polite">(.*?)</div>(.*)', page, re.DOTALL).groups()
    assert ("Saved." in status, "No seat left." in status) == (True, False)
    assert re.search(r'<p class="message message-error" role="alert">No seat left\.</p>', alert)


def test_live_region_stands_ready_before_anything_is_said():
    assert 'role="status"' in render_to_string("_messages.html", {"messages": []})


@pytest.mark.parametrize(
    ("number", "links"),
    [(1, [("next", "?q=word&amp;page=2")]), (2, [("prev", "?q=word&amp;page=1"), ("next", "?q=word&amp;page=3")])],
)
def test_pagination_keeps_the_question(rf, number, links):
    page = Paginator(range(30), 10).page(number)

    html = render_to_string("_pagination.html", {"page_obj": page}, request=rf.get("/meetings/", {"q": "word"}))

    assert re.findall(r'<a rel="(\w+)" href="([^"]+)"', html) == links
    assert f"Page {number} of 3" in html


def test_pagination_is_silent_where_one_page_holds_all(rf):
    page = Paginator(range(3), 10).page(1)

    assert render_to_string("_pagination.html", {"page_obj": page}, request=rf.get("/")).strip() == ""


@pytest.mark.parametrize("kind", ["html", "txt"])
def test_mail_carries_the_statement_and_a_contact(kind):
    mail = render_to_string(f"mail/base.{kind}", COMMUNITY)

    assert "651-431-2000" in mail
    assert settings.COMMUNITY["contact_email"] in mail
    assert "Stop these messages" not in mail


@pytest.mark.parametrize("kind", ["html", "txt"])
def test_mail_that_was_asked_for_can_be_stopped_and_changed(kind):
    links = {"unsubscribe_url": "https://portal.example/u/1", "preferences_url": "https://portal.example/p/1"}

    mail = render_to_string(f"mail/base.{kind}", COMMUNITY | links)

    assert [link in mail for link in links.values()] == [True, True]


def test_mail_in_words_writes_signs_as_they_are():
    community = settings.COMMUNITY | {"name": "Ann & Bo's community"}

    assert "Ann & Bo's community" in render_to_string("mail/base.txt", {"community": community})


@pytest.mark.django_db
def test_signing_in_offers_the_code_first_then_passkey_and_password(client):
    page = client.get("/accounts/login/").content.decode()

    ways = ["Send me a code", "Sign in with a passkey", "Sign in with a password"]
    assert sorted(ways, key=page.index) == ways
    assert "mfa/js/webauthn.js" in page
    assert 'name="password"' in page


@pytest.mark.django_db
def test_wrong_password_is_answered_where_it_was_typed(client):
    MemberFactory(email="anna@example.org")

    page = client.post("/accounts/login/", {"login": "anna@example.org", "password": "wrong"}).content.decode()

    assert '<details class="more" open>' in page
    assert 'class="alert' in page


@pytest.mark.django_db
def test_code_to_sign_in_comes_in_plain_words(client, mailoutbox):
    member = MemberFactory(email="anna@example.org")
    member.emailaddress_set.create(email=member.email, verified=True, primary=True)

    response = client.post("/accounts/login/code/", {"email": "anna@example.org"}, follow=True)

    assert response.status_code == 200
    assert "<title>" in response.content.decode()
    (mail,) = mailoutbox
    assert mail.subject == "Your code to sign in"
    assert re.search(r"^ {4}\S{6,}$", mail.body, re.MULTILINE)
    assert "651-431-2000" in mail.body


@pytest.mark.django_db
@pytest.mark.parametrize(
    "where", ["/accounts/email/", "/accounts/password/set/", "/accounts/2fa/", "/accounts/sessions/"]
)
def test_pages_of_the_account_say_where_one_is(sign_in, where):
    member = MemberFactory(email="anna@example.org", password="!")
    member.emailaddress_set.create(email=member.email, verified=True, primary=True)

    response = sign_in(member).get(where)

    assert response.status_code == 200
    nav = re.search(r'aria-label="Sign-in and security">(.*?)</nav>', response.content.decode(), re.DOTALL)[1]
    assert nav.count('aria-current="page"') == 1
    assert response.content.decode().count("<h1") == 1


@pytest.mark.django_db
def test_staffs_room_follows_the_system_and_carries_the_communitys_name(sign_in):
    page = sign_in(MemberFactory(name="Sam Staff", is_staff=True)).get("/admin/").content.decode()

    assert "/static/css/admin.css" in page
    assert "theme.js" not in page
    assert settings.COMMUNITY["short_name"] in page
    assert "Sam Staff" in page


def test_names_of_people_keep_their_direction_to_themselves():
    """A name in another script must not turn the words around it: <bdi> stands around every name of a person."""
    person = r"(person|user|row|line|rsvp|pending|member)\.name|([a-z_]+\.)*(member|actor|referrer|[a-z]+_by)|event\.by"
    bare = re.compile(rf"(?<!<bdi>)\{{\{{ ?({person})(\|(?!date)[^}}]*)? ?\}}\}}")
    pages = sorted((settings.BASE_DIR / "templates").rglob("*.html"))

    found = [f"{page.name}: {match[0]}" for page in pages for match in bare.finditer(page.read_text())]

    assert bare.search("Hello {{ user.name }}")
    assert found == []


def test_levels_of_messages_have_a_look_each():
    sheet = (settings.BASE_DIR / "static/css/portal.css").read_text()
    tags = set(messages.DEFAULT_TAGS.values()) - {"debug", "info"}

    assert {tag for tag in tags if f".message-{tag}" not in sheet} == set()
