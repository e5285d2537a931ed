"""A page that asks before an admin action has an address: reload and "back" find it, and an answer counts once."""

import re

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from members.models import Member
from privacy.confirmation import ASKED, OPEN_QUESTIONS
from privacy.models import SensitiveView
from tests.factories import (
    CallFactory,
    CommentFactory,
    DataRequestFactory,
    DeliveryFactory,
    MemberFactory,
    StaffFactory,
    SuppressionFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/members/member/?active=all"


@pytest.fixture
def staff(sign_in):
    return sign_in(StaffFactory(is_superuser=True))


def ask(client, *members, to=LIST, **more):
    """The address of the page that asks whether to deactivate these people."""
    chosen = {"action": "deactivate", "_selected_action": [member.pk for member in members], **more}
    response = client.post(to, chosen)
    assert response.status_code == 302
    return response.url


def yes(page, **typed):
    """What a browser sends when somebody says yes on this page."""
    hidden = re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page.content.decode())
    fields = [(name, value) for name, value in hidden if name != "csrfmiddlewaretoken"]
    sent = {name: [value for other, value in fields if other == name] for name, _ in fields}
    return {**sent, "confirmed": "Yes, do it", **typed}


def told(page):
    return [str(message) for message in page.context["messages"]]


def test_page_that_asks_can_be_opened_again_and_each_look_is_written_down(staff):
    first, second = MemberFactory(), MemberFactory()
    address = ask(staff, first, second)

    for _ in range(2):
        page = staff.get(address)
        assert page.status_code == 200
        assert set(page.context["objects"]) == {first, second}
        assert f'href="{LIST}" class="button cancel-link"' in page.content.decode()
    assert SensitiveView.objects.filter(what="before a decision: members").count() == 2
    assert Member.objects.get(pk=first.pk).is_active


def test_answer_counts_once_and_back_says_so(staff):
    member = MemberFactory()
    address = ask(staff, member)
    answer = yes(staff.get(address), reason="Asked to.")

    lacking = staff.post(address, {**answer, "reason": ""})
    assert lacking.status_code == 422
    done = staff.post(address, answer, follow=True)
    assert done.redirect_chain == [(LIST, 302)]
    assert told(done) == ["Deactivated: 1."]

    for again in (staff.post(address, answer, follow=True), staff.get(address, follow=True)):
        assert again.redirect_chain == [(LIST, 302)]
        assert told(again) == ["This was answered already. Nothing more was done."]
    assert LogEntry.objects.filter(change_message="Deactivated").count() == 1


def test_what_was_chosen_over_all_pages_of_a_list_is_found_again(staff):
    for number in range(3):
        MemberFactory(name=f"Zoe {number}")
    address = ask(staff, to="/admin/members/member/?active=all&q=Zoe", select_across="1", _selected_action=[1])

    assert len(staff.get(address).context["objects"]) == 3


def test_question_that_is_kept_no_more_leads_to_the_list(staff):
    member = MemberFactory()
    address = ask(staff, member)
    for _ in range(OPEN_QUESTIONS):
        ask(staff, member)

    page = staff.get(address, follow=True)

    assert page.redirect_chain == [(LIST, 302)]
    assert told(page) == ["This page is not kept any more. If you had not answered it, nothing was done: choose again."]
    assert len(staff.session[ASKED]) == OPEN_QUESTIONS


def test_answer_to_a_question_that_is_kept_no_more_is_not_lost(staff):
    member = MemberFactory()
    address = ask(staff, member)
    answer = yes(staff.get(address), reason="Asked to.")
    for _ in range(OPEN_QUESTIONS):
        ask(staff, member)

    assert staff.post(address, answer).url == LIST
    assert not Member.objects.get(pk=member.pk).is_active


@pytest.mark.parametrize("who", [AnonymousUser, Member], ids=["visitor", "colleague"])
def test_address_asks_nothing_of_anybody_else(staff, sign_in, who):
    address = ask(staff, MemberFactory())
    other = Client() if who is AnonymousUser else sign_in(StaffFactory(is_superuser=True))

    page = other.get(address, follow=True)

    assert "objects" not in (page.context or {})


def test_same_name_at_another_list_asks_nothing(staff):
    name = ask(staff, MemberFactory()).partition("asked=")[2]

    assert staff.get(f"/admin/notices/suppression/?asked={name}").url == "/admin/notices/suppression/"


def test_yes_without_its_token_is_refused(staff):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = staff.cookies
    member = MemberFactory()
    address = ask(staff, member)

    assert strict.get(address).status_code == 200
    assert strict.post(address, yes(staff.get(address), reason="No.")).status_code == 403
    assert Member.objects.get(pk=member.pk).is_active


@pytest.mark.parametrize(
    ("address", "action", "row", "words"),
    [
        ("notices/suppression", "lift", lambda: SuppressionFactory(email="a@example.org"), "a@example.org (the"),
        ("notices/call", "tell", lambda: CallFactory(member__name="Ana", subject_line="Moved"), "Ana: Moved"),
        (
            "notices/delivery",
            "retry",
            lambda: DeliveryFactory(state="failed", reason="The server said 550", address="b@example.org"),
            "b@example.org: ",
        ),
        ("privacy/datarequest", "answer", lambda: DataRequestFactory(member__name="Ben"), "Ben: "),
        (
            "polls/comment",
            "show",
            lambda: CommentFactory(name="Cay", text="It is cold."),
            "Comment by Cay: It is cold.",
        ),
    ],
    ids=["address", "call", "message", "request", "comment"],
)
def test_page_that_asks_says_whom_or_what_it_is_about(staff, address, action, row, words):
    data = {"action": action, "_selected_action": [row().pk]}

    page = staff.post(f"/admin/{address}/", data, follow=True)

    assert "Yes, do it" in page.content.decode()
    assert f"<li>{words}" in page.content.decode()


def test_refusal_names_the_address_it_is_about(staff):
    row = SuppressionFactory(email="a@example.org", lifted_at=timezone.now())
    data = {"action": "lift", "_selected_action": [row.pk], "confirmed": "yes"}

    [words] = told(staff.post("/admin/notices/suppression/", data, follow=True))

    assert words.startswith("a@example.org (")
    assert words.endswith("Mail goes to this address again already.")


def test_staff_who_end_their_own_sessions_are_led_on(sign_in):
    me = StaffFactory(is_superuser=True)
    client = sign_in(me)
    client.get("/admin/")
    device = {"ip": "127.0.0.1", "user_agent": "x"}
    UserSession.objects.get_or_create(user=me, session_key=client.session.session_key, defaults=device)
    address = client.post(LIST, {"action": "end_sessions", "_selected_action": [me.pk]}).url

    answer = client.post(address, yes(client.get(address)))

    assert (answer.status_code, answer.url) == (302, LIST)
    assert client.get("/admin/").status_code == 302  # to the sign-in


def test_nobody_is_asked_about_who_left_the_list_meanwhile(staff):
    member = MemberFactory(name="Juniper Special")
    address = ask(staff, member, to=f"{LIST}&q=Special")
    Member.objects.filter(pk=member.pk).update(name="Juniper Ordinary")

    page = staff.get(address, follow=True)

    assert page.redirect_chain == [(f"{LIST}&q=Special", 302)]
    assert told(page) == ["None of what you had chosen is in this list any more. Nothing was done."]


def test_what_is_typed_into_the_page_that_asks_is_not_kept_in_the_session(staff):
    member = MemberFactory()
    staff.post(LIST, {"action": "deactivate", "_selected_action": [member.pk], "reason": "of a private kind"})

    [kept] = staff.session[ASKED].values()
    assert "private" not in kept["posted"]


def test_a_page_of_a_members_own_knows_nothing_of_such_addresses(sign_in):
    client = sign_in(MemberFactory())

    assert client.get(f"/meetings/?{ASKED}=anything").status_code == 200
