import pytest

from members.actions import refer
from members.actions.memberships import OPEN_REFERRALS
from members.models import Referral
from notices.models import Delivery
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
    assert Delivery.objects.count() == Referral.objects.count() == 1


def test_proposing_too_many_comes_again_and_owes_nothing(sign_in, now):
    member = MemberFactory()
    for number in range(OPEN_REFERRALS):
        refer(member, email=f"p{number}@example.org", names_referrer=False, now=now)

    response = sign_in(member).post(PAGE, {"email": "more@example.org"})

    assert response.status_code == 422
    assert 'value="more@example.org"' in response.content.decode()
    assert not Delivery.objects.exists()
