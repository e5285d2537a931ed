import io
from datetime import UTC, date, datetime, timedelta

import icalendar
import pypdf
import pytest
import time_machine
from django.core.files.base import ContentFile
from django.urls import reverse

from meetings import actions
from meetings.models import Attendance, CalendarFeed, GuestAnswer, Rsvp
from meetings.tokens import answer_url, member_answer_url
from notices.models import Delivery
from tests.factories import (
    NOW,
    AccommodationFactory,
    AgendaItemFactory,
    ConsentNoticeFactory,
    MaterialFactory,
    MeetingFactory,
    MeetingWorkFactory,
    MemberFactory,
    MembershipPeriodFactory,
    RsvpFactory,
    SummaryFactory,
    WorkgroupFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def guests():
    """The notice that stands beside the forms of those without an account."""
    return ConsentNoticeFactory(key="guest", version=1)


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


def path_of(url):
    return "/" + url.split("/", 3)[3]


# --- lists -----------------------------------------------------------------------------------------------------------


def test_list_shows_what_is_to_come_and_filters():
    group = WorkgroupFactory()
    soon, later = MeetingFactory(starts_at=NOW + timedelta(days=1)), MeetingFactory(kind="workgroup", workgroup=group)
    cancelled = MeetingFactory(state="cancelled", starts_at=NOW + timedelta(days=2))
    MeetingFactory(state="draft")
    MeetingFactory(starts_at=NOW - timedelta(days=1))

    def listed(client, query=""):
        return list(client.get(f"/meetings/{query}").context["page_obj"])

    from django.test import Client

    client = Client()
    assert listed(client) == [soon, cancelled, later]
    assert listed(client, "?kind=workgroup") == [later]
    assert listed(client, f"?workgroup={group.slug}") == [later]
    assert listed(client, "?workgroup=nobody") == []


@pytest.mark.parametrize("item_count", [1, 30])
def test_list_costs_the_same(client, django_assert_num_queries, item_count):
    for _ in range(item_count):
        MeetingFactory(workgroup=WorkgroupFactory())

    with django_assert_num_queries(4):
        response = client.get("/meetings/")

    assert len(response.context["page_obj"]) == item_count
    assert not response.cookies


@pytest.mark.parametrize("item_count", [1, 30])
def test_archive_costs_the_same(client, django_assert_num_queries, item_count):
    for number in range(item_count):
        SummaryFactory(meeting=MeetingFactory(starts_at=NOW - timedelta(days=number + 1)), published_at=NOW)

    with django_assert_num_queries(5):
        response = client.get("/meetings/archive/")

    assert len(response.context["page_obj"]) == item_count


def test_archive_is_searched_by_words_and_year(client):
    old = MeetingFactory(starts_at=datetime(2022, 9, 14, 15, 0, tzinfo=UTC), title="Planning session")
    other = MeetingFactory(starts_at=NOW - timedelta(days=2))
    AgendaItemFactory(meeting=other, title="Housing")
    SummaryFactory(meeting=old, body="transportation", published_at=NOW)
    SummaryFactory(meeting=other, body="a draft about transportation")

    def found(query):
        return list(client.get(f"/meetings/archive/?{query}").context["page_obj"])

    assert found("") == [other, old]
    assert found("q=planning") == [old]
    assert found("q=housing") == [other]
    assert found("q=transportation") == [old]
    assert found("year=2022") == [old]
    assert found("year=२०२२&q=") == [other, old]


def test_workgroups_are_joined_by_post_only(client, sign_in):
    group, member = WorkgroupFactory(), MembershipPeriodFactory().member
    address = reverse("meetings:workgroup_join", args=[group.slug])

    assert client.post(address).status_code == 302
    assert not group.members.exists()
    assert sign_in(member).get(address).status_code == 405
    sign_in(member).post(address)
    assert list(group.members.all()) == [member]
    sign_in(member).post(reverse("meetings:workgroup_leave", args=[group.slug]))
    assert not group.members.exists()
    sign_in(MemberFactory()).post(address)
    assert not group.members.exists()


# --- one meeting -----------------------------------------------------------------------------------------------------


def test_draft_does_not_exist(client):
    meeting = MeetingFactory(state="draft")

    for name in ("detail", "rsvp", "calendar"):
        assert client.get(reverse(f"meetings:{name}", args=[meeting.slug])).status_code == 404


@pytest.mark.parametrize("minutes", [-24 * 60, -31, -30, 10])
def test_join_link_is_only_for_those_going_and_near_the_start(client, sign_in, minutes):
    meeting = MeetingFactory(capacity=1, purpose="Gaps")
    going, waiting, no, nothing = (MemberFactory() for _ in range(4))
    RsvpFactory(meeting=meeting, member=going)
    RsvpFactory(meeting=meeting, member=waiting, answer="in_person", waiting_since=NOW)
    RsvpFactory(meeting=meeting, member=no, answer="no")
    pages = ["detail", "rsvp", "calendar"]

    with time_machine.travel(meeting.starts_at + timedelta(minutes=minutes), tick=False):

        def sees(visitor):
            answers = [visitor.get(reverse(f"meetings:{page}", args=[meeting.slug])) for page in pages]
            return [meeting.join_url in answer.content.decode() for answer in answers]

        for visitor in (client, sign_in(waiting), sign_in(no), sign_in(nothing)):
            assert sees(visitor) == [False, False, False]
        assert sees(sign_in(going)) == [minutes >= -30, False, False]


def test_page_says_nothing_of_others(client, sign_in):
    meeting = MeetingFactory(capacity=5)
    rsvp = RsvpFactory(meeting=meeting, member__name="Private Person", note="A private note", answer="in_person")
    AccommodationFactory(rsvp=rsvp, need="A private need")
    meeting.facilitators.add(MemberFactory(name="Contract Facilitator", is_facilitator=True))
    MaterialFactory(meeting=meeting, title="Kept back", audience="members", legal_reason="13.43")

    for visitor in (client, sign_in(MemberFactory())):
        for page in ("detail", "rsvp", "calendar"):
            text = visitor.get(reverse(f"meetings:{page}", args=[meeting.slug])).content.decode()
            for private in (
                "Private Person",
                "private note",
                "private need",
                "Contract Facilitator",
                rsvp.member.email,
            ):
                assert private not in text
    public = client.get(meeting.get_absolute_url())
    assert "Kept back" not in public.content.decode()
    assert "4 left of 5" in public.content.decode()
    assert not public.cookies


@pytest.mark.parametrize("item_count", [1, 30])
def test_page_costs_the_same(client, django_assert_num_queries, item_count):
    meeting = MeetingFactory(capacity=50, agenda_public_on=date(2020, 1, 1))
    for _ in range(item_count):
        AgendaItemFactory(meeting=meeting)
        MaterialFactory(meeting=meeting)
        RsvpFactory(meeting=meeting)

    with django_assert_num_queries(6):
        client.get(meeting.get_absolute_url())


def test_agenda_has_computed_times_and_marks_the_open_discussion(client):
    meeting = MeetingFactory(agenda_public_on=date(2020, 1, 1))
    AgendaItemFactory(meeting=meeting, order=1, minutes=45)
    AgendaItemFactory(meeting=meeting, order=2, minutes=15, kind="open_discussion")

    text = client.get(meeting.get_absolute_url()).content.decode()

    assert "10 a.m., 45 minutes" in text
    assert "10:45 a.m., 15 minutes" in text
    assert text.count("Open to everybody") == 1


# --- answers ---------------------------------------------------------------------------------------------------------


def test_member_answers_with_everything(sign_in):
    meeting, member = MeetingFactory(), MemberFactory()
    data = {"answer": "in_person", "need": "Captions", "language": "Hmong", "needs_interpreter": "on", "note": "Hi"}

    response = sign_in(member).post(reverse("meetings:rsvp", args=[meeting.slug]), data)

    row = Rsvp.objects.get()
    assert response.headers["Location"] == meeting.get_absolute_url()
    assert (row.member, row.answer, row.language, row.needs_interpreter, row.note) == (
        member, "in_person", "Hmong", True, "Hi",
    )  # fmt: skip
    assert row.accommodation.need == "Captions"


def test_short_answer_keeps_what_was_asked_for(sign_in):
    meeting, member = MeetingFactory(), MemberFactory()
    actions.rsvp(meeting, member=member, answer="online", details=actions.Details(need="Captions"), now=NOW)

    sign_in(member).post(reverse("meetings:rsvp", args=[meeting.slug]), {"short": "1", "answer": "in_person"})

    row = Rsvp.objects.get()
    assert (row.answer, row.accommodation.state) == ("in_person", "asked")


def test_invalid_answer_shows_the_form_again(sign_in):
    meeting = MeetingFactory(place="")

    response = sign_in(MemberFactory()).post(reverse("meetings:rsvp", args=[meeting.slug]), {"answer": "in_person"})

    assert response.status_code == 422
    assert not Rsvp.objects.exists()


def test_guest_answers_and_confirms_by_post(client, guests):
    meeting = MeetingFactory()
    data = {"name": "Gus", "email": "gus@example.org", "answer": "online", "notice": guests.pk}

    assert client.post(reverse("meetings:rsvp", args=[meeting.slug]), data).status_code == 200
    pending = GuestAnswer.objects.get()
    address = reverse("meetings:guest_confirm", args=[meeting.slug, pending.token])
    assert "Gus" in client.get(address).content.decode()
    assert not Rsvp.objects.exists()

    client.post(address)
    assert (Rsvp.objects.get().guest_email, Rsvp.objects.get().notice) == ("gus@example.org", guests)
    assert client.get(address).status_code == 410
    assert client.post(address).status_code == 410


def test_guest_page_is_the_same_for_a_members_address(client, guests):
    meeting, member = MeetingFactory(), MemberFactory()
    answers = []
    for email in (member.email, "unknown@example.org"):
        data = {"name": "X", "email": email, "answer": "online", "notice": guests.pk}
        answers.append(client.post(reverse("meetings:rsvp", args=[meeting.slug]), data).content)

    assert answers[0] == answers[1]
    assert Delivery.objects.count() == 2


def test_one_connection_sends_only_so_many_guest_mails(client, guests):
    meeting = MeetingFactory()
    for number in range(12):
        data = {"name": "X", "email": f"x{number}@example.org", "answer": "online", "notice": guests.pk}
        response = client.post(reverse("meetings:rsvp", args=[meeting.slug]), data)

    assert response.status_code == 422
    assert Delivery.objects.count() == 10


def test_the_notice_stands_beside_the_guests_form_and_a_newer_one_is_read_before_it_is_sent(client, guests):
    address = reverse("meetings:rsvp", args=[MeetingFactory().slug])
    data = {"name": "Gus", "email": "gus@example.org", "answer": "online", "need": "A ramp", "notice": guests.pk}

    assert guests.why in client.get(address).content.decode()
    newer = ConsentNoticeFactory(key="guest", version=2, why="To keep a place for you, and to count.")
    again = client.post(address, data)

    assert (again.status_code, GuestAnswer.objects.count()) == (422, 0)
    page = again.content.decode()
    assert (newer.why in page, "A ramp" in page, f'name="notice" value="{newer.pk}"' in page) == (True, True, True)


def test_without_a_notice_in_force_the_guests_form_is_closed(client, guests):
    address = reverse("meetings:rsvp", args=[MeetingFactory().slug])
    guests.delete()

    page = client.get(address).content.decode()
    sent = client.post(address, {"name": "Gus", "email": "gus@example.org", "answer": "online"})

    assert ("This form is closed for now" in page, 'name="email"' in page) == (True, False)
    assert (sent.status_code, GuestAnswer.objects.count()) == (422, 0)


def test_link_in_a_mail_shows_on_get_and_decides_on_post(client):
    meeting, member = MeetingFactory(), MemberFactory(name="Ana Private")
    address = path_of(member_answer_url(meeting, member))

    page = client.get(address + "?answer=no")
    assert page.status_code == 200
    assert "Ana Private" not in page.content.decode()
    assert not Rsvp.objects.exists()

    client.post(address, {"answer": "online"})
    assert Rsvp.objects.get().member == member
    assert client.post(address, {"answer": "perhaps"}).status_code == 404


def test_link_of_a_guest_changes_that_guests_answer_only(client):
    meeting = MeetingFactory()
    row = RsvpFactory(meeting=meeting, member=None, guest_name="Gus", guest_email="gus@example.org")
    other = RsvpFactory(meeting=meeting)

    client.post(path_of(answer_url(row)), {"answer": "no"})

    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.answer, row.guest_name, other.answer) == ("no", "Gus", "online")


def test_link_shows_a_guest_how_to_join_but_a_member_signs_in_for_that(client):
    meeting, member = MeetingFactory(), MemberFactory()
    RsvpFactory(meeting=meeting, member=member)
    guest = RsvpFactory(meeting=meeting, member=None, guest_name="Gus", guest_email="gus@example.org")

    with time_machine.travel(meeting.starts_at - timedelta(minutes=5), tick=False):
        by_member = client.get(path_of(member_answer_url(meeting, member))).content.decode()
        by_guest = client.get(path_of(answer_url(guest))).content.decode()

    assert (meeting.join_url in by_member, meeting.join_url in by_guest) == (False, True)


def test_link_of_another_meeting_or_forged_is_nothing(client):
    first, second, member = MeetingFactory(), MeetingFactory(), MemberFactory()
    token = member_answer_url(first, member).rstrip("/").rsplit("/", 1)[1]

    for slug, used in ((second.slug, token), (first.slug, token[:-2] + "xx"), (first.slug, "x")):
        assert client.get(reverse("meetings:answer_by_link", args=[slug, used])).status_code == 404


# --- calendars -------------------------------------------------------------------------------------------------------


def test_public_feed_has_published_and_cancelled_meetings_and_nobody(client):
    meeting = MeetingFactory(sequence=2)
    cancelled = MeetingFactory(state="cancelled")
    MeetingFactory(state="draft")
    RsvpFactory(meeting=meeting)

    response = client.get("/meetings/calendar.ics")

    calendar = icalendar.Calendar.from_ical(response.content)
    events = {str(event["uid"]): event for event in calendar.walk("VEVENT")}
    assert events.keys() == {meeting.uid, cancelled.uid}
    assert (events[meeting.uid]["sequence"], events[cancelled.uid]["status"]) == (2, "CANCELLED")
    assert calendar["method"] == "PUBLISH"
    for private in (b"ATTENDEE", b"ORGANIZER", b"secret-room"):
        assert private not in response.content


@pytest.mark.parametrize("item_count", [1, 30])
def test_feeds_cost_the_same(client, django_assert_num_queries, item_count):
    member = MemberFactory()
    feed = actions.replace_feed(member, now=NOW)
    for _ in range(item_count):
        RsvpFactory(member=member)

    with django_assert_num_queries(1):
        client.get("/meetings/calendar.ics")
    with django_assert_num_queries(2):
        client.get(f"/calendar/{feed.token}.ics")


def test_personal_feed_has_my_meetings_and_can_be_taken_away(client, sign_in):
    member = MemberFactory()
    mine = RsvpFactory(member=member, sequence=2, meeting__sequence=1).meeting
    RsvpFactory(member=member, answer="no")
    RsvpFactory()

    sign_in(member).post(reverse("meetings:my_calendar"))
    old = CalendarFeed.objects.get().token
    response = client.get(f"/calendar/{old}.ics")
    [event] = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    assert (str(event["uid"]), event["sequence"]) == (mine.uid, 3)
    assert b"ATTENDEE" not in response.content
    assert "private" in response.headers["Cache-Control"]

    sign_in(member).post(reverse("meetings:my_calendar"))
    assert client.get(f"/calendar/{old}.ics").status_code == 404
    new = CalendarFeed.objects.get().token
    sign_in(member).post(reverse("meetings:my_calendar"), {"revoke": "1"})
    assert client.get(f"/calendar/{new}.ics").status_code == 404


# --- check-in, work, papers ------------------------------------------------------------------------------------------


def test_check_in_shows_on_get_and_records_on_post(client, sign_in):
    meeting, member = MeetingFactory(), MemberFactory()
    address = reverse("meetings:checkin_code", args=[meeting.slug, meeting.checkin_code])
    assert client.get(address).status_code == 200

    with time_machine.travel(meeting.starts_at, tick=False):
        visitor = sign_in(member)
        assert meeting.checkin_code in visitor.get(address).content.decode()
        assert not Attendance.objects.exists()
        typed = reverse("meetings:checkin", args=[meeting.slug])
        assert visitor.post(typed, {"code": "WRONG"}).status_code == 422
        assert visitor.post(typed, {"code": meeting.checkin_code}).status_code == 302

    assert Attendance.objects.get().member == member


def test_code_is_on_no_public_page(client, sign_in):
    meeting = MeetingFactory(checkin_code="ZZTOP9")

    with time_machine.travel(meeting.starts_at, tick=False):
        for visitor in (client, sign_in(RsvpFactory(meeting=meeting).member)):
            assert "ZZTOP9" not in visitor.get(meeting.get_absolute_url()).content.decode()


def test_work_is_marked_by_post(sign_in):
    work, member = MeetingWorkFactory(), MembershipPeriodFactory().member
    address = reverse("meetings:work", args=[work.meeting.slug, work.pk])

    assert sign_in(member).get(address).status_code == 405
    sign_in(member).post(address, {"done": "1"})
    assert list(work.done_by.all()) == [member]
    sign_in(member).post(address, {"done": "0"})
    assert not work.done_by.exists()


def test_material_is_an_attachment_typed_by_its_content(client, sign_in):
    row = MaterialFactory(title="../The <gap> list", url="", file=ContentFile(b"%PDF-1.7 x", name="evil.html"))
    address = reverse("meetings:material", args=[row.meeting.slug, row.pk])

    response = client.get(address)

    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="the-gap-list.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert b"".join(response.streaming_content) == b"%PDF-1.7 x"


def test_material_for_members_is_for_members(client, sign_in):
    row = MaterialFactory(audience="members", legal_reason="13.43", url="", file=ContentFile(b"%PDF-1", name="a.pdf"))
    address = reverse("meetings:material", args=[row.meeting.slug, row.pk])

    assert client.get(address).status_code == 404
    response = sign_in(MemberFactory()).get(address)
    assert response.status_code == 200
    assert "private" in response.headers["Cache-Control"]
    response.close()


def test_page_in_disguise_is_not_served(client):
    row = MaterialFactory(url="", file=ContentFile(b"  <script>alert(1)</script>", name="a.pdf"))

    assert client.get(reverse("meetings:material", args=[row.meeting.slug, row.pk])).status_code == 404


@pytest.mark.parametrize("page", ["summary", "summary_pdf"])
def test_unpublished_summary_does_not_exist(client, page):
    summary = SummaryFactory()

    assert client.get(reverse(f"meetings:{page}", args=[summary.meeting.slug])).status_code == 404


def test_summary_is_a_page_and_a_tagged_pdf(client, settings):
    body = "# Gaps\n\nWe *agreed* on **three**. #let x = 1\n\n- one\n- two\n\n<script>alert(1)</script>\n\n| A | B |\n|---|---|\n| 1 | 2 |"
    summary = SummaryFactory(body=body, published_at=NOW)
    AgendaItemFactory(meeting=summary.meeting, title="Housing")

    page = client.get(reverse("meetings:summary", args=[summary.meeting.slug])).content.decode()
    response = client.get(reverse("meetings:summary_pdf", args=[summary.meeting.slug]))

    assert "<em>agreed</em>" in page
    assert "<script>alert" not in page
    assert response.headers["Content-Type"] == "application/pdf"
    reader = pypdf.PdfReader(io.BytesIO(response.content))
    text = " ".join("".join(sheet.extract_text() for sheet in reader.pages).split())
    root = reader.trailer["/Root"]
    assert reader.metadata.title == f"Summary: {summary.meeting.title}, {summary.meeting.date_text}"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    for words in ("We agreed on three. #let x = 1", "Housing", settings.COMMUNITY["accessible_formats"][:40]):
        assert words in text
