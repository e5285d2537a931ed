import re
from datetime import timedelta

import pytest
from django.core import mail

from members.actions import refer
from members.actions.memberships import REFERRALS_AT_MOST
from members.models import Referral
from notices.actions import make_subscribers, suppress
from notices.delivery import deliver_due
from notices.enums import SuppressionReason
from notices.models import Delivery, Suppression
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
PAGE = "/me/refer/"


def propose(client, email, **more):
    return client.post(PAGE, {"email": email, **more}, follow=True)


@pytest.mark.parametrize(("ticked", "named"), [({"names_referrer": "on"}, True), ({}, False)])
def test_proposing_owes_one_message_that_names_the_member_only_if_they_said_so(sign_in, ticked, named):
    client = sign_in(MemberFactory(name="Ada Example"))

    propose(client, "new@example.org", **ticked)

    owed = Delivery.objects.get()
    assert owed.address == "new@example.org"
    assert ("Ada Example" in owed.text, "Ada Example" in owed.html) == (named, named)
    assert "Ada Example" not in owed.subject_line
    assert "/accounts/signup/" in owed.text


def test_proposing_says_the_same_whether_or_not_the_address_is_known(sign_in):
    MemberFactory(email="known@example.org")
    client = sign_in(MemberFactory())

    answers = []
    for email in ("known@example.org", "new@example.org", "new@example.org"):
        page = propose(client, email)
        answers.append((page.redirect_chain, [str(message) for message in page.context["messages"]]))

    assert answers[0] == answers[1] == answers[2]
    assert Delivery.objects.count() == Referral.objects.exclude(email="").count() == 1
    assert Referral.objects.count() == 3


def test_proposing_too_many_comes_again_and_owes_nothing(sign_in, now):
    member = MemberFactory()
    for number in range(REFERRALS_AT_MOST):
        refer(member, email=f"p{number}@example.org", names_referrer=False, now=now)

    response = sign_in(member).post(PAGE, {"email": "more@example.org"})

    assert response.status_code == 422
    assert 'value="more@example.org"' in response.content.decode()
    assert not Delivery.objects.exists()


@pytest.fixture
def never(sign_in):
    """The link in the one message that was sent to somebody who was proposed."""
    propose(sign_in(MemberFactory()), "new@example.org")
    deliver_due()
    [message] = mail.outbox
    link = re.search(r"never write to me again: (\S+)", message.body, re.IGNORECASE)[1]
    assert message.extra_headers["List-Unsubscribe"] == f"<{link}>"
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "example.org" not in link
    return link[link.index("/notices/") :]


def test_never_again_is_one_click_and_nobody_can_propose_them_any_more(client, sign_in, never):
    assert "Never write to me again" in client.get(never).content.decode()
    assert not Suppression.objects.exists()

    done = client.post(never, {"List-Unsubscribe": "One-Click"})
    again = client.post(never)
    propose(sign_in(MemberFactory()), "NEW@example.org")

    assert "We will not write to you again" in done.content.decode()
    assert "There is nothing left to stop" in again.content.decode()
    assert (Suppression.objects.get().email, Suppression.objects.get().reason) == ("new@example.org", "asked")
    assert set(Referral.objects.values_list("email", "state")) == {("", "forgotten")}
    assert Delivery.objects.count() == 1


def test_never_again_after_it_was_forgotten_says_so(client, never):
    Referral.objects.update(email="", state="forgotten")

    assert "There is nothing left to stop" in client.post(never).content.decode()
    assert not Suppression.objects.exists()


def test_never_again_by_a_forged_link_is_not_found(client):
    assert client.post("/notices/never/1:forged/").status_code == 404


def test_joining_is_a_newer_wish_than_never_again_and_an_older_joining_is_not(now):
    for name, ago in (("after", 1), ("before", 3)):
        MemberFactory(email=f"{name}@example.org", joined_at=now - timedelta(days=ago))
        suppress(f"{name}@example.org", reason=SuppressionReason.ASKED, now=now - timedelta(days=2))

    make_subscribers(now)

    assert [row.email for row in Suppression.objects.standing()] == ["before@example.org"]
