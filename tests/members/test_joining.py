"""Joining through allauth: the form, the code, and what nobody may learn."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cop_portal.errors import Refused
from members.models import Member
from privacy.models import Consent
from tests.factories import ConsentNoticeFactory, MemberFactory

pytestmark = pytest.mark.django_db
SIGNUP = "/accounts/signup/"


@pytest.fixture
def notice():
    return ConsentNoticeFactory()


def form(notice, **changes):
    return {
        "email": "ada@example.org",
        "name": "Ada Example",
        "level": "full",
        "agreed": "on",
        "consent": "on",
        "notice": notice.pk,
    } | changes


def code_in(message):
    return re.search(r"^\s*(\d{6}|\d{10})\s*$", message.body, re.MULTILINE)[1]


def known(email="ada@example.org"):
    member = MemberFactory(email=email)
    EmailAddress.objects.create(user=member, email=email, primary=True, verified=True)
    return member


def plain(response):
    """A page without what must differ from one request to the next."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", response.content)


def test_page_shows_the_six_parts_above_the_fields_and_their_version(client, notice):
    html = client.get(SIGNUP).content.decode()

    positions = [html.index(heading) for heading, _ in notice.parts]
    assert positions == sorted(positions)
    assert positions[-1] < html.index('name="email"')
    assert re.search(rf'name="notice" value="{notice.pk}"', html)
    assert html.count("<h1") == 1


def test_joining_needs_only_a_code_and_writes_person_level_and_consent(client, notice):
    response = client.post(SIGNUP, form(notice))
    assert response.url == "/accounts/confirm-email/"
    member = Member.objects.get(email="ada@example.org")
    assert not member.has_usable_password()
    assert client.get("/me/").status_code == 302  # not before the address is confirmed

    code = code_in(mail.outbox[-1])
    response = client.post(response.url, {"code": code})

    assert response.status_code == 302
    assert client.get("/me/").status_code == 200
    assert member.name == "Ada Example"
    assert [(period.level, period.agreed_at is not None) for period in member.periods.all()] == [("full", True)]
    assert list(Consent.objects.values_list("member", "notice")) == [(member.pk, notice.pk)]
    assert EmailAddress.objects.get(user=member).verified


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"agreed": ""}, "agreed", id="expectations of full not ticked"),
        pytest.param({"level": "specialty", "agreed": ""}, "agreed", id="expectations of specialty not ticked"),
        pytest.param({"consent": ""}, "consent", id="no consent"),
        pytest.param({"level": "chief"}, "level", id="unknown level"),
        pytest.param({"name": ""}, "name", id="no name"),
        pytest.param({"email": "nonsense"}, "email", id="no address"),
    ],
)
def test_joining_is_refused_and_leaves_nothing_behind(client, notice, changes, field):
    response = client.post(SIGNUP, form(notice, **changes))

    assert list(response.context["form"].errors) == [field]
    assert not Member.objects.exists()
    assert not mail.outbox


def test_public_attendee_ticks_no_expectations(client, notice):
    client.post(SIGNUP, form(notice, level="public", agreed=""))

    assert Member.objects.get().periods.get().agreed_at is None


def test_stale_notice_comes_again_and_nothing_typed_is_lost(client, notice):
    newer = ConsentNoticeFactory(version=notice.version + 1, why="For a new reason.")

    response = client.post(SIGNUP, form(notice))

    html = response.content.decode()
    assert list(response.context["form"].errors) == ["consent"]
    assert "For a new reason." in html
    assert 'value="ada@example.org"' in html
    assert 'value="Ada Example"' in html
    assert re.search(rf'name="notice" value="{newer.pk}"', html)
    assert re.search(r'value="full"[^>]*checked', html)
    assert not re.search(r'name="consent"[^>]*checked', html)
    assert not Member.objects.exists()

    client.post(SIGNUP, form(newer))
    assert Consent.objects.get().notice == newer


def test_joining_offers_every_language_and_keeps_which_was_read(client, notice):
    reviewed = {"translation": "reviewed", "reviewed_by": "the State's interpreters"}
    somali = ConsentNoticeFactory(version=notice.version, language="so", why="Sababta.", **reviewed)
    ConsentNoticeFactory(version=notice.version, language="hmn")

    html = client.get(SIGNUP).content.decode()
    client.post(SIGNUP, form(somali))

    assert "Reviewed by <bdi>the State&#x27;s interpreters</bdi>. The English text governs." in html
    assert html.count("A machine made this translation, and nobody has reviewed it.") == 1
    assert '<ol lang="so" dir="ltr">' in html
    assert Consent.objects.get().notice == somali


def test_without_a_published_notice_nobody_can_join(client):
    unpublished = ConsentNoticeFactory(published_at=None)

    response = client.post(SIGNUP, form(unpublished))

    assert response.context["form"].non_field_errors()
    assert not Member.objects.exists()


def test_joining_tells_nobody_whether_an_address_is_known(client, notice):
    known("known@example.org")
    answers = []
    for email in ("known@example.org", "fresh@example.org"):
        client.cookies.clear()
        first = client.post(SIGNUP, form(notice, email=email))
        page = client.get(first.url)
        wrong = client.post(first.url, {"code": "000000"})
        pages = [plain(each).replace(email.encode(), b"") for each in (first, page, wrong)]
        answers.append(([first.status_code, first.url, page.status_code, wrong.status_code], pages))

    assert answers[0] == answers[1]
    assert [message.to for message in mail.outbox] == [["known@example.org"], ["fresh@example.org"]]
    to_the_known = mail.outbox[0]
    assert reverse("account_login") in to_the_known.body
    assert not re.search(r"\d{6}", to_the_known.body)


def test_a_known_address_costs_the_database_as_much_as_a_new_one(client, notice, settings):
    """The clock tells as much as words do; what is equal here is the work, and then the time is."""
    known("known@example.org")
    counts = []
    for email in ("known@example.org", "fresh@example.org"):
        client.cookies.clear()
        with CaptureQueriesContext(connection) as asked:
            client.post(SIGNUP, form(notice, email=email))
        counts.append(len([query for query in asked if "SAVEPOINT" not in query["sql"]]))

    assert abs(counts[0] - counts[1]) <= 2
    assert Member.objects.count() == 2
    assert not Member.objects.filter(email__endswith=".invalid").exists()


@pytest.mark.parametrize("path", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_asking_for_a_code_tells_nobody_whether_an_address_is_known(client, path):
    known("known@example.org")
    answers = []
    for email in ("known@example.org", "fresh@example.org"):
        client.cookies.clear()
        first = client.post(path, {"email": email})
        page = client.get(first.url)
        wrong = client.post(first.url, {"code": "000000"})
        pages = [plain(each).replace(email.encode(), b"") for each in (first, page, wrong)]
        answers.append(([first.status_code, first.url, page.status_code, wrong.status_code], pages))

    assert answers[0] == answers[1]
    assert len(mail.outbox) == 2


def test_mails_name_no_sensitive_thing_and_carry_the_community(client, notice, settings):
    client.post(SIGNUP, form(notice))
    client.cookies.clear()
    known("known@example.org")
    client.post("/accounts/login/code/", {"email": "known@example.org"})

    assert [message.subject for message in mail.outbox] == [
        "Your code to confirm this address",
        "Your code to sign in",
    ]
    for message in mail.outbox:
        assert settings.COMMUNITY["contact_email"] in message.body
        assert settings.COMMUNITY["accessible_formats"] in message.body


def test_a_new_code_can_be_asked_for_and_tells_nobody_anything(client, notice, settings):
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": None}
    known("known@example.org")
    answers = []
    for email in ("known@example.org", "fresh@example.org"):
        client.cookies.clear()
        url = client.post(SIGNUP, form(notice, email=email)).url
        again = client.post(url, {"action": "resend"})
        page = client.get(url)
        answers.append((again.status_code, again.url, plain(page).replace(email.encode(), b"")))

    assert answers[0] == answers[1]
    assert len([message for message in mail.outbox if message.to == ["known@example.org"]]) == 1
    assert code_in(mail.outbox[-1])


def test_an_address_can_be_asked_for_codes_three_times_a_minute():
    known("known@example.org")
    answers = [Client().post("/accounts/login/code/", {"email": "known@example.org"}).status_code for _ in range(4)]

    assert answers == [302, 302, 302, 422]  # the fourth: the form again, with a word about patience
    assert len(mail.outbox) == 3


def test_code_is_used_up_after_three_tries(client, notice):
    url = client.post(SIGNUP, form(notice)).url
    code = code_in(mail.outbox[-1])
    for _ in range(3):
        client.post(url, {"code": "000000" if code != "000000" else "111111"})

    client.post(url, {"code": code})

    assert client.get("/me/").status_code == 302


def test_two_joining_with_one_address_at_once_get_the_same_answer(client, notice, monkeypatch):
    """Both forms were valid before either was saved; the constraint decides, and the page says what it always says."""
    MemberFactory(email="ada@example.org")
    monkeypatch.setattr("allauth.account.forms.flows.manage_email.email_already_exists", lambda email: (email, False))

    response = client.post(SIGNUP, form(notice))

    assert response.url == "/accounts/confirm-email/"
    assert Member.objects.count() == 1
    assert not Consent.objects.exists()


def test_a_notice_that_changes_while_the_form_is_saved_leads_back_to_the_page(client, notice, monkeypatch):
    def refuse(*args, **kwargs):
        raise Refused("The notice has changed.", code="stale_notice")

    monkeypatch.setattr("members.actions.join", refuse)

    response = client.post(SIGNUP, form(notice), follow=True)

    assert response.redirect_chain == [(SIGNUP, 302)]
    assert [str(message) for message in response.context["messages"]] == ["The notice has changed."]
    assert not Member.objects.exists()


@pytest.mark.parametrize("name", ["A\x07da", "x" * 121, "   "], ids=["bell", "too long", "empty"])
def test_joining_refuses_a_name_that_cannot_be_shown(client, notice, name):
    response = client.post(SIGNUP, form(notice, name=name))
    assert "name" in response.context["form"].errors
    assert not Member.objects.exists()


def test_what_is_missing_is_named_in_the_summary(client):
    ConsentNoticeFactory()

    page = plain(client.post("/accounts/signup/", {})).decode()

    for words in ("type your e-mail address", "type your name", "choose how you want to take part"):
        assert page.count(words) == 2, words  # in the summary, and at the field
