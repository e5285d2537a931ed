"""Proving who one is again, in the middle of something: what was chosen is not lost, and nothing is done unasked."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

from tests.factories import MemberFactory, StaffFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/members/member/?active=all"


@pytest.fixture
def clock():
    with time_machine.travel(time.time(), tick=False) as clock:
        yield clock


def owner_signed_in_a_while_ago(sign_in, clock):
    owner = StaffFactory(is_superuser=True)
    client = sign_in(owner)
    RecoveryCodes.activate(owner)
    clock.shift(timedelta(minutes=6))
    return client, owner


def prove(client, owner, response):
    codes = RecoveryCodes(Authenticator.objects.get(user=owner, type=Authenticator.Type.RECOVERY_CODES))
    answer = client.post(response.url, {"code": codes.get_unused_codes()[0]})
    assert answer.status_code == 302
    return answer.url


@pytest.mark.parametrize("sent", [{}, {"confirmed": "1", "is_staff": "on"}], ids=["before the page", "on the page"])
def test_selection_comes_back_to_the_page_that_asks_and_nothing_is_done(sign_in, clock, sent):
    client, owner = owner_signed_in_a_while_ago(sign_in, clock)
    chosen = [MemberFactory(), MemberFactory(is_active=False)]
    data = {"action": "set_rights", "_selected_action": [member.pk for member in chosen]} | sent

    back = prove(client, owner, client.post(LIST, data))
    page = client.get(back, follow=True)

    assert back == LIST
    assert page.context["title"] == "Staff rights of:"
    assert set(page.context["objects"]) == set(chosen)
    assert not type(owner).objects.filter(pk__in=[member.pk for member in chosen], is_staff=True).exists()
    assert client.get(back).context["title"] != "Staff rights of:"  # once


def test_who_does_not_prove_it_finds_the_plain_list(sign_in, clock):
    client, _ = owner_signed_in_a_while_ago(sign_in, clock)
    client.post(LIST, {"action": "set_rights", "_selected_action": MemberFactory().pk})

    page = client.get(LIST)

    assert page.context["title"] != "Staff rights of:"
    assert "kept_request" not in client.session


def test_somebody_elses_request_is_not_sent_again(sign_in, clock):
    client, owner = owner_signed_in_a_while_ago(sign_in, clock)
    response = client.post(LIST, {"action": "set_rights", "_selected_action": MemberFactory().pk})
    session = client.session
    session["kept_request"]["of"] = owner.pk + 1
    session.save()

    page = client.get(prove(client, owner, response))

    assert page.context["title"] != "Staff rights of:"
