"""Requests for proposals: every date with its clock and zone, wherever it is told; too little time is said in time."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from members.enums import StaffGroup
from members.rights import RIGHTS
from notices import actions
from notices.enums import RfpUpdateKind
from notices.markup import to_html
from notices.models import Notice, Rfp
from notices.rules import lead_time_warnings
from tests.factories import MemberFactory, RelayFactory, RfpFactory

pytestmark = pytest.mark.django_db
PUBLISHED = datetime(2027, 1, 4, 18, tzinfo=UTC)


@pytest.fixture
def author(sign_in):
    member = MemberFactory(is_staff=True)
    wanted = Q()
    for app, codename in (right.split(".") for right in RIGHTS[StaffGroup.NOTICE_AUTHOR]):
        wanted |= Q(content_type__app_label=app, codename=codename)
    member.user_permissions.set(Permission.objects.filter(wanted))
    return sign_in(member)


def entered(**changes):
    """What the form of a request sends."""
    return {
        "title": "Request", "slug": "request", "summary": "x", "official_url": "https://x.example/", "contact": "x",
        "zone": "America/Chicago", "due_at_0": "2027-07-01", "due_at_1": "16:30", "updates-TOTAL_FORMS": "0",
        "updates-INITIAL_FORMS": "0", **changes,
    }  # fmt: skip


def soon(days):
    return {"due_at_0": f"{timezone.localdate() + timedelta(days=days)}"}


@pytest.mark.parametrize("place", ["page", "list", "draft", "to forward"])
def test_the_letter_of_intent_is_told_with_clock_and_zone_wherever_the_other_dates_are(client, sign_in, now, place):
    rfp = RfpFactory(
        letter_due_at=now + timedelta(days=3, hours=6, minutes=30), due_at=now + timedelta(days=40), published_at=None
    )
    author = MemberFactory(is_staff=True, is_superuser=True)
    notice = actions.publish_rfp(rfp, by=author, now=PUBLISHED)
    words = "Saturday, January 23, 2027 at 4:30 p.m. CST"

    if place == "draft":
        said = notice.body
        assert f"- Letters of intent due: {words} (America/Chicago)\n- Proposals due:" in said
        return
    with time_machine.travel(now):
        if place == "to forward":
            relay = RelayFactory(page=rfp.get_absolute_url())
            said = sign_in(author).get(reverse("relay_text", args=[relay.pk])).content.decode()
        else:
            said = client.get(rfp.get_absolute_url() if place == "page" else "/rfps/").content.decode()
    assert "Letters of intent due" in said
    assert words in said


def test_a_date_that_is_over_stays_on_the_page_and_leaves_the_list(client, now):
    rfp = RfpFactory(letter_due_at=now - timedelta(days=1), due_at=now + timedelta(days=9), published_at=PUBLISHED)

    with time_machine.travel(now):
        page, listed = client.get(rfp.get_absolute_url()).content.decode(), client.get("/rfps/").content.decode()

    assert page.count('<span class="tag">over</span>') == 1
    assert "A letter of intent binds nobody" in page
    assert "Letters of intent" not in listed


def test_a_request_without_letters_says_nothing_of_them(client, now):
    rfp = RfpFactory(due_at=now + timedelta(days=9), published_at=PUBLISHED)

    with time_machine.travel(now):
        assert (
            "etter"
            not in client.get(rfp.get_absolute_url()).content.decode().partition("<main")[2].partition("</main")[0]
        )


def test_dates_are_entered_at_the_clock_of_the_request(author):
    data = entered(zone="America/Denver", letter_due_at_0="2027-06-01", letter_due_at_1="16:30")
    author.post(reverse("admin:notices_rfp_add"), data)

    rfp = Rfp.objects.get()
    assert rfp.letter_due_at == datetime(2027, 6, 1, 22, 30, tzinfo=UTC)
    assert rfp.due_at == datetime(2027, 7, 1, 22, 30, tzinfo=UTC)
    change = reverse("admin:notices_rfp_change", args=[rfp.pk])
    assert author.get(change).content.decode().count('value="16:30"') == 2
    author.post(change, data | {"title": "Another"})
    rfp.refresh_from_db()
    assert (rfp.title, rfp.due_at) == ("Another", datetime(2027, 7, 1, 22, 30, tzinfo=UTC))


def test_a_time_that_the_clock_shows_twice_is_asked_again(author):
    data = entered(zone="Europe/Berlin", due_at_0="2027-10-31", due_at_1="02:30")

    response = author.post(reverse("admin:notices_rfp_add"), data)

    assert "never or twice" in response.content.decode()
    assert 'value="02:30"' in response.content.decode()
    assert not Rfp.objects.exists()


def test_a_request_is_due_at_the_clock_of_its_zone_alone(author):
    """America/Chicago, where the server stands, never shows this time on that day."""
    data = entered(zone="America/Phoenix", due_at_0="2027-03-14", due_at_1="02:30")

    assert author.post(reverse("admin:notices_rfp_add"), data).status_code == 302
    assert Rfp.objects.get().due_at == datetime(2027, 3, 14, 9, 30, tzinfo=UTC)


def test_letters_are_not_due_after_the_proposals(author):
    data = entered(letter_due_at_0="2027-07-02", letter_due_at_1="16:30")

    response = author.post(reverse("admin:notices_rfp_add"), data)

    assert "Letters of intent must be due before the proposals are." in response.content.decode()
    assert not Rfp.objects.exists()


ENOUGH = {"due_at": 30, "questions_due_at": 14, "letter_due_at": 14}


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (ENOUGH, []),
        (ENOUGH | {"due_at": 21}, []),
        ({"due_at": 21}, []),
        ({"due_at": 20}, ["Proposals are due in 20 days. Where a trade agreement covers the purchase, State policy asks for 21 days; fewer need an exception."]),
        ({"due_at": 13}, ["Proposals are due in 13 days. Where a trade agreement covers the purchase, State policy asks for 21 days, or 14 by exception."]),
        ({"due_at": 6}, ["Proposals are due in 6 days. Notice is given at least 7 days before. Where a trade agreement covers the purchase, State policy asks for 21 days."]),
        ({"due_at": 0}, ["Proposals are due today. Notice is given at least 7 days before. Where a trade agreement covers the purchase, State policy asks for 21 days."]),
        ({"due_at": -1}, ["Proposals were due 1 day ago. Notice is given at least 7 days before. Where a trade agreement covers the purchase, State policy asks for 21 days."]),
        (ENOUGH | {"questions_due_at": 6}, ["Questions are due in 6 days. Leave people at least 7 days to ask."]),
        (ENOUGH | {"questions_due_at": 1}, ["Questions are due in 1 day. Leave people at least 7 days to ask."]),
        (ENOUGH | {"questions_due_at": 24}, ["Only 6 days remain from the last question to the proposals. Leave at least 7: answers take three to five working days, and have to be read."]),
        (ENOUGH | {"letter_due_at": 6}, ["Letters of intent are due in 6 days. Leave at least 7 days to write one."]),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)  # fmt: skip
def test_too_little_time_is_said_in_a_sentence(now, days, said):
    rfp = Rfp(**{name: now + timedelta(days=number) for name, number in days.items()})

    assert lead_time_warnings(rfp, now) == said


def test_days_are_counted_on_the_calendar_of_the_request():
    late_in_minnesota = datetime(2027, 1, 21, 5, 30, tzinfo=UTC)  # the 20th there
    rfp = Rfp(due_at=datetime(2027, 2, 10, 22, 30, tzinfo=UTC))

    assert lead_time_warnings(rfp, late_in_minnesota) == []


def test_staff_are_told_of_too_little_time_on_every_way_to_publication_and_never_stopped(author):
    add = reverse("admin:notices_rfp_add")
    saved = author.post(add, entered(**soon(3)), follow=True).content.decode()
    rfp = Rfp.objects.get()
    change, publish = (reverse(f"admin:notices_rfp_{name}", args=[rfp.pk]) for name in ("change", "publish"))
    sentence = "Proposals are due in 3 days. Notice is given at least 7 days before."

    in_bulk = {"action": "publish", "_selected_action": [rfp.pk]}
    asked = author.post(reverse("admin:notices_rfp_changelist"), in_bulk, follow=True)
    pages = [author.get(change), author.get(publish), asked]
    assert "Leave 21 days" in author.get(add).content.decode()
    assert [page.content.decode().count(sentence) for page in pages] == [1, 1, 1]
    assert saved.count(sentence) == 1
    done = author.post(publish, follow=True).content.decode()

    rfp.refresh_from_db()
    assert rfp.published_at is not None
    assert sentence not in done  # it is out: nothing can be done about it
    assert reverse("admin:notices_notice_change", args=[Notice.objects.get(rfp=rfp).pk]) in done


def test_a_request_is_published_once(author):
    rfp = RfpFactory(published_at=None)
    publish = reverse("admin:notices_rfp_publish", args=[rfp.pk])

    author.post(publish)
    again = author.post(publish, follow=True).content.decode()

    assert "This request is published already." in again
    assert author.get(publish).status_code == 302  # no button for what is done
    assert Notice.objects.filter(rfp=rfp).count() == 1


def test_who_may_not_change_requests_publishes_none(sign_in):
    rfp = RfpFactory(published_at=None)

    assert (
        sign_in(MemberFactory(is_staff=True)).post(reverse("admin:notices_rfp_publish", args=[rfp.pk])).status_code
        == 403
    )
    rfp.refresh_from_db()
    assert rfp.published_at is None


def test_new_dates_of_a_public_request_ask_for_an_addendum(author):
    rfp = RfpFactory(slug="request", published_at=timezone.now(), due_at=datetime(2027, 7, 1, 21, 30, tzinfo=UTC))
    change = reverse("admin:notices_rfp_change", args=[rfp.pk])

    untouched = author.post(change, entered(title="Same dates"), follow=True).content.decode()
    moved = author.post(change, entered(due_at_0="2027-07-08"), follow=True).content.decode()
    elsewhere = entered(due_at_0="2027-07-08", zone="America/New_York")
    an_hour_sooner = author.post(change, elsewhere, follow=True).content.decode()

    assert "Add an addendum" not in untouched
    assert "Add an addendum that says what changed." in moved
    assert "Add an addendum that says what changed." in an_hour_sooner


def test_what_was_added_leads_to_the_notice_about_it(author):
    rfp = RfpFactory(published_at=timezone.now())
    update = reverse("admin:notices_rfp_update", args=[rfp.pk])

    for text in ("Yes.", "No.", "Perhaps."):
        done = author.post(update, {"kind": RfpUpdateKind.QUESTIONS, "body": text}, follow=True).content.decode()

    notices = [reverse("admin:notices_notice_change", args=[row.notice.pk]) for row in rfp.updates.all()]
    assert [done.count(f'href="{notice}"') for notice in notices] == [1, 1, 2]  # the newest in the message, too


def test_what_is_added_can_be_looked_at_first(author):
    rfp = RfpFactory(published_at=timezone.now())
    update, text = reverse("admin:notices_rfp_update", args=[rfp.pk]), "**Q:** It's =1+1? <b>🐦</b>"

    assert "frame-src 'self'" in author.get(update)["Content-Security-Policy"]
    seen = author.post(reverse("admin:notices_rfp_look", args=[rfp.pk]), {"body": text})
    assert "<p><strong>Q:</strong> It's =1+1? 🐦</p>" in seen.content.decode()
    assert seen["X-Frame-Options"] == "SAMEORIGIN"
    assert seen["Content-Security-Policy"].startswith("sandbox; default-src 'none'; style-src 'self'; frame-ancestors")
    assert not rfp.updates.exists()
    assert "Nothing is written yet." in author.post(reverse("admin:notices_rfp_look", args=[rfp.pk])).content.decode()


def test_the_dates_in_a_notice_are_a_list_of_their_own():
    rfp = RfpFactory(summary="Who can apply:\n\n- Tribes\n- Counties", published_at=None)

    html = to_html(actions.publish_rfp(rfp, by=MemberFactory(), now=PUBLISHED).body)

    assert "<li>Counties</li>\n</ul>\n<p>What is due when:</p>\n<ul>\n<li>Proposals due:" in html
