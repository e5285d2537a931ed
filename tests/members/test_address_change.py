"""A change of address: both mailboxes are proved, nobody learns whose address is whose, and staff help on the record."""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail

from cop_portal.errors import Refused
from members.actions import change_address, replace_address
from members.models import Member
from tests.factories import MemberFactory, StaffFactory
from tests.members.test_joining import code_in, plain

pytestmark = pytest.mark.django_db
PAGE, CODES = "/accounts/email/", "/accounts/email/codes/"
WRONG = "not it"


def ada(**fields):
    member = MemberFactory(email="ada@example.org", **fields)
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    return member


def begin(client, email="new@example.org"):
    """Ask for the change. Returns the codes that were mailed to the old and the new address."""
    mail.outbox.clear()
    client.post(PAGE, {"email": email})
    assert [message.to for message in mail.outbox] == [["ada@example.org"], [email]]
    return {"old_code": code_in(mail.outbox[0]), "new_code": code_in(mail.outbox[1])}


def test_both_codes_change_the_address_and_the_old_one_is_told_without_the_new(sign_in):
    member = ada()
    client = sign_in(member)
    codes = begin(client)

    response = client.post(CODES, codes)

    assert response.url == PAGE
    member.refresh_from_db()
    assert member.email == "new@example.org"
    assert list(EmailAddress.objects.values_list("email", "primary", "verified")) == [("new@example.org", True, True)]
    told = mail.outbox[-1]
    assert told.to == ["ada@example.org"]
    assert "new@example.org" not in told.body + told.subject
    assert client.post(CODES, codes).url == PAGE  # used up
    assert len(mail.outbox) == 3


@pytest.mark.parametrize("wrong", [{"old_code": WRONG}, {"new_code": WRONG}, {"old_code": "", "new_code": ""}])
def test_one_code_alone_changes_nothing(sign_in, wrong):
    member = ada()
    client = sign_in(member)
    codes = begin(client)

    response = client.post(CODES, codes | wrong)

    assert response.status_code == 422
    assert sorted(response.context["form"].errors) == sorted(wrong)
    member.refresh_from_db()
    assert member.email == "ada@example.org"


def test_third_wrong_code_ends_the_change(sign_in):
    client = sign_in(ada())
    codes = begin(client)
    answers = [client.post(CODES, codes | {"new_code": WRONG}).status_code for _ in range(3)]

    assert answers == [422, 422, 302]
    assert client.post(CODES, codes).url == PAGE
    assert Member.objects.get().email == "ada@example.org"


def test_codes_are_worth_nothing_after_ten_minutes_or_elsewhere(sign_in):
    member = ada()
    client, elsewhere = sign_in(member), sign_in(member)
    codes = begin(client)

    assert elsewhere.post(CODES, codes).url == PAGE
    with time_machine.travel(time.time() + 601):
        assert client.post(CODES, codes).url == PAGE
    assert Member.objects.get().email == "ada@example.org"


def test_address_of_somebody_else_looks_like_any_other(sign_in):
    MemberFactory(email="taken@example.org")
    client = sign_in(ada())
    answers = []
    for email in ("taken@example.org", "fresh@example.org"):
        first = client.post(PAGE, {"email": email})
        page = client.get(first.url)
        old_code = code_in(mail.outbox[-2])
        wrong = client.post(first.url, {"old_code": old_code, "new_code": "not it"})
        pages = [
            plain(each).replace(email.encode(), b"").replace(old_code.encode(), b"") for each in (first, page, wrong)
        ]
        answers.append(([first.status_code, first.url, page.status_code, wrong.status_code], pages))

    assert answers[0] == answers[1]
    to_taken = next(message for message in mail.outbox if message.to == ["taken@example.org"])
    assert not re.search(r"^\s*\d{6}\s*$", to_taken.body, re.MULTILINE)


def test_address_taken_meanwhile_is_refused_and_nothing_is_lost(sign_in):
    member = ada()
    client = sign_in(member)
    codes = begin(client)
    MemberFactory(email="new@example.org")

    client.post(CODES, codes)

    member.refresh_from_db()
    assert member.email == "ada@example.org"
    assert EmailAddress.objects.get(user=member).email == "ada@example.org"
    with pytest.raises(Refused) as refusal:
        change_address(member, email="NEW@example.org")
    assert refusal.value.code == "address_taken"


def test_who_has_a_password_shows_it_first_and_loses_nothing_typed(sign_in):
    member = ada()
    member.set_password("correct-horse-battery")
    member.save()
    with time_machine.travel(time.time(), tick=False) as clock:
        client = sign_in(member)
        clock.shift(timedelta(minutes=6))

        response = client.post(PAGE, {"email": "new@example.org"})
        assert response.url == "/accounts/reauthenticate/?next=%2Faccounts%2Femail%2F"
        assert not mail.outbox

        back = client.post(response.url, {"password": "correct-horse-battery", "next": PAGE})
        assert client.get(back.url).url == CODES
    assert [message.to for message in mail.outbox] == [["ada@example.org"], ["new@example.org"]]


@pytest.mark.parametrize("email", ["nonsense", "", "ADA@example.org", "x" * 250 + "@example.org", "a\x00b@example.org"])
def test_address_that_cannot_be_one_keeps_what_was_typed(sign_in, email):
    response = sign_in(ada()).post(PAGE, {"email": email})

    assert response.status_code == 422
    assert not mail.outbox


def test_looking_at_the_page_changes_nothing(sign_in):
    client = sign_in(MemberFactory(email="ada@example.org"))

    assert client.get(PAGE).status_code == 200
    assert not EmailAddress.objects.exists()


def test_the_codes_can_be_asked_for_five_times_an_hour(sign_in):
    client = sign_in(ada())

    answers = [client.post(PAGE, {"email": f"new{number}@example.org"}).status_code for number in range(6)]

    assert answers == [302] * 5 + [429]
    assert len(mail.outbox) == 10


def help_with(client, member, **changes):
    data = {"action": "replace_address", "_selected_action": member.pk, "confirmed": "1"}
    data |= {"email": "new@example.org", "reason": "Came to the office with a passport."} | changes
    return client.post("/admin/members/member/?active=all", data)


def test_staff_help_somebody_who_lost_the_mailbox_and_the_person_confirms_by_signing_in(sign_in, client):
    member, owner = ada(), StaffFactory(is_superuser=True)

    help_with(sign_in(owner), member)

    member.refresh_from_db()
    assert member.email == "new@example.org"
    assert [(event.what, event.by, event.why) for event in member.events.all()] == [
        ("address_offered", owner, "Came to the office with a passport.")
    ]
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    assert not Member.objects.active().filter(pk=member.pk).exists()  # nothing is sent there yet

    page = client.post("/accounts/login/code/", {"email": "new@example.org"}).url
    client.post(page, {"code": code_in(mail.outbox[-1])})
    assert client.get("/me/").status_code == 200
    assert Member.objects.active().filter(pk=member.pk).exists()


@pytest.mark.parametrize(
    ("code", "arrange"),
    [
        ("own_account", lambda member, by: {"member": by}),
        ("superuser_only", lambda member, by: {"member": StaffFactory()}),
        ("reason_missing", lambda member, by: {"reason": " "}),
        ("inactive", lambda member, by: {"member": MemberFactory(is_active=False)}),
        ("address_taken", lambda member, by: {"email": MemberFactory(email="taken@example.org").email}),
    ],
)
def test_another_address_is_refused_and_nothing_left_behind(now, code, arrange):
    member, by = ada(), StaffFactory()
    given = {"member": member, "email": "new@example.org", "reason": "Known."} | arrange(member, by)
    before = given["member"].email

    with pytest.raises(Refused) as refusal:
        replace_address(given.pop("member"), by=by, now=now, **given)

    assert refusal.value.code == code
    assert set(Member.objects.filter(email=before).values_list("email", flat=True)) == {before}
    assert EmailAddress.objects.get().email == "ada@example.org"
    assert not member.events.exists()
