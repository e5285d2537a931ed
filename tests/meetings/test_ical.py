from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest

from meetings import actions, ical
from meetings.models import Meeting
from notices.models import Delivery
from tests.factories import MeetingFactory, MemberFactory, StaffFactory

NOW = datetime(2027, 1, 20, 16, 0, tzinfo=UTC)


def a_meeting(start, **fields):
    return Meeting(
        title="Full CoP meeting, with a comma; and more",
        slug="full",
        uid="uid-1@portal.example",
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        place="Room 2370",
        join_url="https://join.example.org/secret-room",
        **fields,
    )


def read(text):
    calendar = icalendar.Calendar.from_ical(text)
    return calendar, calendar.walk("VEVENT")


@pytest.mark.parametrize(
    ("start", "offset"),
    [
        (datetime(2027, 3, 10, 16, 0, tzinfo=UTC), -6),
        (datetime(2027, 3, 17, 15, 0, tzinfo=UTC), -5),
        (datetime(2027, 11, 3, 15, 0, tzinfo=UTC), -5),
        (datetime(2027, 11, 10, 16, 0, tzinfo=UTC), -6),
    ],
    ids=["before spring", "after spring", "before autumn", "after autumn"],
)
def test_round_trip_gives_the_same_moment_on_both_sides_of_a_clock_change(start, offset):
    calendar, [event] = read(ical.feed([(a_meeting(start), 0)], name="All", now=NOW))

    assert event["dtstart"].dt == start
    assert event["dtstart"].params["TZID"] == "America/Chicago"
    assert event["dtstart"].dt.strftime("%H:%M") == "10:00"
    [zone] = calendar.walk("VTIMEZONE")
    # Read by the file's own rules, not by this computer's zone table.
    own = zone.to_tz(lookup_tzid=False)
    assert datetime(start.year, start.month, start.day, 10, tzinfo=own).utcoffset() == timedelta(hours=offset)


def test_zone_is_written_as_yearly_rules_and_never_as_dates():
    text = ical.feed([(a_meeting(NOW), 0)], name="All", now=NOW)

    assert "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3" in text
    assert "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11" in text
    assert "RDATE" not in text


@pytest.mark.parametrize(
    ("zone", "rules"),
    [("America/Phoenix", []), ("Europe/Berlin", ["-1SU", "-1SU"]), ("UTC", [])],
)
def test_other_zones_have_their_own_rules(zone, rules):
    component = ical.timezone_component(zone, 2027)

    assert [part["rrule"]["BYDAY"][0] for part in component.subcomponents if "rrule" in part] == rules


def test_feed_is_a_publication_and_names_nobody():
    text = ical.feed([(a_meeting(NOW), 3)], name="All", now=NOW)
    calendar, [event] = read(text)

    assert calendar["method"] == "PUBLISH"
    assert event["sequence"] == 3
    assert "ATTENDEE" not in text
    assert "ORGANIZER" not in text
    assert "secret-room" not in text


def test_invitation_is_to_one_person_and_has_no_join_link():
    text = ical.invitation(a_meeting(NOW), address="ana@example.org", sequence=2, now=NOW)
    calendar, [event] = read(text)

    assert calendar["method"] == "REQUEST"
    assert str(event["attendee"]) == "mailto:ana@example.org"
    assert event["attendee"].params["PARTSTAT"] == "ACCEPTED"
    assert event["dtstamp"].dt == NOW
    assert str(event["summary"]) == "Full CoP meeting, with a comma; and more"
    assert "secret-room" not in text


def test_cancellation_says_so_under_the_same_name():
    calendar, [event] = read(ical.cancellation(a_meeting(NOW), address="ana@example.org", sequence=5, now=NOW))

    assert calendar["method"] == "CANCEL"
    assert event["status"] == "CANCELLED"
    assert (str(event["uid"]), event["sequence"]) == ("uid-1@portal.example", 5)


@pytest.mark.django_db
def test_messages_keep_the_uid_and_grow_in_sequence(now):
    meeting = MeetingFactory()
    ana, staff = MemberFactory(), StaffFactory()

    actions.rsvp(meeting, member=ana, answer="in_person", now=now)
    Delivery.objects.update(state="sent", sent_at=now)
    actions.change(meeting, changes={"title": "A new title"}, by=staff, now=now)
    actions.change(meeting, changes={"place": "Room 1"}, by=staff, now=now)
    actions.tell_changes(now=now + timedelta(minutes=5))
    actions.rsvp(meeting, member=ana, answer="no", now=now)
    actions.rsvp(meeting, member=ana, answer="online", now=now)
    actions.cancel(meeting, by=staff, now=now, reason="Snow")

    seen = [read(row.calendar) for row in Delivery.objects.order_by("pk")]
    assert [str(calendar["method"]) for calendar, _ in seen] == ["REQUEST", "REQUEST", "CANCEL", "REQUEST", "CANCEL"]
    assert {str(event["uid"]) for _, [event] in seen} == {meeting.uid}
    assert [int(event["sequence"]) for _, [event] in seen] == [0, 1, 2, 3, 4]


def test_a_meeting_whose_hours_are_lost_takes_the_whole_day():
    start = datetime(2022, 9, 14, 5, 0, tzinfo=UTC)
    meeting = a_meeting(start, is_historical=True)
    meeting.ends_at = start + timedelta(hours=23, minutes=59)
    _, [event] = read(ical.feed([(meeting, 0)], name="Meetings", now=NOW))
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2022, 9, 14), date(2022, 9, 15))
