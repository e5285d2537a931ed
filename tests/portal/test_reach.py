"""What partners pass on, and whom a notice reached: sums, small ones hidden, and nobody followed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cop_portal.reach import by_category
from members.enums import Level
from notices.enums import DeliveryState, EventKind, PartnerKind
from notices.flyer import _TEMPLATE, AT_MOST, Leaflet, _data, _fitting, flyer_pdf, to_forward
from notices.models import DeliveryEvent, Mention, Relay
from privacy.typeset import fits_one_page
from tests.factories import (
    DeliveryFactory,
    MeetingFactory,
    MemberFactory,
    MembershipPeriodFactory,
    MentionFactory,
    NoticeFactory,
    OutreachPartnerFactory,
    ParticipantCategoryFactory,
    RelayFactory,
    ReleasedNoticeFactory,
    RfpFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(sign_in):
    return sign_in(StaffFactory(is_superuser=True))


def reached(notice, level=Level.FULL, categories=(), state=DeliveryState.SENT):
    member = MembershipPeriodFactory(level=level).member
    member.categories.set(categories)
    why = {"sent_at": notice.released_at} if state == DeliveryState.SENT else {"reason": "550"}
    return DeliveryFactory(notice=notice, member=member, state=state, **why)


# --- the text and the flyer -----------------------------------------------------------------------------------------


def text_of(client, page):
    response = client.get(reverse("relay_text", args=[RelayFactory(page=page).pk]))
    return response.context["text"]


def test_the_text_to_forward_says_it_all_with_the_partner_s_link(staff):
    notice = ReleasedNoticeFactory(title="Housing", body="Hello {name},\n\n**read** [this](https://example.org/x).")
    relay = RelayFactory(page=notice.get_absolute_url())
    text = staff.get(reverse("relay_text", args=[relay.pk])).context["text"]

    assert text.startswith("Housing\n\nHello reader,")
    for part in (f"/r/{relay.code}/", "read", "in another format", "Community of Practice"):
        assert part in text
    assert "{name}" not in text
    assert "**" not in text


def test_meetings_and_requests_are_passed_on_with_their_facts(staff, now):
    meeting = MeetingFactory(title="The next one", purpose="We *look* at gaps.")
    assert f"When: {meeting.date_text}, {meeting.time_text}" in text_of(staff, meeting.get_absolute_url())
    assert meeting.join_url not in text_of(staff, meeting.get_absolute_url())
    rfp = RfpFactory(due_at=now + timedelta(days=9, hours=5, minutes=30), published_at=now - timedelta(days=300))
    text = text_of(staff, rfp.get_absolute_url())
    assert "Proposals due: Friday, January 29, 2027 at 3:30 p.m. CST" in text
    assert rfp.official_url in text


@pytest.mark.parametrize("page", ["/accounts/signup/", "/notices/a-draft/", "/nothing/here/", "/meetings/?page=2"])
def test_what_is_not_public_is_not_passed_on(staff, page):
    NoticeFactory(slug="a-draft", title="Not yet")

    assert text_of(staff, page).startswith("Substance Use Disorder Community of Practice\n")


def test_the_flyer_is_one_accessible_page(staff):
    meeting = MeetingFactory(title="A title " * 20, purpose="Long words about what it is for. " * 200)
    response = staff.get(reverse("relay_flyer", args=[RelayFactory(page=meeting.get_absolute_url()).pk]))

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment")
    assert response.content.startswith(b"%PDF-")  # typst refuses to make one that is not PDF/UA-1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Word " * 2000,
        "One line.\n\n" * 100,
        "Pneumonoultramicroscopicsilicovolcanoconiosis" * 40,
        "#set [ *x* ] $y$ \\ @a",
    ],
    ids=["nothing", "long", "many paragraphs", "no spaces", "markup of the typesetter"],
)
def test_whatever_was_written_the_flyer_keeps_to_one_page(text):
    facts = (("When", "x" * 90), ("Where", "y" * 190), ("Always provided", "z" * 190))
    leaflet = Leaflet("A very long title of a meeting " * 5, facts, text, "https://cop.example.org/r/abcdefgh/")

    assert fits_one_page(_TEMPLATE, _fitting(leaflet))
    if len(text) > 5000:  # the control: as it stands it would not fit
        assert not fits_one_page(_TEMPLATE, _data(leaflet, AT_MOST[0]))
    assert flyer_pdf(leaflet).startswith(b"%PDF-")
    assert leaflet.words == "cop.example.org/r/abcdefgh"
    assert to_forward(leaflet).count("https://cop.example.org/r/abcdefgh/") == 1


# --- the report -----------------------------------------------------------------------------------------------------


def test_the_report_counts_by_level_and_says_what_failed(staff):
    notice = ReleasedNoticeFactory()
    back = reached(notice)
    reached(notice, Level.PUBLIC)
    reached(notice, Level.PUBLIC, state=DeliveryState.FAILED)
    DeliveryFactory(notice=notice, state=DeliveryState.SENT, sent_at=notice.released_at)
    reached(ReleasedNoticeFactory())  # another notice's
    for number, kind in enumerate([EventKind.SOFT_BOUNCE, EventKind.HARD_BOUNCE]):
        DeliveryEvent.objects.create(delivery=back, kind=kind, happened_at=notice.released_at, fingerprint=str(number))

    found = staff.get(reverse("notice_reach", args=[notice.pk])).context
    assert found["states"] == [("Sent", 3), ("Failed", 1)]
    assert [number for _, number in found["levels"]] == [1, 0, 1, 1]
    assert (found["arrived"], found["came_back"]) == (0, 1)


def test_small_numbers_of_sensitive_categories_are_hidden_and_none_can_be_worked_out(now):
    notice = ReleasedNoticeFactory()
    open_one, small, other, none = (
        ParticipantCategoryFactory(label=label, is_sensitive=sensitive)
        for label, sensitive in [("Providers", False), ("In recovery", True), ("Counties", False), ("Nobody", False)]
    )
    for category, people in [(open_one, 30), (small, 2), (other, 9)]:
        for _ in range(people):
            reached(notice, categories=[category])
    reached(notice, categories=[none], state=DeliveryState.FAILED)

    found = by_category(notice, now.date())
    numbers = dict(found.rows)
    assert numbers["In recovery"] is None
    assert [numbers["Providers"], numbers["Counties"]].count(
        None
    ) >= 1  # with the sum known, one row alone hides nothing
    assert numbers["Nobody"] == 0
    assert found.not_reached == ["Nobody"]


def test_with_very_few_people_there_is_no_breakdown_at_all(now):
    notice, category = ReleasedNoticeFactory(), ParticipantCategoryFactory(is_sensitive=True)
    ParticipantCategoryFactory()
    reached(notice, categories=[category])

    assert by_category(notice, now.date()).rows is None
    assert by_category(notice, now.date()).not_reached == []


def test_the_report_counts_visits_by_partner_and_names_who_was_not_reached(staff):
    notice = ReleasedNoticeFactory(page="/meetings/")
    tribe, county = (
        OutreachPartnerFactory(kind=kind, name=f"A {kind.label}") for kind in (PartnerKind.TRIBE, PartnerKind.COUNTY)
    )
    RelayFactory(partner=tribe, page=notice.get_absolute_url(), visits=3, joined=1)
    RelayFactory(partner=tribe, page="/meetings/", label="flyer", visits=4)
    RelayFactory(partner=county, page=notice.get_absolute_url())
    RelayFactory(partner=county, page="/rfps/", visits=9)
    MentionFactory(notice=notice, where="The Messenger", url="https://messenger.example/1")
    MentionFactory(where="Elsewhere")

    response = staff.get(reverse("notice_reach", args=[notice.pk]))
    rows = [(row["partner__name"], row["visits"], row["joined"]) for row in response.context["partners"]]
    assert rows == [(county.name, 0, 0), (tribe.name, 7, 1)]
    assert response.context["communities"] == [
        kind.label for kind in (PartnerKind.RECOVERY, PartnerKind.ASSOCIATION, PartnerKind.PRESS, PartnerKind.COUNTY)
    ]
    page = response.content.decode()
    assert "https://messenger.example/1" in page
    assert "Elsewhere" not in page
    assert "onsultation" not in page  # a link is no talk between governments


def test_a_draft_has_no_report(staff):
    assert staff.get(reverse("notice_reach", args=[NoticeFactory().pk])).status_code == 404


def test_links_for_all_partners_are_made_once(staff, sign_in):
    notice, partner = ReleasedNoticeFactory(), OutreachPartnerFactory()
    RelayFactory(page=notice.get_absolute_url())
    address = reverse("notice_reach", args=[notice.pk])

    for _ in range(2):
        assert staff.post(address).status_code == 302
    assert Relay.objects.filter(page=notice.get_absolute_url(), partner=partner).count() == 1
    assert Relay.objects.count() == 2
    assert sign_in(MemberFactory()).get(address).status_code in {302, 403}


def test_the_report_costs_the_same_for_one_as_for_thirty(staff, django_assert_max_num_queries):
    notice = ReleasedNoticeFactory()
    for _ in range(30):
        reached(notice, categories=[ParticipantCategoryFactory()])
        RelayFactory(page=notice.get_absolute_url())
        MentionFactory(notice=notice, partner=OutreachPartnerFactory())
    with django_assert_max_num_queries(32):
        staff.get(reverse("notice_reach", args=[notice.pk]))


# --- press and social entries ---------------------------------------------------------------------------------------


def test_an_entry_is_noted_by_hand_with_who_noted_it(staff, now):
    page = reverse("admin:notices_mention_add")
    given = {
        "kind": "press",
        "where": "The Messenger",
        "appeared_on": "2026-01-05",
        "url": "",
        "notice": "",
        "partner": "",
    }
    assert staff.post(page, {**given, "appeared_on": "2999-01-01"}).status_code != 302
    assert staff.post(page, given).status_code == 302

    entry = Mention.objects.get()
    assert entry.logged_by.is_superuser
    change = reverse("admin:notices_mention_change", args=[entry.pk])
    other = type(staff)()
    other.cookies = staff.cookies
    other.post(change, {**given, "where": "The Courier"})
    entry.refresh_from_db()
    assert entry.where == "The Courier"
