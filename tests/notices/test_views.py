from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notices import actions, tokens
from notices.enums import Frequency, RfpUpdateKind, Subject
from notices.models import Delivery, Relay, Subscriber, Subscription, Suppression
from privacy.models import ConsentNotice
from tests.factories import (
    ConsentNoticeFactory,
    MemberFactory,
    NoticeFactory,
    RelayFactory,
    ReleasedNoticeFactory,
    RfpFactory,
    SubscriberFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def guests():
    """The notice that stands beside the forms of those without an account."""
    return ConsentNoticeFactory(key="guest", version=1)


AGO = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)


def path_of(url):
    return url.removeprefix(settings.PUBLIC_URL)


# --- the archive ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item_count", [1, 30])
def test_archive_costs_the_same_for_one_as_for_thirty(client, item_count, django_assert_num_queries):
    notices = [ReleasedNoticeFactory(released_at=AGO + timedelta(days=n)) for n in range(item_count)]
    NoticeFactory(title="A secret draft")

    with django_assert_num_queries(3):
        response = client.get("/notices/")
    assert list(response.context["page_obj"]) == notices[::-1][:20]
    assert b"A secret draft" not in response.content


def test_archive_can_be_narrowed_to_a_subject(client):
    ReleasedNoticeFactory(released_at=AGO)
    rfp = ReleasedNoticeFactory(subject=Subject.RFPS, released_at=AGO)

    assert list(client.get("/notices/?about=rfps").context["page_obj"]) == [rfp]


@pytest.mark.parametrize("state", ["draft", "scheduled", "cancelled"])
def test_a_notice_that_is_not_out_does_not_exist(client, state):
    notice = NoticeFactory(state=state, released_by=MemberFactory(), scheduled_for=AGO)

    assert client.get(notice.get_absolute_url()).status_code == 404
    assert notice.title.encode() not in client.get("/notices/feed/").content


def test_a_page_greets_nobody_by_name_and_runs_nothing(client, sign_in):
    notice = ReleasedNoticeFactory(body="Hello {name} <script>alert(1)</script>", released_at=AGO)
    html = sign_in(MemberFactory(name="Ana Secret")).get(notice.get_absolute_url()).content.decode()

    assert "<p>Hello reader" in html
    assert "alert(1)" not in html


def test_feed_is_atom_with_whole_addresses(client):
    notice = ReleasedNoticeFactory(title="A & B", released_at=AGO)
    response = client.get("/notices/feed/")

    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    atom = "{http://www.w3.org/2005/Atom}"
    [entry] = ElementTree.fromstring(response.content).findall(f"{atom}entry")
    assert entry.find(f"{atom}title").text == "A & B"
    assert entry.find(f"{atom}link").get("href") == settings.PUBLIC_URL + notice.get_absolute_url()


@pytest.mark.parametrize("item_count", [1, 30])
def test_requests_cost_the_same_for_one_as_for_thirty(client, item_count, django_assert_num_queries):
    now = timezone.now()
    opened = [RfpFactory(published_at=AGO, due_at=now + timedelta(days=n + 1)) for n in range(item_count)]
    closed = [RfpFactory(published_at=AGO, due_at=now - timedelta(days=n + 1)) for n in range(item_count)]
    RfpFactory(published_at=None, due_at=now + timedelta(days=1))

    with django_assert_num_queries(3):
        response = client.get("/rfps/")
    assert list(response.context["opened"]) == opened
    assert list(response.context["page_obj"]) == closed[:20]


def test_a_request_shows_its_dates_at_its_own_clock_and_closes_by_itself(client):
    due = datetime(2027, 7, 1, 21, 30, tzinfo=UTC)
    rfp = RfpFactory(published_at=AGO, questions_due_at=AGO, due_at=due, zone="America/Denver")
    actions.add_update(rfp, kind=RfpUpdateKind.QUESTIONS, body="**Yes**", by=MemberFactory(), now=AGO)
    html = client.get(rfp.get_absolute_url()).content.decode()

    assert "Thursday, July 1, 2027 at 3:30 p.m. MDT" in html
    assert 'href="https://procurement.example.org/posting/1"' in html
    assert "<strong>Yes</strong>" in html
    assert "Questions and answers 1" in html
    assert ">Open<" in html
    type(rfp).objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert ">Closed<" in client.get(rfp.get_absolute_url()).content.decode()


@pytest.mark.parametrize("published_at", [None, datetime(2099, 1, 1, tzinfo=UTC)])
def test_an_unpublished_request_does_not_exist(client, published_at):
    rfp = RfpFactory(published_at=published_at)

    assert client.get(rfp.get_absolute_url()).status_code == 404
    assert rfp.title.encode() not in client.get("/rfps/").content


def test_a_relay_counts_who_follows_it_and_not_who_only_looks(client):
    relay = RelayFactory(page="/rfps/")

    client.head(f"/r/{relay.code}/")
    response = client.get(f"/r/{relay.code}/")
    assert (response.status_code, response["Location"]) == (302, f"{settings.PUBLIC_URL}/rfps/?via={relay.code}")
    assert Relay.objects.get().visits == 1
    assert client.post(f"/r/{relay.code}/").status_code == 405


def test_a_relay_after_its_last_day_leads_on_and_counts_nothing(client):
    today = timezone.localdate()
    for name, last_day, counted in (("over", today - timedelta(days=1), 0), ("last", today, 1)):
        RelayFactory(code=name, page="/rfps/?page=2#open", last_day=last_day)

        answer = client.get(f"/r/{name}/")

        assert answer["Location"] == f"{settings.PUBLIC_URL}/rfps/?page=2{f'&via={name}' * counted}#open"
        assert actions.count_joining(name, today=today) is bool(counted)
        assert Relay.objects.values_list("visits", "joined").get(code=name) == (counted, counted)


def test_public_pages_set_no_cookie(client, guests):
    notice, rfp = ReleasedNoticeFactory(released_at=AGO), RfpFactory(published_at=AGO)
    relay = RelayFactory()
    pages = [
        "/notices/", "/notices/feed/", "/notices/subscribe/", "/rfps/", f"/r/{relay.code}/",
        notice.get_absolute_url(), rfp.get_absolute_url(),
    ]  # fmt: skip

    assert {page: dict(client.get(page).cookies) for page in pages} == {page: {} for page in pages}
    assert (
        client.post(
            "/notices/subscribe/", {"email": "a@example.org", "subjects": ["rfps"], "notice": guests.pk}
        ).cookies
        == {}
    )


# --- subscribing ----------------------------------------------------------------------------------------------------


def ask(client, email, **data):
    notice = ConsentNotice.objects.in_force("guest")
    given = {"email": email, "subjects": ["meetings"], "notice": notice.pk if notice else 0, **data}
    return client.post("/notices/subscribe/", given)


def test_subscribing_needs_the_link_in_the_mail(client, guests):
    response = ask(client, "New@Example.org")

    assert response.status_code == 200
    assert not Subscriber.objects.exists()
    [row] = Delivery.objects.all()
    assert (row.address, row.priority) == ("new@example.org", Delivery.URGENT)
    link = path_of(next(word for word in row.text.split() if "/notices/subscribe/" in word))
    assert client.get(link).status_code == 200
    assert client.head(link).status_code == 200
    assert not Subscriber.objects.exists()

    assert client.post(link).status_code == 200
    subscriber = Subscriber.objects.get()
    assert (subscriber.email, subscriber.notice) == ("new@example.org", guests)
    assert list(subscriber.subscriptions.values_list("subject", "frequency")) == [("meetings", Frequency.AT_ONCE)]


def test_a_newer_notice_is_read_first_and_nothing_chosen_is_lost(client, guests):
    newer = ConsentNoticeFactory(key="guest", version=2)

    answer = ask(client, "a@example.org", subjects=["meetings", "rfps"], notice=guests.pk)

    page = answer.content.decode()
    assert (answer.status_code, Delivery.objects.count()) == (422, 0)
    assert page.count("checked") == 2
    assert f'name="notice" value="{newer.pk}"' in page


def test_without_a_notice_in_force_nobody_can_subscribe(client, guests):
    guests.delete()

    answer = ask(client, "a@example.org")

    assert (answer.status_code, Delivery.objects.count()) == (422, 0)
    assert "This form is closed for now" in answer.content.decode()


def test_the_answer_is_the_same_whoever_the_address_belongs_to(client):
    MemberFactory(email="member@example.org")
    SubscriptionFactory(subscriber=SubscriberFactory(email="knownn@example.org"))
    answers = [ask(client, address) for address in ("member@example.org", "knownn@example.org", "nobody@example.org")]

    assert len({answer.content for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {200}
    texts = [row.text for row in Delivery.objects.all()]
    assert len({len(text) for text in texts}) == 1
    assert len(texts) == 3


def test_subscribing_is_limited(client):
    codes = [ask(client, "a@example.org").status_code for _ in range(6)]

    assert codes == [200] * 5 + [429]
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("data", [{"email": "x"}, {"subjects": []}, {"subjects": ["digest"]}, {"subjects": ["x"]}])
def test_a_wrong_entry_is_shown_again_and_owes_nothing(client, data):
    assert ask(client, **{"email": "a@example.org", **data}).status_code == 422
    assert not Delivery.objects.exists()


def test_an_old_or_forged_link_confirms_nothing(client):
    with time_machine.travel(timezone.now() - timedelta(days=4)):
        old = path_of(tokens.confirm_url("a@example.org", ["meetings"], 1))
    link = path_of(tokens.confirm_url("a@example.org", ["meetings"], 1))

    assert client.get(old).status_code == 404
    assert client.post(old).status_code == 404
    assert client.post(link[:-2] + "x/").status_code == 404
    other_purpose = path_of(tokens.unsubscribe_url(1, "meetings")).split("/")[3]
    assert client.post(f"/notices/subscribe/{other_purpose}/").status_code == 404
    assert not Subscriber.objects.exists()


# --- stopping -------------------------------------------------------------------------------------------------------


@pytest.fixture
def subscriber():
    subscriber = SubscriberFactory()
    for subject in Subject:
        SubscriptionFactory(subscriber=subscriber, subject=subject)
    return subscriber


def subjects(subscriber):
    return set(subscriber.subscriptions.values_list("subject", flat=True))


def test_one_click_stops_one_subject_without_cookie_or_token(subscriber):
    link = path_of(tokens.unsubscribe_url(subscriber.pk, Subject.RFPS))
    mail_program = Client(enforce_csrf_checks=True)

    for _ in range(2):
        response = mail_program.post(
            link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert (response.status_code, dict(response.cookies)) == (200, {})
        assert subjects(subscriber) == {"meetings", "resources", "digest"}


def test_looking_at_the_link_stops_nothing(client, subscriber):
    link = path_of(tokens.unsubscribe_url(subscriber.pk, Subject.RFPS))

    assert b"Stop them" in client.get(link).content
    assert client.head(link).status_code == 200
    assert subjects(subscriber) == set(Subject.values)


def test_forged_links_stop_nothing(client, subscriber):
    good = path_of(tokens.unsubscribe_url(subscriber.pk, Subject.RFPS))
    token = good.split("/")[3]
    confirm = path_of(tokens.confirm_url("a@example.org", ["meetings"], 1)).split("/")[3]
    for forged in (token.replace("rfps", "meetings"), token[:-1], confirm, subscriber.token):
        assert client.post(f"/notices/unsubscribe/{forged}/").status_code == 404
    assert subjects(subscriber) == set(Subject.values)


def test_the_link_of_a_subscriber_who_is_gone_says_it_is_done(client):
    response = client.post(path_of(tokens.unsubscribe_url(99, Subject.RFPS)))

    assert response.status_code == 200


# --- preferences ----------------------------------------------------------------------------------------------------


def test_preferences_by_the_link_need_no_sign_in_and_set_no_cookie(subscriber):
    client = Client(enforce_csrf_checks=True)
    link = path_of(tokens.preferences_url(subscriber.token))
    assert b'name="digest"' not in client.get(link).content  # that is for members

    response = client.post(link, {"meetings": "daily", "rfps": "off", "resources": "at_once"})
    assert response.status_code == 200
    assert b"Meetings: once a day" in response.content
    assert b"Requests for proposals: you get nothing any more." in response.content
    assert dict(response.cookies) == {}
    assert dict(subscriber.subscriptions.values_list("subject", "frequency")) == {
        "meetings": "daily", "resources": "at_once",
    }  # fmt: skip
    assert client.get("/notices/preferences/unknown/").status_code == 404
    for wrong in ({"meetings": "hourly"}, {}):
        assert client.post(link, wrong).status_code == 422
    assert subjects(subscriber) == {"meetings", "resources"}


def test_my_preferences_are_mine(client, sign_in):
    me, other = MemberFactory(), MemberFactory()
    theirs = actions.subscriber_for(other, timezone.now())
    page = reverse("notices:my_preferences")
    assert client.get(page).status_code == 302

    mine = sign_in(me)
    assert mine.get(page).context["form"].initial == dict.fromkeys(Subject.values, "at_once")
    assert not Subscriber.objects.filter(member=me).exists()
    response = mine.post(page, {**dict.fromkeys(Subject.values, "off"), "meetings": "weekly"}, follow=True)
    assert b"Saved. Meetings: once a week" in response.content
    assert dict(Subscription.objects.filter(subscriber__member=me).values_list("subject", "frequency")) == {
        "meetings": "weekly"
    }
    assert subjects(theirs) == set(Subject.values)
    assert not Suppression.objects.exists()


def test_my_preferences_ask_for_the_forms_token(sign_in):
    me = MemberFactory()
    client = Client(enforce_csrf_checks=True)
    client.cookies = sign_in(me).cookies

    assert client.post(reverse("notices:my_preferences"), {"meetings": ""}).status_code == 403
