"""Who comes by a link and joins is counted for it: once, without a cookie before, and without a trace of who."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from notices.models import Relay
from tests.factories import ConsentNoticeFactory, MemberFactory, RelayFactory

pytestmark = pytest.mark.django_db
JOIN = "/accounts/signup/?via=fair2345"
CONFIRM = "/accounts/confirm-email/"


@pytest.fixture
def link():
    return RelayFactory(code="fair2345", page="/about/")


def asked(client, address=JOIN, **changes):
    """Ask to join as the page's own form does: by the address that it names."""
    page = client.get(address).content.decode()
    action = re.search(r'<form method="post" action="([^"]+)"', page)[1]
    data = {"email": "ada@example.org", "name": "Ada", "level": "public", "consent": "on"}
    return client.post(action, data | {"notice": ConsentNoticeFactory._meta.model.objects.get().pk} | changes)


def code():
    return {"code": re.search(r"^\s*(\d{6})\s*$", mail.outbox[-1].body, re.MULTILINE)[1]}


def joined():
    return Relay.objects.get().joined


def test_joining_by_a_link_is_counted_once_when_the_address_is_confirmed(client, link):
    ConsentNoticeFactory()
    landing = client.get(client.get("/r/fair2345/")["Location"])
    assert JOIN in landing.content.decode()
    assert not client.cookies

    assert asked(client, email="nonsense").status_code == 422
    assert asked(client, name="").status_code == 422
    assert asked(client).url == CONFIRM
    assert client.post(CONFIRM, {"code": "000000"}).status_code == 422
    assert joined() == 0
    right = code()
    client.post(CONFIRM, right)
    client.post(CONFIRM, right)

    assert client.get("/me/").status_code == 200
    assert joined() == 1
    assert "via" not in client.session


def test_a_double_click_on_the_code_counts_one(client, link):
    """Both requests read session and address before either has written."""
    ConsentNoticeFactory()
    asked(client)
    before, other, right = dict(client.session.items()), Client(), code()
    session = other.session
    session.update(before)
    session.save()

    for browser in (client, other):
        EmailAddress.objects.update(verified=False)
        assert browser.post(CONFIRM, right).status_code == 302
        assert browser.get("/me/").status_code == 200

    assert joined() == 1


@pytest.mark.parametrize(
    "address", ["/accounts/signup/", '/accounts/signup/?via="><b>', "/accounts/signup/?via=nobody"]
)
def test_joining_by_no_link_or_a_false_one_counts_nothing(client, link, address):
    ConsentNoticeFactory()
    asked(client, address)
    client.post(CONFIRM, code())

    assert client.get("/me/").status_code == 200
    assert joined() == 0


def test_an_address_that_is_known_counts_nothing_however_its_owner_comes_in(client, link):
    ConsentNoticeFactory()
    member = MemberFactory(email="ada@example.org")
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)

    assert asked(client).url == CONFIRM
    assert client.session["via"] == link.code
    client.force_login(member)
    client.post(CONFIRM, {"code": "123456"})

    assert joined() == 0
