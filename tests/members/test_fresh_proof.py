"""Who can show nothing but their mailbox is asked for it like everybody else, and is never stuck."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.urls import reverse

from cop_portal.tasks import make_data_exports
from tests.factories import ConsentNoticeFactory, MemberFactory
from tests.members.test_joining import code_in

pytestmark = pytest.mark.django_db
PAGE = "/accounts/reauthenticate/code/"
TOTP_PAGE = "/accounts/2fa/totp/activate/"


def ada(password=""):
    member = MemberFactory(email="ada@example.org")
    if password:
        member.set_password(password)
    else:
        member.set_unusable_password()
    member.save()
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    return member


@pytest.fixture
def later(sign_in):
    """``later(member)``: their browser, six minutes after they signed in."""
    with time_machine.travel(time.time(), tick=False) as clock:

        def browser(member):
            client = sign_in(member)
            clock.shift(timedelta(minutes=6))
            return client

        yield browser


def prove(client, address):
    """From the page that asks to the end of the proof. Returns the last answer."""
    client.post(address, {"send": "first", "next": TOTP_PAGE})
    return client.post(address, {"code": code_in(mail.outbox[-1]), "next": TOTP_PAGE})


@pytest.mark.parametrize("path", [TOTP_PAGE, "/accounts/2fa/webauthn/add/", "/accounts/password/set/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_credential_is_added_without_a_fresh_proof(later, path, method):
    member = ada()
    client = later(member)

    response = getattr(client, method)(path, {"password1": "twelve chars", "password2": "twelve chars"})

    assert response.url.startswith(f"{PAGE}?next=%2Faccounts%2F")
    member.refresh_from_db()
    assert not member.has_usable_password()
    assert "twelve chars" not in str(dict(client.session))


@pytest.mark.parametrize("path", [TOTP_PAGE, "/accounts/2fa/webauthn/add/", "/accounts/password/set/"])
def test_who_has_just_signed_in_needs_no_second_mail(sign_in, path):
    assert sign_in(ada()).get(path).status_code == 200


def test_who_has_just_joined_adds_a_passkey_without_a_second_mail(client):
    notice = ConsentNoticeFactory()
    data = {"email": "new@example.org", "name": "Ada", "level": "public", "consent": "on", "notice": notice.pk}
    page = client.post("/accounts/signup/", data).url
    field = client.get(page).context["verify_form"]["code"].field.widget.attrs
    assert (field["inputmode"], field["autocomplete"]) == ("numeric", "one-time-code")
    client.post(page, {"code": code_in(mail.outbox[-1])})

    assert client.get("/accounts/2fa/webauthn/add/").status_code == 200


def test_code_by_mail_leads_on_to_what_was_begun(later):
    client = later(ada())
    asked = client.get(TOTP_PAGE).url
    assert not client.get(asked).context["sent"]
    assert not mail.outbox  # looking sends nothing

    assert client.post(PAGE, {"send": "first", "next": TOTP_PAGE}).url == asked
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    code = code_in(mail.outbox[0])
    assert client.post(PAGE, {"code": "not it", "next": TOTP_PAGE}).status_code == 422
    back = client.post(PAGE, {"code": code, "next": TOTP_PAGE})

    assert back.url == TOTP_PAGE
    assert client.get(TOTP_PAGE).status_code == 200
    assert client.post(PAGE, {"code": code, "next": TOTP_PAGE}).url == asked  # used up


def test_third_wrong_code_ends_it(later):
    client = later(ada())
    client.post(PAGE, {"send": "first"})

    answers = [client.post(PAGE, {"code": "not it"}).status_code for _ in range(3)]

    assert answers == [422, 422, 302]
    assert client.post(PAGE, {"code": code_in(mail.outbox[0])}).url == PAGE
    assert client.get(TOTP_PAGE).status_code == 302


def test_code_is_worth_nothing_in_another_browser(later, sign_in):
    member = ada()
    first, second = later(member), later(member)
    first.post(PAGE, {"send": "first"})

    assert second.post(PAGE, {"code": code_in(mail.outbox[0])}).url == PAGE
    assert second.get(TOTP_PAGE).status_code == 302


def test_three_mails_a_minute(later):
    client = later(ada())

    answers = [client.post(PAGE, {"send": "first"}).status_code for _ in range(4)]

    assert answers == [302, 302, 302, 429]
    assert len(mail.outbox) == 3


def test_who_forgot_their_password_may_use_the_mail(later):
    client = later(ada("correct-horse-battery"))
    asked = client.get(TOTP_PAGE).url
    assert asked.startswith("/accounts/reauthenticate/?")
    assert "Get a code by mail" in client.get(asked).content.decode()

    assert prove(client, PAGE).url == TOTP_PAGE
    assert client.get(TOTP_PAGE).status_code == 200


def test_the_mail_is_no_proof_where_there_is_a_second_factor(later):
    member = ada()
    TOTP.activate(member, "JBSWY3DPEHPK3PXP")
    client = later(member)

    assert client.get(PAGE).url == reverse("mfa_reauthenticate")
    assert client.post(PAGE, {"send": "first"}).url == reverse("mfa_reauthenticate")
    assert not mail.outbox


def test_download_of_ones_data_is_reached_by_a_code(later):
    client = later(ada())
    client.post("/me/data/download/")
    make_data_exports()
    path = "/me/data/download/file/"
    asked = client.get(path).url

    client.post(asked, {"send": "first", "next": path})
    back = client.post(asked, {"code": code_in(mail.outbox[-1]), "next": path})

    assert back.url == path
    assert client.get(path).headers["Content-Type"] == "application/zip"
