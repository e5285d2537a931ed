"""Limits on tries: they hold against forged headers, never fail open, and cannot be turned against a victim."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from cop_portal.environment import cache as cache_for
from notices.models import Delivery
from tests.factories import ConsentNoticeFactory, MemberFactory
from tests.members.test_joining import code_in

pytestmark = pytest.mark.django_db
OWNER, PASSWORD = "owner@example.org", "correct-horse-battery"


@pytest.fixture
def owner():
    member = MemberFactory(email=OWNER)
    member.set_password(PASSWORD)
    member.save()
    EmailAddress.objects.create(user=member, email=OWNER, primary=True, verified=True)
    return member


def browser(ip):
    return Client(REMOTE_ADDR=ip)


def try_password(client, password="wrong-wrong-wrong", **headers):
    return client.post("/accounts/login/", {"login": OWNER, "password": password}, headers=headers)


def is_refused(response):
    return response.status_code == 422 and "too_many_login_attempts" in str(codes_of(response))


def codes_of(response):
    return [error.code for errors in response.context["form"].errors.as_data().values() for error in errors]


def signs_in(response):
    return response.status_code == 302 and response.url == "/me/"


def test_wrong_passwords_are_limited(owner):
    answers = [codes_of(try_password(browser("192.0.2.1"))) for _ in range(6)]

    assert answers[4] != answers[5]
    assert not signs_in(try_password(browser("192.0.2.1"), PASSWORD))  # the limit is real


def test_forged_forwarding_header_does_not_help_without_a_proxy(owner):
    answers = [codes_of(try_password(browser("192.0.2.1"), X_FORWARDED_FOR=f"198.51.100.{n}")) for n in range(6)]

    assert answers[4] != answers[5]


def test_behind_a_proxy_only_what_the_proxy_saw_counts(owner, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    forged = [
        codes_of(try_password(browser("192.0.2.9"), X_FORWARDED_FOR=f"198.51.100.{n}, 203.0.113.7")) for n in range(6)
    ]
    others = [codes_of(try_password(browser("192.0.2.9"), X_FORWARDED_FOR=f"203.0.113.{n}")) for n in range(10, 16)]

    assert forged[4] != forged[5]
    assert len({tuple(answer) for answer in others}) == 1


def test_tries_from_elsewhere_shut_the_owner_out_of_no_way_in(owner):
    attacker, here = "198.51.100.66", "192.0.2.1"
    for _ in range(12):
        try_password(browser(attacker))
        browser(attacker).post("/accounts/login/code/", {"email": OWNER})
        browser(attacker).post("/accounts/password/reset/", {"email": OWNER})
    assert not signs_in(try_password(browser(attacker), PASSWORD))  # they did run into their limits
    assert len(mail.outbox) == 6

    client = browser(here)
    page = client.post("/accounts/login/code/", {"email": OWNER})
    assert signs_in(client.post(page.url, {"code": code_in(mail.outbox[-1])}))
    assert signs_in(try_password(browser(here), PASSWORD))
    assert browser(here).post("/accounts/password/reset/", {"email": OWNER}).status_code == 302


def ask_for_code(ip):
    return browser(ip).post("/accounts/login/code/", {"email": OWNER})


def test_many_connections_can_close_the_password_and_never_the_code(owner, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {
        "password_anywhere": "3/h/key",
        "mails_anywhere": "3/h/key",
    }
    passwords = [codes_of(try_password(browser(f"198.51.100.{n}"))) for n in range(4)]
    codes = [ask_for_code(f"198.51.100.{n}").status_code for n in range(4)]
    assert passwords[2] != passwords[3]
    assert codes == [302] * 4

    here = "192.0.2.1"
    refused = try_password(browser(here), PASSWORD)
    assert is_refused(refused)
    assert b"a code by mail or a passkey" in refused.content
    client = browser(here)
    page = client.post("/accounts/login/code/", {"email": OWNER})
    assert signs_in(client.post(page.url, {"code": code_in(mail.outbox[-1])}))
    mails = len(mail.outbox)
    assert ask_for_code(here).status_code == 422  # one an hour
    assert len(mail.outbox) == mails


def test_codes_are_longer_where_very_many_were_asked_for(owner, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"short_codes": "2/h/key"}
    clients = [browser(f"198.51.100.{n}") for n in range(3)]
    pages = [client.post("/accounts/login/code/", {"email": OWNER}).url for client in clients]
    clients[2].post(pages[2], {"action": "resend"})

    codes = [code_in(message) for message in mail.outbox]

    assert [len(code) for code in codes] == [6, 6, 10, 10]
    assert signs_in(clients[2].post(pages[2], {"code": codes[3]}))


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/accounts/login/", {"login": OWNER, "password": PASSWORD}),
        ("/accounts/login/code/", {"email": OWNER}),
        ("/accounts/password/reset/", {"email": OWNER}),
        ("/notices/subscribe/", {"email": OWNER, "subjects": ["meetings"], "notice": "guest"}),
    ],
)
def test_without_the_shared_cache_nothing_is_let_through(owner, settings, path, data):
    if "notice" in data:
        data = {**data, "notice": ConsentNoticeFactory(key=data["notice"]).pk}
    settings.CACHES = {"default": cache_for("redis://127.0.0.1:1/0")}

    response = Client().post(path, data)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")
    assert "Nothing was done and nothing was sent" in response.content.decode()
    assert not mail.outbox
    assert not Delivery.objects.exists()


def test_who_is_signed_in_goes_on_without_the_shared_cache(owner, settings, sign_in):
    client = sign_in(owner)
    settings.CACHES = {"default": cache_for("redis://127.0.0.1:1/0")}

    assert client.get("/me/").status_code == 200
    assert Client().get("/accounts/login/").status_code == 200
