"""Who looked at whose data: written down with the read, so that there is no page without its line."""

import csv
import io

import pytest
from django.db import connection
from django.urls import reverse

from members.models import Member
from privacy import querysets
from privacy.actions import record_view
from privacy.models import SensitiveView
from tests.factories import (
    AccommodationFactory,
    AttendanceFactory,
    ClaimFactory,
    DeliveryFactory,
    MeetingFactory,
    MemberFactory,
    NoticeFactory,
    RsvpFactory,
    StaffFactory,
    SubscriptionFactory,
)
from tests.members.test_admin import grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(sign_in):
    return sign_in(StaffFactory(name="Ola Owner", is_superuser=True))


def people_of(look):
    return set(look.people.values_list("member", flat=True)) | ({look.subject_id} - {None})


def rsvp_list(member):
    RsvpFactory(member=member)
    return reverse("admin:meetings_rsvp_changelist")


def rsvp_page(member):
    return reverse("admin:meetings_rsvp_change", args=[RsvpFactory(member=member).pk])


def history(member):
    return reverse("admin:members_member_history", args=[member.pk])


def attendance_list(member):
    AttendanceFactory(member=member)
    return reverse("admin:meetings_attendance_changelist")


def answers(member):
    return reverse("admin:meetings_meeting_answers", args=[RsvpFactory(member=member).meeting_id])


def searched(member):
    return reverse("admin:meetings_meeting_answers", args=[MeetingFactory().pk]) + "?q=Seen"


def tick_list(member):
    return reverse("admin:meetings_meeting_attendance", args=[RsvpFactory(member=member).meeting_id])


def needs(member):
    AccommodationFactory(rsvp__member=member)
    return reverse("admin:meetings_accommodation_changelist")


def claims(member):
    ClaimFactory(member=member)
    return reverse("admin:stipends_claim_changelist")


def message(member):
    row = DeliveryFactory(member=member, state="unknown", reason="The connection was lost.")
    return reverse("admin:notices_delivery_decide", args=[row.pk])


def preview(member):
    return reverse("admin:notices_notice_preview", args=[NoticeFactory().pk]) + f"?person={member.email}"


def recipients(member):
    SubscriptionFactory(subscriber__member=member, subscriber__email="")
    return reverse("admin:notices_notice_recipients", args=[NoticeFactory(levels=[]).pk])


PLACES = [rsvp_list, rsvp_page, history, attendance_list, answers, searched, tick_list, needs, claims, message, preview]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_look_says_who_whose_when_and_why(owner, place):
    member = MemberFactory(name="Seen Person", email="seen@example.org")
    address = place(member)

    assert owner.get(address).status_code == 200

    look = SensitiveView.objects.get()
    assert (look.viewer.name, look.group, people_of(look)) == ("Ola Owner", "Administration", {member.pk})
    assert look.why
    assert "Seen" not in look.what + look.why


@pytest.mark.parametrize("place", [*PLACES, recipients], ids=lambda place: place.__name__)
def test_no_log_no_page(owner, place):
    address = place(MemberFactory(name="Seen Person", email="seen@example.org"))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE privacy_sensitiveview RENAME TO taken_away")
    owner.raise_request_exception = False

    response = owner.get(address)

    assert response.status_code == 500
    assert b"Seen Person" not in response.content


def test_those_an_action_asks_about_are_shown_and_written_down(owner):
    chosen = [MemberFactory(), MemberFactory()]

    owner.post(
        reverse("admin:members_member_changelist"),
        {"action": "deactivate", "_selected_action": [member.pk for member in chosen]},
        follow=True,
    )

    look = SensitiveView.objects.get()
    assert (look.what, look.count) == ("before a decision: members", 2)
    assert people_of(look) == {member.pk for member in chosen}


def test_guests_are_counted_though_nobody_knows_who_they_are(owner):
    RsvpFactory(member=None, guest_name="Gus", guest_email="gus@example.org")

    owner.get(reverse("admin:meetings_rsvp_changelist"))

    look = SensitiveView.objects.get()
    assert (look.count, people_of(look)) == (1, set())


def test_no_list_of_names_comes_by_way_of_completion(owner):
    address = reverse("admin:autocomplete")

    response = owner.get(address, {"app_label": "meetings", "model_name": "rsvp", "field_name": "member", "term": "a"})

    assert response.status_code == 403


def test_the_person_is_told_the_group_and_the_work_and_never_a_name(sign_in):
    member, other = MemberFactory(), MemberFactory()
    staff = grant(StaffFactory(name="Nosy Person"), "Meetings")
    RsvpFactory(member=member)
    sign_in(staff).get(reverse("admin:meetings_rsvp_changelist"))

    mine, theirs = (sign_in(person).get("/me/data/").content.decode() for person in (member, other))

    assert "list: RSVPs" in mine
    assert "Meetings" in mine
    assert "preparing a meeting" in mine
    assert "Nosy Person" not in mine
    assert "list: RSVPs" not in theirs


LOOKS = "/admin/privacy/sensitiveview/"


@pytest.fixture
def looks(now):
    """Two who look, two who are seen: one by one and together."""
    first, second = StaffFactory(name="First Viewer"), StaffFactory(name="Second Viewer")
    ada, bea = MemberFactory(name="Ada Seen"), MemberFactory(name="Bea Seen", email="bea@example.org")
    return [
        record_view(first, what="a page", why="work", subject=ada, now=now),
        record_view(second, what="a list", why="work", subjects=[ada.pk, bea.pk], now=now),
        record_view(second, what="a page", why="work", subject=bea, now=now),
    ]


@pytest.mark.parametrize("few", [0, 100])
@pytest.mark.parametrize(
    ("words", "found"),
    [("Ada", [0, 1]), ("bea@EXAMPLE.org", [1, 2]), ("Second", [1, 2]), ("Nobody", []), ("example.org", [])],
)
def test_the_auditor_finds_looks_by_viewer_and_by_subject(sign_in, looks, words, found, few, monkeypatch):
    """The same lines, whether they are few enough to be listed or too many."""
    monkeypatch.setattr(querysets, "FEW", few)

    page = sign_in(grant(StaffFactory(), "Auditor")).get(LOOKS, {"q": words})

    assert set(page.context["cl"].result_list) == {looks[number] for number in found}


def test_the_auditor_filters_by_viewer_kind_and_time(sign_in, looks):
    client = sign_in(grant(StaffFactory(), "Auditor"))

    def shown(**filters):
        return {row.pk for row in client.get(LOOKS, filters).context["cl"].result_list} & {row.pk for row in looks}

    assert shown(viewer=looks[0].viewer_id) == {looks[0].pk}
    assert shown(what="a list") == {looks[1].pk}
    assert shown(viewer="x") == {row.pk for row in looks}
    assert shown(seen_at__lt="2020-01-01 00:00:00+00:00") == set()
    page = client.get(f"{LOOKS}{looks[1].pk}/change/").content.decode()
    assert "Ada Seen, Bea Seen" in page


def test_the_export_is_what_was_filtered_and_a_look_itself(sign_in, looks):
    Member.objects.filter(pk=looks[0].subject_id).update(name="=Eve\r\nFORGED,line <script>")
    auditor = grant(StaffFactory(), "Auditor")
    client = sign_in(auditor)

    text = client.get(reverse("looks_export"), {"what": "a page"}).content.decode("utf-8-sig")

    _header, *lines = csv.reader(io.StringIO(text, newline=""))
    assert [line[4] for line in lines] == ["a page", "a page"]
    assert {line[3] for line in lines} == {"'=Eve\r\nFORGED,line <script>", "Bea Seen"}
    own = SensitiveView.objects.get(viewer=auditor)
    assert (own.what, own.count, people_of(own)) == ("export of looks", 2, {looks[0].subject_id, looks[2].subject_id})
    assert b"<script>FORGED" not in client.get(LOOKS).content


def test_the_export_says_when_it_would_be_too_long(sign_in, looks, monkeypatch):
    monkeypatch.setattr("cop_portal.looks_export.EXPORTED", 2)

    response = sign_in(grant(StaffFactory(), "Auditor")).get(reverse("looks_export"))

    assert response.url.startswith(LOOKS)
    assert not SensitiveView.objects.filter(what="export of looks").exists()
