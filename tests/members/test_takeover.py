"""Somebody whom staff entered takes the membership over: the same row, and a consent in their own hand."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cop_portal.errors import Refused
from members import actions
from members.models import Member, TakeoverCode
from tests.factories import NOW, ConsentNoticeFactory, MemberFactory, StaffFactory
from tests.members.test_admin import grant

pytestmark = pytest.mark.django_db
PAGE = "/accounts/take-over/"


@pytest.fixture
def entered():
    ConsentNoticeFactory(asks_again=True)
    member = Member(name="Ada Anders")
    return actions.join(member, level="public", agreed=False, by=StaffFactory(), now=timezone.now())


def printed(member, now=None):
    return actions.print_code(member, by=StaffFactory(), reason="Asked in person", now=now or timezone.now())


def sign_in_by_code(client, email):
    client.post("/accounts/login/code/", {"email": email})
    code = re.search(r"^\s*([A-Z0-9]{3}-?[A-Z0-9]{3})\s*$", mail.outbox[-1].body, re.MULTILINE)[1]
    return client.post(reverse("account_confirm_login_code"), {"code": code})


def test_the_letter_leads_to_the_persons_own_sign_in(entered):
    client, code = Client(), printed(entered)

    answer = client.post(PAGE, {"code": code.lower(), "email": "Ada@Example.org"})
    sign_in_by_code(client, "ada@example.org")

    entered.refresh_from_db()
    assert (answer.status_code, entered.email, Member.objects.filter(name="Ada Anders").count()) == (
        302, "ada@example.org", 1,
    )  # fmt: skip
    assert EmailAddress.objects.get(user=entered).verified
    assert [event.what for event in entered.events.all()] == ["taken_over", "code_printed", "entered"]
    assert not entered.consents.standing().exists()
    assert client.get("/me/", follow=True).redirect_chain[-1][0].startswith("/me/consent/")
    assert not TakeoverCode.objects.exists()


def test_later_sign_ins_change_nothing(entered):
    assert actions.take_over(entered, now=NOW)
    assert not actions.take_over(entered, now=NOW)
    assert not actions.take_over(MemberFactory(), now=NOW)


def test_an_address_that_is_anothers_is_answered_alike_and_changes_nothing(entered):
    other, code = MemberFactory(email="known@example.org"), printed(entered)

    answers = [Client().post(PAGE, {"code": code, "email": f"{who}@example.org"}) for who in ("known", "new")]

    assert [(answer.status_code, answer.url) for answer in answers] == [(302, "/accounts/login/code/")] * 2
    assert len({tuple(answer.cookies) for answer in answers}) == 1
    entered.refresh_from_db()
    other.refresh_from_db()
    assert (entered.email, other.email) == ("new@example.org", "known@example.org")


def test_nothing_is_mailed_to_an_address_before_it_is_proved(entered):
    actions.use_code(printed(entered), email="ada@example.org", now=timezone.now())

    assert list(Member.objects.active().filter(pk=entered.pk)) == []


@pytest.mark.parametrize("spoil", ["wrong", "late", "older"])
def test_a_code_that_is_not_good_is_refused(entered, spoil):
    code, now = printed(entered), timezone.now()
    if spoil == "older":
        printed(entered)
    typed = "AAAA-AAAA-AAAA-AAAA-AAAA" if spoil == "wrong" else code

    with pytest.raises(Refused) as refusal:
        actions.use_code(typed, email="ada@example.org", now=now + timedelta(days=31 if spoil == "late" else 0))

    entered.refresh_from_db()
    assert (refusal.value.code, entered.email) == ("code", None)


def test_guessing_is_slowed_down_and_keeps_what_was_typed(client):
    answers = [client.post(PAGE, {"code": f"AAAA{n}", "email": "a@example.org"}) for n in range(11)]

    assert {answer.status_code for answer in answers} == {422}
    assert "try again in an hour" in answers[-1].content.decode()
    assert answers[-1].context["form"]["email"].value() == "a@example.org"


@pytest.mark.parametrize(
    ("who", "code"), [("self", "own_account"), ("staff", "is_staff"), ("closed", "inactive"), ("proved", "has_address")]
)
def test_no_letter_for_who_does_not_need_one(who, code):
    by = StaffFactory()
    member = {"self": by, "staff": StaffFactory()}.get(who) or MemberFactory(is_active=who != "closed")
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)

    with pytest.raises(Refused) as refusal:
        actions.print_code(member, by=by, reason="Asked", now=NOW)

    assert (refusal.value.code, TakeoverCode.objects.count()) == (code, 0)


def test_staff_print_the_letter_and_see_the_code_once(sign_in, entered):
    staff = sign_in(grant(StaffFactory(), "Membership"))
    address = reverse("help_act", args=[entered.pk, "letter"])

    letter = staff.post(address, {"how": "phone"})

    code = letter.context["code"]
    assert (letter.status_code, code in letter.content.decode()) == (200, True)
    assert code not in staff.get(address).content.decode()
    actions.use_code(code, email="ada@example.org", now=timezone.now())
