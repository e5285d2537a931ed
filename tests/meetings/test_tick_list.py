"""The tick list in the staff's room: without script in one post, with it tap by tap; two at once lose nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from meetings.actions import seen_of
from meetings.models import Attendance
from meetings.turnout import turnout
from members.enums import StaffGroup
from privacy.models import SensitiveView
from tests.factories import NOW, AttendanceFactory, MeetingFactory, MemberFactory, RsvpFactory, StaffFactory
from tests.meetings.test_admin import with_rights

pytestmark = pytest.mark.django_db
BEGAN = NOW - timedelta(hours=1)


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


def address_of(meeting, **query):
    return reverse("admin:meetings_meeting_attendance", args=[meeting.pk], query=query)


def shown_by(room, meeting, **query):
    """What the page shows, by name."""
    return {line.name: line for line in room.get(address_of(meeting, **query)).context["lines"]}


def sent(line, **changes):
    """What a browser sends of this line."""
    form = line.form
    values = {
        "present": form.initial["present"], "minutes": form.initial["minutes"],
        "facilitator": form.initial["facilitator"], "seen": form.initial["seen"], **changes,
    }  # fmt: skip
    data = {f"{line.key}-{name}": value for name, value in values.items() if value is not False}
    return {"line": line.key, **data}


def together(*parts):
    data = {}
    for part in parts:
        data |= {**part, "line": [*data.get("line", []), part["line"]]}
    return data


def test_list_is_saved_in_one_post_with_walk_ins_and_guests(room, staff):
    meeting, walk_in = MeetingFactory(starts_at=BEGAN), MemberFactory(name="Walter Walkin")
    going = RsvpFactory(meeting=meeting)
    RsvpFactory(meeting=meeting, member=None, guest_name="Gus <Guest>", guest_email="gus@example.org")

    lines = shown_by(room, meeting)
    assert lines.keys() == {going.member.name, "Gus <Guest>"}
    ticked = [sent(line, present="on", minutes=90) for line in lines.values()]
    assert room.post(address_of(meeting), {**together(*ticked), "guest": "  Dora   Guest "}).status_code == 302
    found = shown_by(room, meeting, q="walter")
    assert [(name, line.is_found) for name, line in found.items()] == [("Walter Walkin", True)]
    room.post(address_of(meeting, q="walter"), sent(found["Walter Walkin"], present="on"))

    rows = {row.name: row for row in Attendance.objects.all()}
    assert rows.keys() == {going.member.name, "Walter Walkin", "Gus <Guest>", "Dora Guest"}
    assert {row.confirmed_by for row in rows.values()} == {staff}
    assert (rows["Gus <Guest>"].minutes, rows["Walter Walkin"].member) == (90, walk_in)


def test_one_tap_saves_that_line_alone(room):
    meeting = MeetingFactory(starts_at=BEGAN)
    first, second = RsvpFactory(meeting=meeting), RsvpFactory(meeting=meeting)
    lines = shown_by(room, meeting)
    data = together(*(sent(line, present="on") for line in lines.values())) | {"only": f"m{second.member_id}"}

    response = room.post(address_of(meeting), data, headers={"HX-Request": "true"})

    assert [row.member for row in Attendance.objects.all()] == [second.member]
    page = response.content.decode()
    assert f'id="line-m{second.member_id}"' in page
    assert f'id="line-m{first.member_id}"' not in page
    assert "Recorded: 1." in page


@pytest.mark.parametrize("script", [False, True], ids=["list", "one tap"])
def test_what_somebody_else_changed_meanwhile_is_shown_and_not_overwritten(room, staff, script):
    meeting = MeetingFactory(starts_at=BEGAN)
    member = RsvpFactory(meeting=meeting).member
    line = shown_by(room, meeting)[member.name]
    row = AttendanceFactory(meeting=meeting, member=member, minutes=45)
    headers = {"HX-Request": "true"} if script else {}

    response = room.post(address_of(meeting), sent(line, present="on", minutes=90), headers=headers)

    row.refresh_from_db()
    assert row.minutes == 45
    assert f"45 minutes, participant, confirmed by <bdi>{row.confirmed_by}</bdi>" in response.content.decode()
    if not script:  # it stands as it was typed, and sent once more it counts
        [again] = response.context["lines"]
        assert (response.status_code, again.form["minutes"].value()) == (422, "90")
        data = sent(line, present="on", minutes=90, seen=again.form["seen"].value())
        assert room.post(address_of(meeting), data).status_code == 302
        row.refresh_from_db()
        assert (row.minutes, row.confirmed_by) == (90, staff)


def test_correction_after_the_meeting_asks_why(room):
    row = AttendanceFactory(meeting=MeetingFactory(starts_at=NOW - timedelta(days=2)))
    line = shown_by(room, row.meeting)[row.name]
    data = sent(line, minutes=30)

    refused = room.post(address_of(row.meeting), data)
    assert (refused.status_code, bool(refused.context["why"].errors)) == (422, True)
    assert "Not saved." in room.post(address_of(row.meeting), data, headers={"HX-Request": "true"}).content.decode()
    room.post(address_of(row.meeting), {**data, "reason": "Left early."})

    row.refresh_from_db()
    assert (row.minutes, row.steps[0].reason) == (30, "Left early.")
    listed = room.get(reverse("admin:meetings_attendanceevent_changelist"), {"what": "corrections"})
    assert list(listed.context["cl"].result_list) == [row.steps[0]]


def test_wrong_number_saves_nothing(room):
    meeting = MeetingFactory(starts_at=BEGAN)
    line = shown_by(room, RsvpFactory(meeting=meeting).meeting).popitem()[1]

    response = room.post(address_of(meeting), sent(line, present="on", minutes=0))

    assert response.status_code == 422
    assert not Attendance.objects.exists()


def test_guest_who_is_saved_is_not_sent_again_beside_a_conflict(room):
    meeting = MeetingFactory(starts_at=BEGAN)
    member = RsvpFactory(meeting=meeting).member
    line = shown_by(room, meeting)[member.name]
    AttendanceFactory(meeting=meeting, member=member, minutes=45)

    page = room.post(address_of(meeting), {**sent(line, present="on", minutes=90), "guest": "Zoë O'Neil"})

    assert page.status_code == 422
    assert page.context["guest"]["guest"].value() is None
    assert Attendance.objects.filter(guest_name="Zoë O'Neil").count() == 1


def test_guest_of_a_name_that_is_recorded_is_not_overwritten(room):
    row = AttendanceFactory(meeting=MeetingFactory(starts_at=BEGAN), member=None, guest_name="Gus", minutes=10)

    response = room.post(address_of(row.meeting), {"guest": "GUS"})

    row.refresh_from_db()
    assert (response.status_code, row.minutes, Attendance.objects.count()) == (422, 10, 1)


@pytest.mark.parametrize("number", [1, 30])
def test_page_costs_the_same_for_one_and_for_thirty(room, django_assert_num_queries, number):
    meeting = MeetingFactory(starts_at=BEGAN)
    for _ in range(number):
        AttendanceFactory(meeting=meeting, member=RsvpFactory(meeting=meeting).member)
    room.get(address_of(meeting))

    with django_assert_num_queries(21):
        assert len(room.get(address_of(meeting)).context["lines"]) == number
    assert SensitiveView.objects.filter(count=number).count() == 2


def test_planned_and_actual_are_set_side_by_side():
    meeting = MeetingFactory()
    here = RsvpFactory(meeting=meeting, answer="in_person").member
    RsvpFactory(meeting=meeting, answer="online")
    said_no = RsvpFactory(meeting=meeting, answer="no").member
    RsvpFactory(meeting=meeting, member=None, guest_name="Gus", guest_email="gus@example.org")
    for member in (here, said_no, MemberFactory()):
        AttendanceFactory(meeting=meeting, member=member)
    AttendanceFactory(meeting=meeting, member=None, guest_name="GUS", role="facilitator", confirmed_by=None)

    found = turnout(meeting)

    assert found.lines == [("Yes, in person", 1, 1), ("Yes, online", 2, 1), ("No", 1, 1)]
    assert (found.planned, found.came, found.missing, found.without_answer) == (3, 4, 1, 1)
    assert (found.unconfirmed, found.facilitators) == (1, 1)


def test_a_line_that_nobody_changed_is_the_same():
    assert seen_of(None) == "-"
    assert seen_of(AttendanceFactory(minutes=5)) == "c.5.participant"
    assert seen_of(AttendanceFactory(minutes=5, confirmed_by=None, recorded_by=StaffFactory())) == "u.5.participant"
