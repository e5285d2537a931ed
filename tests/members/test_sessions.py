"""Sessions: how long they last, who ends them, and what is not lost with them."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session

from members.apps import SESSION_BEGAN, SESSION_USED
from members.rules import why_session_ended
from tests.factories import MemberFactory, MembershipPeriodFactory, StaffFactory

pytestmark = pytest.mark.django_db
HALF_HOUR, EIGHT_HOURS = timedelta(minutes=30), timedelta(hours=8)


@pytest.mark.parametrize(
    ("began", "used", "why"),
    [
        pytest.param(0, 0, "", id="just signed in"),
        pytest.param(1799, 1799, "", id="almost idle too long"),
        pytest.param(1800, 1800, "idle", id="idle too long"),
        pytest.param(28799, 5, "", id="almost too old"),
        pytest.param(28800, 5, "absolute", id="too old, though in use"),
        pytest.param(-60, -60, "", id="a clock that was set back"),
    ],
)
def test_session_ends_when_idle_or_old(began, used, why):
    now = 1_000_000

    assert why_session_ended(began=now - began, used=now - used, idle=HALF_HOUR, absolute=EIGHT_HOURS, now=now) == why


def ways_of(is_staff):
    idle, absolute = settings.STAFF_SESSION if is_staff else settings.MEMBER_SESSION
    return idle.total_seconds(), absolute.total_seconds(), StaffFactory() if is_staff else MemberFactory()


@pytest.mark.parametrize("is_staff", [True, False], ids=["staff", "member"])
def test_session_goes_on_with_use_and_ends_without(sign_in, is_staff):
    idle, absolute, person = ways_of(is_staff)
    start = time.time()
    with time_machine.travel(start, tick=False) as clock:
        client = sign_in(person)
        for _ in range(int(absolute // (idle * 0.9))):
            clock.shift(idle * 0.9)
            assert client.get("/me/").status_code == 200

        clock.move_to(start + absolute)

        assert client.get("/me/").url == "/accounts/login/?next=/me/"
        assert not Session.objects.exists()


@pytest.mark.parametrize("is_staff", [True, False], ids=["staff", "member"])
def test_idle_session_leads_to_the_sign_in_with_a_sentence(sign_in, is_staff):
    idle, _, person = ways_of(is_staff)
    with time_machine.travel(time.time(), tick=False) as clock:
        client = sign_in(person)
        clock.shift(idle)

        response = client.get("/me/", follow=True)

    assert response.redirect_chain == [("/accounts/login/?next=/me/", 302)]
    assert "because nothing was done here for a while" in response.content.decode()


def test_limits_are_the_ones_written_down_and_the_cookie_ends_with_the_browser(client):
    assert (
        (HALF_HOUR, EIGHT_HOURS),
        (timedelta(days=14), timedelta(days=30)),
    ) == (settings.STAFF_SESSION, settings.MEMBER_SESSION)
    member = MemberFactory(email="ada@example.org")
    member.set_password("correct-horse-battery")
    member.save()
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)

    response = client.post("/accounts/login/", {"login": member.email, "password": "correct-horse-battery"})

    cookie = response.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")


def test_what_was_typed_is_shown_when_the_session_ended_meanwhile(sign_in):
    person = StaffFactory()
    with time_machine.travel(time.time(), tick=False) as clock:
        client = sign_in(person)
        clock.shift(HALF_HOUR)

        response = client.post("/me/profile/", {"name": "<b>Ada</b>", "phone": "", "csrfmiddlewaretoken": "secret"})

    html = response.content.decode()
    assert response.status_code == 403
    assert "&lt;b&gt;Ada&lt;/b&gt;" in html
    assert "secret" not in html
    person.refresh_from_db()
    assert person.name != "<b>Ada</b>"


def test_page_that_asks_by_itself_is_no_use_and_reloads_when_the_session_ends(sign_in):
    with time_machine.travel(time.time(), tick=False) as clock:
        client = sign_in(StaffFactory())
        clock.shift(HALF_HOUR - timedelta(seconds=1))
        assert client.get("/me/", headers={"HX-Request": "true"}).status_code == 200
        clock.shift(1)

        response = client.get("/me/", headers={"HX-Request": "true"})

    assert response.headers["HX-Refresh"] == "true"
    assert not response.content


def test_session_without_times_has_ended(sign_in):
    client = sign_in(MemberFactory())
    session = client.session
    del session[SESSION_BEGAN], session[SESSION_USED]
    session.save()

    assert client.get("/me/").status_code == 302


def test_use_is_not_written_at_every_request(sign_in, django_assert_num_queries):
    client = sign_in(MemberFactory())
    before = client.session[SESSION_USED]
    with time_machine.travel(before + settings.MEMBER_SESSION[0].total_seconds() / 30 - 1, tick=False) as clock:
        client.get("/me/profile/")
        assert client.session[SESSION_USED] == before
        clock.shift(1)
        client.get("/me/profile/")
        assert client.session[SESSION_USED] > before


def test_signing_in_changes_the_session_and_signing_out_ends_it(client):
    client.get("/accounts/login/")
    member = MemberFactory(email="ada@example.org")
    member.set_password("correct-horse-battery")
    member.save()
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    planted = client.session  # what an attacker would plant
    planted["x"] = 1
    planted.save()
    before = planted.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before

    client.post("/accounts/login/", {"login": member.email, "password": "correct-horse-battery"})
    signed_in = client.session.session_key
    client.post("/accounts/logout/")

    assert before != signed_in
    assert not Session.objects.filter(session_key__in=[before, signed_in]).exists()


def test_changing_the_password_ends_the_other_sessions_and_tells_the_person(sign_in, mailoutbox):
    member = MemberFactory()
    member.set_password("correct-horse-battery")
    member.save()
    here, there = sign_in(member), sign_in(member)

    here.post(
        "/accounts/password/change/",
        {"oldpassword": "correct-horse-battery", "password1": "another-long-one", "password2": "another-long-one"},
    )

    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302
    assert [message.to for message in mailoutbox] == [[member.email]]


def test_deactivated_person_is_out_at_the_next_request(sign_in):
    member = MemberFactory()
    client = sign_in(member)
    assert client.get("/me/").status_code == 200

    type(member).objects.filter(pk=member.pk).update(is_active=False)

    assert client.get("/me/").status_code == 302


ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile"


def signed_in_by_hand(sign_in, member, user_agent=ANDROID):
    """As ``sign_in``, with the row that allauth keeps of each session."""
    client = sign_in(member)
    UserSession.objects.create(
        user=member, session_key=client.session.session_key, ip="192.0.2.1", user_agent=user_agent
    )
    return client


def test_staff_end_all_sessions_of_a_person_and_it_is_written_down(sign_in):
    owner, member = StaffFactory(is_superuser=True), MemberFactory()
    MembershipPeriodFactory(member=member)
    client, phone, laptop = sign_in(owner), *(signed_in_by_hand(sign_in, member) for _ in range(2))
    data = {"action": "end_sessions", "_selected_action": member.pk}

    asked = client.post("/admin/members/member/", data, follow=True)
    assert phone.get("/me/").status_code == 200  # asked first
    client.post("/admin/members/member/", data | {"confirmed": "1"})

    assert asked.status_code == 200
    assert [each.get("/me/").status_code for each in (phone, laptop, client)] == [302, 302, 200]
    assert not UserSession.objects.filter(user=member).exists()
    assert [entry.change_message for entry in owner.logentry_set.all()] == ["Signed out everywhere: 2"]


def test_person_sees_where_they_are_signed_in_and_ends_one_or_all_others(sign_in):
    member = MemberFactory()
    here = signed_in_by_hand(sign_in, member, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    others = [signed_in_by_hand(sign_in, member) for _ in range(2)]
    stranger = signed_in_by_hand(sign_in, MemberFactory())

    page = here.get("/accounts/sessions/")
    assert page.content.decode().count("Chrome on an Android phone</h2>") == 2
    assert "Firefox on a Linux computer" in page.content.decode()
    rows = {row.session_key: row.pk for row in page.context["sessions"]}
    assert len(rows) == 3

    here.post("/accounts/sessions/", {"session": rows[others[0].session.session_key]})
    assert [each.get("/me/").status_code for each in (*others, here)] == [302, 200, 200]

    theirs = UserSession.objects.get(session_key=stranger.session.session_key)
    here.post("/accounts/sessions/", {"session": theirs.pk})
    assert stranger.get("/me/").status_code == 200

    here.post("/accounts/sessions/", {"others": "all"})
    assert [each.get("/me/").status_code for each in (*others, here, stranger)] == [302, 302, 200, 200]
