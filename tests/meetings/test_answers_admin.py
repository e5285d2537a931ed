"""Staff's pages about who is coming: on behalf of a member, of a guest, of a caller; and the queue of requests."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from meetings import actions
from meetings.models import Rsvp
from members.enums import MemberAct, StaffGroup
from notices.models import Delivery
from privacy.models import SensitiveView
from tests.factories import (
    NOW,
    AccommodationFactory,
    ConsentNoticeFactory,
    MeetingFactory,
    MemberFactory,
    RsvpFactory,
    StaffFactory,
)
from tests.meetings.test_admin import form_data, with_rights

pytestmark = pytest.mark.django_db
DETAILS = {"need": "A ramp", "language": "Hmong", "needs_interpreter": "on", "note": "Calls back", "how": "phone"}
CALLER = {"name": "Gus", "email": "", "phone": "651-555-0100", "answer": "in_person", "told": "on", **DETAILS}


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff():
    return with_rights(StaffGroup.MEETINGS)


@pytest.fixture
def room(staff, sign_in):
    return sign_in(staff)


@pytest.fixture
def notice():
    return ConsentNoticeFactory(key="guest", version=1)


def pages_of(meeting):
    return [reverse(f"admin:meetings_meeting_{name}", args=[meeting.pk]) for name in ("answers", "answer")]


def test_staff_find_a_member_and_answer_with_everything(room, staff):
    meeting, ana = MeetingFactory(), MemberFactory(name="Ana Ortiz")
    answers, answer = pages_of(meeting)

    assert f"{answer}?member={ana.pk}" in room.get(f"{answers}?q=ortiz").content.decode()
    assert room.post(f"{answer}?member={ana.pk}", {"answer": "online", **DETAILS}).status_code == 302

    row, letter, event = Rsvp.objects.get(), Delivery.objects.get(), ana.events.get()
    assert (row.member, row.answer, row.language, row.accommodation.need) == (ana, "online", "Hmong", "A ramp")
    assert (letter.address, "entered this answer for you" in letter.text) == (ana.email, True)
    assert (event.what, event.by) == (MemberAct.ANSWERED, staff)


def test_caller_is_entered_once_and_what_changes_later_is_on_the_list_to_tell(room, notice):
    meeting = MeetingFactory()
    answers, answer = pages_of(meeting)
    data = CALLER | {"notice": notice.pk}

    for _ in range(2):
        assert room.post(answer, data).status_code == 302
    row = Rsvp.objects.get()
    assert (row.name, row.guest_phone, row.notice, row.accommodation.need) == ("Gus", "651-555-0100", notice, "A ramp")
    assert not Delivery.objects.exists()

    actions.cancel(meeting, by=StaffFactory(), reason="Snow", now=NOW)
    assert "The meeting is cancelled." in room.get(answers).content.decode()
    assert list(room.get("/admin/meetings/rsvp/?tell=yes").context["cl"].result_list) == [row]
    room.post(answers, {"told": row.pk, "seen": "Something older."})
    assert Rsvp.objects.to_tell().exists()
    room.post(answers, {"told": row.pk, "seen": "The meeting is cancelled."})
    assert not Rsvp.objects.to_tell().exists()


def test_guest_with_an_address_is_told_by_mail_and_a_members_is_theirs(room, notice):
    meeting, ana = MeetingFactory(), MemberFactory(email="ana@example.org")
    data = CALLER | {"notice": notice.pk, "phone": ""}

    room.post(pages_of(meeting)[1], data | {"email": "gus@example.org"})
    room.post(pages_of(meeting)[1], data | {"email": "Ana@example.org"})

    assert {letter.address for letter in Delivery.objects.all()} == {"gus@example.org", "ana@example.org"}
    assert Rsvp.objects.get(member=ana).guest_name == ""


@pytest.mark.parametrize(
    "wrong", [{"phone": ""}, {"told": ""}, {"name": ""}, {"answer": "perhaps"}, {"notice": 0}], ids=str
)
def test_guest_is_not_entered_without_what_it_takes(room, notice, wrong):
    meeting = MeetingFactory()

    response = room.post(pages_of(meeting)[1], CALLER | {"notice": notice.pk} | wrong)

    assert (response.status_code, "Calls back" in response.content.decode()) == (422, True)
    assert not Rsvp.objects.exists()


def test_guests_answer_is_changed_from_the_list(room, notice):
    row = RsvpFactory(member=None, guest_name="Gus", guest_email="gus@example.org")
    answer = f"{pages_of(row.meeting)[1]}?guest={row.pk}"

    assert answer in room.get(pages_of(row.meeting)[0]).content.decode()
    room.post(answer, {"answer": "no", "how": "phone", "told": "on", "notice": notice.pk})

    assert Rsvp.objects.get().answer == "no"
    assert room.get(f"{pages_of(MeetingFactory())[1]}?guest={row.pk}").status_code == 404


def test_what_the_house_refuses_is_said_and_nothing_is_lost(room):
    meeting, ana = MeetingFactory(starts_at=NOW - timedelta(hours=1)), MemberFactory()

    page = room.post(f"{pages_of(meeting)[1]}?member={ana.pk}", {"answer": "online", **DETAILS})

    assert (page.status_code, "takes no answers" in page.content.decode()) == (422, True)
    assert not Rsvp.objects.exists()


def test_every_look_names_whom_it_showed(room):
    row = RsvpFactory()
    for page in (pages_of(row.meeting)[0], f"{pages_of(row.meeting)[1]}?member={row.member.pk}"):
        room.get(page)

    assert SensitiveView.objects.about([row.member.pk]).count() == 2


def test_too_few_seats_are_said_with_whose_answers_came_last(room):
    meeting = MeetingFactory(capacity=3)
    *_, last = [
        RsvpFactory(meeting=meeting, answer="in_person", answered_at=NOW + timedelta(minutes=n)) for n in range(3)
    ]

    saved = room.post(
        reverse("admin:meetings_meeting_change", args=[meeting.pk]), form_data(meeting, capacity="2"), follow=True
    )

    assert "1 more person has a seat than there are now" in saved.content.decode()
    assert [row.pk for row in room.get(pages_of(meeting)[0]).context["over"]] == [last.pk]
    assert meeting.rsvps.seated().count() == 3


@pytest.mark.parametrize("item_count", [1, 30])
def test_answers_cost_the_same(room, django_assert_num_queries, item_count):
    meeting = MeetingFactory(capacity=100)
    for number in range(item_count):
        AccommodationFactory(rsvp=RsvpFactory(meeting=meeting, answer="in_person"))
        RsvpFactory(meeting=meeting, member=None, guest_name="Gus", guest_phone=str(number))
    room.get(pages_of(meeting)[0])

    with django_assert_num_queries(13):
        room.get(pages_of(meeting)[0])


# --- requests --------------------------------------------------------------------------------------------------------


def test_queue_has_what_is_open_for_meetings_to_come_by_date_and_marks_what_came_late(room, staff):
    later = AccommodationFactory(owner=staff)
    soon = AccommodationFactory(rsvp__meeting__starts_at=NOW + timedelta(days=5))
    AccommodationFactory(rsvp__meeting__starts_at=NOW - timedelta(days=1))
    AccommodationFactory(rsvp__meeting__state="cancelled")
    AccommodationFactory(state="confirmed")

    def listed(state):
        return list(room.get(f"/admin/meetings/accommodation/?state={state}").context["cl"].result_list)

    assert (listed("open"), listed("mine"), listed("nobody")) == ([soon, later], [later], [soon])
    assert room.get("/admin/meetings/accommodation/?state=open").content.decode().count(">Late<") == 1


def test_request_is_taken_from_the_list_and_handed_over_on_its_page(room, staff):
    row, colleague = AccommodationFactory(), with_rights(StaffGroup.MEETINGS)
    page = reverse("admin:meetings_accommodation_change", args=[row.pk])
    room.post("/admin/meetings/accommodation/", {"action": "take", "_selected_action": row.pk})
    row.refresh_from_db()
    assert row.owner == staff

    form = room.get(page).context["adminform"].form
    assert {value for value, _ in form.fields["state"].choices} == {"asked", "arranged", "cannot"}
    assert set(form.fields["owner"].queryset) == {staff, colleague}
    data = {"state": "arranged", "answer": "A ramp at the back", "owner": colleague.pk, "seen_owner": staff.pk}
    assert room.post(page, data).status_code == 302
    row.refresh_from_db()
    assert (row.owner, row.state) == (colleague, "arranged")

    late = room.post(page, {"state": "arranged", "answer": "x", "owner": staff.pk, "seen_owner": staff.pk})
    row.refresh_from_db()
    assert (late.status_code, row.owner) == (302, colleague)
    beaten = room.post(page, {"state": "arranged", "answer": "x", "owner": staff.pk, "seen_owner": ""})
    assert "has it by now" in beaten.content.decode()
