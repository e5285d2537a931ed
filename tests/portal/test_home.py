import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.urls import Resolver404, resolve

from meetings.models import Meeting
from notices.models import Notice, Rfp
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(now):
    with time_machine.travel(now, tick=False):
        yield


def a_meeting(n, *, starts_at, state="published", **fields):
    return Meeting.objects.create(
        title=f"Meeting {n}",
        slug=f"meeting-{n}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        state=state,
        published_at=None if state == "draft" else starts_at - timedelta(days=30),
        uid=f"uid-{n}",
        checkin_code=f"code-{n}",
        **fields,
    )


def a_notice(n, *, author, releaser, state="sent", released_at=None):
    return Notice.objects.create(
        title=f"Notice {n}",
        slug=f"notice-{n}",
        body="Text",
        drafted_by=author,
        released_by=None if state == "draft" else releaser,
        state=state,
        scheduled_for=released_at,
        released_at=released_at,
    )


def an_rfp(n, *, due_at, published_at):
    return Rfp.objects.create(
        title=f"RFP {n}",
        slug=f"rfp-{n}",
        summary="Text",
        official_url="https://posting.example/1",
        contact="Somebody",
        due_at=due_at,
        published_at=published_at,
    )


def test_home_shows_the_next_three_meetings_first_come_first(client, now):
    later = [a_meeting(n, starts_at=now + timedelta(days=n)) for n in (4, 1, 3, 2)]
    a_meeting(9, starts_at=now - timedelta(days=1))
    a_meeting(8, starts_at=now + timedelta(hours=1), state="draft")

    response = client.get("/")

    assert list(response.context["meetings"]) == [later[1], later[3], later[2]]


def test_home_shows_what_was_released_and_nothing_else(client, now):
    people = {"author": MemberFactory(), "releaser": MemberFactory()}
    old = a_notice(1, released_at=now - timedelta(days=9), **people)
    new = a_notice(2, released_at=now - timedelta(days=1), **people)
    a_notice(3, state="draft", **people)
    a_notice(4, state="scheduled", released_at=now + timedelta(days=1), **people)

    response = client.get("/")

    assert list(response.context["notices"]) == [new, old]


def test_home_shows_requests_for_proposals_while_they_are_open(client, now):
    yesterday, tomorrow = now - timedelta(days=1), now + timedelta(days=1)
    shown = an_rfp(1, due_at=tomorrow, published_at=yesterday)
    an_rfp(2, due_at=yesterday, published_at=yesterday)
    an_rfp(3, due_at=tomorrow, published_at=None)

    response = client.get("/")

    assert list(response.context["rfps"]) == [shown]


def test_home_gives_times_in_the_meetings_own_zone(client, now):
    a_meeting(1, starts_at=now + timedelta(days=1), zone="America/Denver")

    response = client.get("/")

    assert "Thursday, January 21, 2027, 9 a.m. to 11 a.m. MST (America/Denver)" in response.content.decode()


def test_home_keeps_the_join_link_and_the_check_in_code_to_itself(client, sign_in, now):
    a_meeting(1, starts_at=now + timedelta(minutes=5), join_url="https://secret-room.example/1")

    for visitor in (client, sign_in(MemberFactory())):
        page = visitor.get("/").content.decode()
        assert "secret-room" not in page
        assert "code-1" not in page


@pytest.mark.parametrize("item_count", [0, 1, 30])
def test_home_costs_the_same_however_much_there_is(client, django_assert_num_queries, now, item_count):
    people = {"author": MemberFactory(), "releaser": MemberFactory()}
    for n in range(item_count):
        a_meeting(n, starts_at=now + timedelta(days=n + 1))
        a_notice(n, released_at=now - timedelta(days=n), **people)
        an_rfp(n, due_at=now + timedelta(days=n + 1), published_at=now)

    with django_assert_num_queries(3):
        client.get("/")


def test_home_costs_a_member_their_session_and_their_name_more(sign_in, django_assert_num_queries):
    member = sign_in(MemberFactory())

    with django_assert_num_queries(5):
        member.get("/")


def test_home_offers_a_visitor_to_join_and_a_member_their_own_page(client, sign_in):
    visitor, member = client.get("/").content.decode(), sign_in(MemberFactory()).get("/").content.decode()

    assert ('href="/accounts/signup/"' in visitor, 'href="/me/"' in visitor) == (True, False)
    assert ('href="/accounts/signup/"' in member, 'href="/me/"' in member) == (False, True)


def test_staffs_room_is_offered_to_staff_alone(sign_in):
    staff, member = MemberFactory(is_staff=True), MemberFactory()

    assert 'href="/admin/"' in sign_in(staff).get("/").content.decode()
    assert 'href="/admin/"' not in sign_in(member).get("/").content.decode()


def test_home_is_not_for_posting(client):
    assert client.post("/").status_code == 405


def test_every_page_carries_the_statement_on_accessible_formats(client):
    page = client.get("/").content.decode()

    assert settings.COMMUNITY["accessible_formats"].split("'")[0] in page
    assert settings.COMMUNITY["contact_email"] in page
    assert settings.COMMUNITY["statute_url"] in page


@pytest.mark.parametrize("page", ["/", "/about/"])
@pytest.mark.parametrize("is_staff", [None, False, True], ids=["visitor", "member", "staff"])
def test_every_link_of_the_frame_leads_somewhere(client, sign_in, page, is_staff):
    reader = client if is_staff is None else sign_in(MemberFactory(is_staff=is_staff))

    links = set(re.findall(r'(?:href|action)="(/[^"#]*)', reader.get(page).content.decode()))

    pages = {link for link in links if not link.startswith("/static/")}
    assert len(pages) >= 8
    assert {link for link in pages if not is_known(link)} == set()


def is_known(path):
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
