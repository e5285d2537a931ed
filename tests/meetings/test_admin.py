import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from meetings.actions import draft_invitation, tell_changes
from meetings.admin.forms import ClockField
from meetings.models import Accommodation, ChangeLogEntry, Duty, Meeting, Series
from members.enums import StaffGroup
from members.rights import RIGHTS
from notices.models import Delivery
from privacy.models import SensitiveView
from tests.factories import (
    NOW,
    AccommodationFactory,
    AgendaItemFactory,
    AttendanceFactory,
    MaterialFactory,
    MeetingFactory,
    MeetingWorkFactory,
    RsvpFactory,
    SeriesFactory,
    StaffFactory,
    SummaryFactory,
    WorkgroupFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


def with_rights(group):
    staff = StaffFactory()
    for name in RIGHTS[group]:
        app, codename = name.split(".")
        staff.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return staff


@pytest.fixture
def staff():
    return with_rights(StaffGroup.MEETINGS)


@pytest.fixture
def room(staff, sign_in):
    return sign_in(staff)


def form_data(meeting=None, **fields):
    """What the change form of a meeting posts, its inlines empty."""
    data = {
        "title": "Full CoP meeting", "kind": "full", "purpose": "", "workgroup": "", "rfp": "",
        "starts_at_0": "2027-02-17", "starts_at_1": "10:00", "ends_at_0": "2027-02-17", "ends_at_1": "12:00",
        "zone": "America/Chicago", "place": "Room 2370, St. Paul", "join_url": "https://join.example.org/secret-room",
        "capacity": "", "always_provided": "", "agenda_public_on": "", "reason": "",
    }  # fmt: skip
    if meeting:
        data |= {"title": meeting.title, "agenda_public_on": meeting.agenda_public_on or ""}
    for prefix in ("agenda_items", "materials", "work", "summary"):
        data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    return {**data, **fields}


def test_meeting_is_created_with_times_in_its_own_zone(room):
    response = room.post(reverse("admin:meetings_meeting_add"), form_data(zone="America/Denver"))

    assert response.status_code == 302, response.context["errors"]
    meeting = Meeting.objects.get()
    assert (meeting.starts_at.hour, meeting.local_start.hour, meeting.zone) == (17, 10, "America/Denver")
    assert (meeting.state, meeting.slug) == ("draft", "full-cop-meeting-2027-02-17")
    assert meeting.uid
    page = room.get(reverse("admin:meetings_meeting_change", args=[meeting.pk])).content.decode()
    assert 'value="10:00:00"' in page


def test_time_that_the_clocks_skip_is_refused_in_words(room):
    data = form_data(starts_at_0="2027-03-14", starts_at_1="2:30", ends_at_0="2027-03-14", ends_at_1="5:00")

    page = room.post(reverse("admin:meetings_meeting_add"), data).content.decode()

    assert "On March 14, 2027 the clocks go forward and skip this time. Choose another." in page
    assert not Meeting.objects.exists()


def test_box_that_is_hidden_has_no_label_that_leads_to_it(room):
    page = room.get(reverse("admin:meetings_meeting_add")).content.decode()

    assert 'name="starts_which"' in page
    assert 'for="id_starts_which"' not in page


@pytest.mark.parametrize(("which", "hour"), [("first", 6), ("second", 7)])
def test_of_a_time_that_comes_twice_the_form_asks_which(room, which, hour):
    data = form_data(starts_at_0="2026-11-01", starts_at_1="1:30", ends_at_0="2026-11-01", ends_at_1="5:00")
    add = reverse("admin:meetings_meeting_add")

    assert 'type="radio" name="starts_which"' not in room.get(add).content.decode()
    asked = room.post(add, data).content.decode()
    assert "On November 1, 2026 the clocks go back and this time comes twice." in asked
    assert 'type="radio" name="starts_which"' in asked
    assert not Meeting.objects.exists()
    room.post(add, {**data, "starts_which": which})

    meeting = Meeting.objects.get()
    assert (meeting.starts_at.hour, meeting.starts_at.minute) == (hour, 30)
    again = room.get(reverse("admin:meetings_meeting_change", args=[meeting.pk])).content.decode()
    assert re.search(rf'name="starts_which" value="{which}"[^>]* checked', again)


@pytest.mark.parametrize(
    ("first_on", "word"), [("2026-12-13", "March 14, 2027"), ("2027-05-02", "November 7, 2027")], ids=["gap", "fold"]
)
def test_series_is_refused_where_one_of_its_times_does_not_exist_or_comes_twice(room, first_on, word):
    data = {
        "title": "Night watch", "slug": "night", "kind": "full", "cadence": "monthly", "first_on": first_on,
        "starts_at": "2:30" if "12" in first_on else "1:30", "minutes": "60", "zone": "America/Chicago",
        "meetings_planned": "8",
    }  # fmt: skip

    page = room.post(reverse("admin:meetings_series_add"), data)

    assert f"On {word} the clocks go" in page.content.decode()
    assert not Series.objects.exists()


def test_edit_of_a_published_meeting_is_logged_and_told(room, staff):
    meeting = MeetingFactory()
    going = RsvpFactory(meeting=meeting)
    address = reverse("admin:meetings_meeting_change", args=[meeting.pk])

    assert (
        room.post(address, form_data(meeting, place="Room 1", starts_at_1="11:00", ends_at_1="13:00")).status_code
        == 302
    )

    meeting.refresh_from_db()
    assert (meeting.place, meeting.local_start.hour, meeting.sequence) == ("Room 1", 11, 1)
    assert {entry.what for entry in ChangeLogEntry.objects.all()} == {"Date and time", "Place"}
    assert ChangeLogEntry.objects.first().changed_by == staff
    tell_changes(now=NOW + timedelta(minutes=5))
    assert Delivery.objects.get().member == going.member


def test_edit_without_a_change_tells_nobody(room):
    meeting = MeetingFactory()
    RsvpFactory(meeting=meeting)

    room.post(reverse("admin:meetings_meeting_change", args=[meeting.pk]), form_data(meeting))

    assert not Delivery.objects.exists()
    assert not ChangeLogEntry.objects.exists()


def test_late_edit_needs_a_reason(room):
    meeting = MeetingFactory(starts_at=NOW + timedelta(days=1))
    address = reverse("admin:meetings_meeting_change", args=[meeting.pk])
    day = meeting.held_on.isoformat()
    late = form_data(meeting, place="Room 1", starts_at_0=day, ends_at_0=day)

    assert "less than three days away" in room.post(address, late).content.decode()
    assert room.post(address, {**late, "reason": "Burst pipe"}).status_code == 302
    assert ChangeLogEntry.objects.get().reason == "Burst pipe"


def test_agenda_that_runs_over_is_saved_with_a_warning_and_its_change_is_logged(room):
    meeting = MeetingFactory(agenda_public_on=NOW.date())
    item = AgendaItemFactory(meeting=meeting, minutes=30, title="Old")
    address = reverse("admin:meetings_meeting_change", args=[meeting.pk])
    line = {
        "agenda_items-TOTAL_FORMS": "1", "agenda_items-INITIAL_FORMS": "1", "agenda_items-0-id": item.pk,
        "agenda_items-0-meeting": meeting.pk, "agenda_items-0-order": "1", "agenda_items-0-title": "New",
        "agenda_items-0-kind": "information",
    }  # fmt: skip

    too_long = room.post(address, form_data(meeting, **line, **{"agenda_items-0-minutes": "121"}), follow=True)
    assert "The agenda takes 121 minutes, and the meeting has 120: it runs over by 1." in too_long.content.decode()
    room.post(address, form_data(meeting, **line, **{"agenda_items-0-minutes": "45"}))

    entry = ChangeLogEntry.objects.get()
    assert (entry.what, entry.before, entry.after) == ("Agenda", "10 a.m. Old", "10 a.m. New")


@pytest.mark.parametrize(("content", "kept"), [(b"%PDF-1.7 x", True), (b"<html>", False)], ids=["pdf", "page"])
def test_upload_is_typed_and_renamed(room, content, kept):
    meeting = MeetingFactory()
    upload = {
        "materials-TOTAL_FORMS": "1", "materials-0-title": "Slides", "materials-0-kind": "slides",
        "materials-0-audience": "public", "materials-0-file": SimpleUploadedFile("../../evil.html", content),
    }  # fmt: skip

    room.post(reverse("admin:meetings_meeting_change", args=[meeting.pk]), form_data(meeting, **upload))

    names = [row.file.name for row in meeting.materials.all()]
    assert len(names) == int(kept)
    assert all("evil" not in name and name.endswith(".pdf") for name in names)


def test_publish_and_cancel_are_shown_before_they_are_done(room):
    meeting = MeetingFactory(state="draft")
    publish, cancel = (reverse(f"admin:meetings_meeting_{name}", args=[meeting.pk]) for name in ("publish", "cancel"))

    assert room.get(publish).status_code == 200
    assert Meeting.objects.get().state == "draft"
    room.post(publish)
    assert Meeting.objects.get().state == "published"
    room.get(cancel)
    room.post(cancel)
    assert Meeting.objects.get().state == "published"
    assert "Cancelled" in room.post(cancel, {"reason": "Snow"}).content.decode()
    assert Meeting.objects.get().state == "published"
    room.post(cancel, {"reason": "Snow", "do": "1"})
    assert Meeting.objects.get().cancel_reason == "Snow"


def test_drafts_are_published_together_after_a_look(room):
    drafts = [MeetingFactory(state="draft") for _ in range(2)]
    late = MeetingFactory(state="draft", starts_at=NOW + timedelta(days=1))
    address = reverse("admin:meetings_meeting_changelist")
    data = {"action": "publish_selected", "_selected_action": [row.pk for row in [*drafts, late]]}

    assert room.post(address, data).status_code == 200
    assert not Meeting.objects.filter(state="published").exists()
    room.post(address, {**data, "confirm": "1"})

    assert set(Meeting.objects.filter(state="published")) == set(drafts)


def test_series_is_planned_after_a_look(room):
    series = SeriesFactory(meetings_planned=4)
    address = reverse("admin:meetings_series_plan", args=[series.pk])

    assert "Wednesday, June 16, 2027" in room.get(address).content.decode()
    assert not Meeting.objects.exists()
    room.post(address)
    room.post(address)
    assert Meeting.objects.filter(series=series, state="draft").count() == 4


def test_requests_are_a_queue_whose_reads_are_recorded(room, staff):
    row = AccommodationFactory()
    AccommodationFactory(state="confirmed")
    listed = reverse("admin:meetings_accommodation_changelist") + "?state=open"

    assert list(room.get(listed).context["cl"].result_list) == [row]
    seen = SensitiveView.objects.get()
    assert (seen.viewer, seen.count, seen.subject) == (staff, 1, None)
    room.get(reverse("admin:meetings_accommodation_change", args=[row.pk]))
    assert SensitiveView.objects.filter(subject=row.rsvp.member).count() == 1

    room.post(listed, {"action": "mark_arranged", "_selected_action": [row.pk]})
    assert Accommodation.objects.get(pk=row.pk).state == "arranged"
    change = reverse("admin:meetings_accommodation_change", args=[row.pk])
    room.post(change, {"state": "cannot", "answer": "No ramp here; we moved to room 2"})
    row.refresh_from_db()
    assert (row.state, row.owner) == ("cannot", staff)


def test_summaries_are_published_by_an_action(room, staff):
    summary = SummaryFactory(meeting=MeetingFactory(starts_at=NOW - timedelta(days=1)))

    room.post(
        reverse("admin:meetings_summary_changelist"),
        {"action": "publish_selected", "_selected_action": [summary.pk], "confirmed": "yes"},
    )

    summary.refresh_from_db()
    assert (summary.published_at, summary.published_by) == (NOW, staff)


def test_what_was_published_cannot_be_deleted(room):
    draft, shown = MeetingFactory(state="draft"), MeetingFactory()

    assert room.post(reverse("admin:meetings_meeting_delete", args=[shown.pk]), {"post": "yes"}).status_code == 403
    room.post(reverse("admin:meetings_meeting_delete", args=[draft.pk]), {"post": "yes"})

    assert list(Meeting.objects.all()) == [shown]


@pytest.mark.parametrize("name", ["publish", "move", "cancel", "carry", "invite", "answers", "answer", "attendance"])
def test_pages_are_for_the_meetings_group(sign_in, name):
    meeting = MeetingFactory()

    for group in (StaffGroup.AUDITOR, StaffGroup.NOTICE_AUTHOR):
        response = sign_in(with_rights(group)).post(reverse(f"admin:meetings_meeting_{name}", args=[meeting.pk]), {})
        assert response.status_code == 403
    meeting.refresh_from_db()
    assert meeting.state == "published"


def test_auditor_does_not_see_what_people_need(sign_in):
    AccommodationFactory()

    response = sign_in(with_rights(StaffGroup.AUDITOR)).get(reverse("admin:meetings_accommodation_changelist"))

    assert response.status_code == 403


MAKERS = {
    "meeting": lambda: MeetingFactory(workgroup=WorkgroupFactory()),
    "rsvp": RsvpFactory,
    "accommodation": AccommodationFactory,
    "attendance": AttendanceFactory,
    "summary": SummaryFactory,
    "series": SeriesFactory,
}


@pytest.mark.parametrize("model", sorted(MAKERS))
def test_staffs_lists_cost_the_same_for_one_and_for_thirty(room, django_assert_num_queries, model):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    address = reverse(f"admin:meetings_{model}_changelist")
    MAKERS[model]()
    room.get(address)
    with CaptureQueriesContext(connection) as one:
        room.get(address)
    for _ in range(29):
        MAKERS[model]()
    with CaptureQueriesContext(connection) as thirty:
        room.get(address)

    assert len(thirty) == len(one)


def test_every_form_of_the_room_opens(room):
    meeting = MeetingFactory()
    AgendaItemFactory(meeting=meeting)
    MaterialFactory(meeting=meeting)
    MeetingWorkFactory(meeting=meeting)
    rows = [meeting, SummaryFactory(), SeriesFactory(), WorkgroupFactory(), RsvpFactory(), AttendanceFactory()]

    for row in rows:
        address = reverse(f"admin:meetings_{row._meta.model_name}_change", args=[row.pk])
        assert room.get(address).status_code == 200


@pytest.mark.parametrize("typed", ["14:30", "14:30:00", "2:30 PM", "2:30pm", "02:30 p.m.", " 2:30 P.M. "])
def test_time_of_day_is_taken_as_people_write_it(room, typed):
    address = reverse("admin:meetings_meeting_add")

    room.post(address, form_data(starts_at_1=typed, ends_at_0="2/17/2027", ends_at_1="4 pm"))

    meeting = Meeting.objects.get()
    assert (f"{meeting.local_start:%H:%M}", f"{meeting.local_end:%H:%M}") == ("14:30", "16:00")


@pytest.mark.parametrize(("typed", "hour"), [("noon", 12), ("midnight", 0), ("12 a.m.", 0), ("12 pm", 12)])
def test_noon_and_midnight_are_told_apart(typed, hour):
    assert ClockField().clean(typed).hour == hour


def test_wrong_day_or_time_is_answered_with_an_example(room):
    page = room.post(reverse("admin:meetings_meeting_add"), form_data(starts_at_0="30/02/2027", ends_at_1="25:00"))

    errors = page.context["adminform"].form.errors
    assert errors["starts_at"] == ["Enter a date such as 2/17/2027 or 2027-02-17."]
    assert errors["ends_at"] == ["Enter a time such as 2:30 PM or 14:30."]
    assert 'value="30/02/2027"' in page.content.decode()


def test_agenda_is_written_down_without_numbers(room):
    meeting = MeetingFactory()
    first = AgendaItemFactory(meeting=meeting, order=4, minutes=10, title="Welcome")
    duty = Duty.objects.create(number=1, text="Find the gaps")
    lines = {"agenda_items-TOTAL_FORMS": "4", "agenda_items-INITIAL_FORMS": "1"}
    for number, (pk, order, title) in enumerate(
        [(first.pk, "4", "Welcome"), ("", "", "O'Brien's talk"), ("", "", "=1+1"), ("", "2", "Earlier")]
    ):
        fields = {
            "id": pk,
            "meeting": meeting.pk,
            "order": order,
            "title": title,
            "kind": "information",
            "minutes": "9",
        }
        lines |= {f"agenda_items-{number}-{name}": value for name, value in fields.items()}
    lines["agenda_items-1-duties"] = [duty.pk]

    room.post(reverse("admin:meetings_meeting_change", args=[meeting.pk]), form_data(meeting, **lines))

    items = list(meeting.agenda_items.values_list("title", "order"))
    assert items == [("Earlier", 2), ("Welcome", 4), ("O'Brien's talk", 5), ("=1+1", 6)]
    assert list(meeting.agenda_items.get(order=5).duties.all()) == [duty]


def test_duties_are_boxes_to_tick(room):
    meeting = AgendaItemFactory().meeting
    Duty.objects.create(number=1, text="Find the gaps")

    page = room.get(reverse("admin:meetings_meeting_change", args=[meeting.pk])).content.decode()

    assert re.search(r'<input type="checkbox" name="agenda_items-0-duties"', page)


@pytest.mark.parametrize(("title", "slug"), [("O'Brien's circle 🐦", "obriens-circle-2"), ("🐦", "series")])
def test_address_of_a_series_is_made_from_its_title(room, title, slug):
    SeriesFactory(slug="obriens-circle")
    data = {
        "title": title, "slug": "", "kind": "full", "cadence": "monthly", "first_on": "3/17/2027", "starts_at": "2 p.m.",
        "minutes": "90", "zone": "America/Chicago", "meetings_planned": "3",
    }  # fmt: skip

    room.post(reverse("admin:meetings_series_add"), data)

    series = Series.objects.get(title=title)
    assert (series.slug, f"{series.starts_at:%H:%M}", series.first_on.isoformat()) == (slug, "14:00", "2027-03-17")


def test_move_warns_of_a_notice_that_still_says_the_old_time(room, staff):
    meeting = MeetingFactory()
    draft_invitation([meeting], by=staff, now=NOW)
    fields = {"starts_at_1": "11:00", "ends_at_1": "13:00"}

    page = room.post(
        reverse("admin:meetings_meeting_change", args=[meeting.pk]), form_data(meeting, **fields), follow=True
    )

    assert "is not sent yet, and says what was before" in page.content.decode()


def test_cancelling_warns_of_a_notice_that_still_invites(room, staff):
    meetings = [MeetingFactory(), MeetingFactory()]
    draft_invitation(meetings, by=staff, now=NOW)
    address = reverse("admin:meetings_meeting_cancel", args=[meetings[1].pk])

    look = room.post(address, {"reason": "Snow"})
    done = room.post(address, {"reason": "Snow", "do": "1", "seen": look.context["seen"]}, follow=True)

    assert "is not sent yet, and says what was before" in done.content.decode()


@pytest.mark.parametrize(
    ("name", "title"),
    [("publish", "Publish"), ("answers", "Answers"), ("attendance", "Attendance"), ("report", "Import a report")],
)
def test_heading_says_which_page_of_the_meeting_it_is(room, name, title):
    meeting = MeetingFactory(title="The talk")

    page = room.get(reverse(f"admin:meetings_meeting_{name}", args=[meeting.pk])).content.decode()

    assert f"<h1>{title}: The talk</h1>" in page
