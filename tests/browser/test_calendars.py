"""Calendar files read by ical.js, the parser of Thunderbird and of many web calendars, by the files' own zone rules."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from meetings import ical
from tests.calendar_scenes import NOW, STARTS, meetings

pytestmark = pytest.mark.browser

ICAL = (Path(__file__).parent / "vendor" / "ical.min.cjs").read_text()
READ = """text => {
  const ICAL = window.ICAL;
  const calendar = new ICAL.Component(ICAL.parse(text));
  return {
    method: calendar.getFirstPropertyValue("method"),
    // What no zone table of the reader decides: the offsets come from the file.
    zones: calendar.getAllSubcomponents("vtimezone").map(zone => zone.getFirstPropertyValue("tzid")),
    events: calendar.getAllSubcomponents("vevent").map(component => {
      const event = new ICAL.Event(component);
      return {
        uid: event.uid, sequence: event.sequence, summary: event.summary, location: event.location,
        status: component.getFirstPropertyValue("status"),
        start: event.startDate.toUnixTime(), end: event.endDate.toUnixTime(), shown: event.startDate.toString(),
        zone: event.startDate.zone.tzid, isOurs: event.startDate.zone.component !== null,
        attendees: event.attendees.length,
      };
    }),
  };
}"""


@pytest.fixture
def read(chromium):
    """``read(text)``: what ical.js makes of it."""
    page = chromium.new_page()
    page.evaluate(
        f"() => {{ const module = {{exports: {{}}}}, exports = module.exports; {ICAL}\n"
        "window.ICAL = module.exports.default || module.exports; }"
    )
    yield lambda text: page.evaluate(READ, text)
    page.close()


def test_ical_js_reads_the_moments_of_a_feed_on_both_sides_of_both_clock_changes(read):
    found = read(ical.feed([(meeting, 3) for meeting in meetings()], name="Meetings", now=NOW))

    events = found["events"]
    assert [event["start"] for event in events] == [start.timestamp() for start in STARTS]
    assert [event["end"] for event in events] == [(start + timedelta(hours=2)).timestamp() for start in STARTS]
    assert {event["shown"][11:] for event in events} == {"10:00:00"}
    assert {(event["zone"], event["isOurs"]) for event in events} == {("America/Chicago", True)}
    assert (found["method"], found["zones"]) == ("PUBLISH", ["America/Chicago"])
    assert {(event["sequence"], event["attendees"]) for event in events} == {(3, 0)}
    assert events[0]["summary"] == "Full CoP meeting, number 1; with Ana’s news"


def test_ical_js_reads_a_request_its_update_and_its_cancel_as_one_event(read):
    first, later = meetings()[0], meetings()[0]
    later.starts_at, later.ends_at = STARTS[1], STARTS[1] + timedelta(hours=2)
    to = {"address": "ana@example.org", "now": NOW}

    messages = [
        read(ical.invitation(first, sequence=0, **to)),
        read(ical.invitation(later, sequence=1, **to)),
        read(ical.cancellation(later, sequence=2, **to)),
    ]

    assert [message["method"] for message in messages] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [message["events"][0] for message in messages]
    assert {event["uid"] for event in events} == {first.uid}
    assert [(event["sequence"], event["status"]) for event in events] == [
        (0, "CONFIRMED"), (1, "CONFIRMED"), (2, "CANCELLED"),
    ]  # fmt: skip
    assert [datetime.fromtimestamp(event["start"], STARTS[0].tzinfo) for event in events] == [
        STARTS[0],
        *STARTS[1:2] * 2,
    ]


def test_ical_js_would_show_a_zone_that_is_an_hour_off(read):
    """The check can fail: without the rule for summer, noon in March is not what it was."""
    text = ical.feed([(meeting, 0) for meeting in meetings()], name="Meetings", now=NOW)
    broken = text.replace("RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\r\n", "")

    assert broken != text
    starts = [event["start"] for event in read(broken)["events"]]
    assert starts != [start.timestamp() for start in STARTS]
