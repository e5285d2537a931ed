"""Calendar objects: feeds that publish, and messages to one person that ask, change or cancel.

Each carries its own VTIMEZONE whose rules are RRULEs: some clients read only the first value of an RDATE list and are
an hour off for half of the year. Nothing here ever holds a join link.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vRecur, vText

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meetings.models import Meeting

WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def feed(meetings: Iterable[tuple[Meeting, int]], *, name: str, now: datetime) -> str:
    """A PUBLISH calendar of (meeting, sequence) pairs. It names no attendee: whoever has the address reads it."""
    meetings = list(meetings)
    calendar = _calendar("PUBLISH", [meeting for meeting, _ in meetings])
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval;value=duration", "PT1H")
    for meeting, sequence in meetings:
        calendar.add_component(_event(meeting, sequence, now))
    return calendar.to_ical().decode()


def invitation(meeting: Meeting, *, address: str, sequence: int, now: datetime) -> str:
    """A REQUEST to one person who is going. The same UID for life; the sequence grows with each real change."""
    return _message("REQUEST", meeting, address, sequence, now)


def cancellation(meeting: Meeting, *, address: str, sequence: int, now: datetime) -> str:
    """A CANCEL to one person: the meeting is off, or they are not going any more."""
    return _message("CANCEL", meeting, address, sequence, now)


def _message(method: str, meeting: Meeting, address: str, sequence: int, now: datetime) -> str:
    calendar = _calendar(method, [meeting])
    event = _event(meeting, sequence, now)
    if method == "CANCEL":
        event["status"] = vText("CANCELLED")
    organizer = vCalAddress(f"mailto:{settings.COMMUNITY['contact_email']}")
    organizer.params["CN"] = vText(settings.COMMUNITY["name"])
    event["organizer"] = organizer
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params["PARTSTAT"] = vText("DECLINED" if method == "CANCEL" else "ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    event["attendee"] = attendee
    calendar.add_component(event)
    return calendar.to_ical().decode()


def _calendar(method: str, meetings: list[Meeting]) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.MAIL_DOMAIN}//Community portal//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    first_year: dict[str, int] = {}
    for meeting in meetings:
        first_year[meeting.zone] = min(meeting.held_on.year, first_year.get(meeting.zone, 9999))
    for zone, year in sorted(first_year.items()):
        calendar.add_component(timezone_component(zone, year))
    return calendar


def _event(meeting: Meeting, sequence: int, now: datetime) -> Event:
    page = f"{settings.PUBLIC_URL}{meeting.get_absolute_url()}"
    words = f"Agenda, papers and how to join: {page}"
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", sequence)
    event.add("dtstamp", now.astimezone(UTC))
    if meeting.is_dated_only:
        event.add("dtstart", meeting.held_on)
        event.add("dtend", meeting.held_on + timedelta(days=1))
    else:
        event.add("dtstart", meeting.local_start)
        event.add("dtend", meeting.local_end)
    event.add("summary", f"Cancelled: {meeting.title}" if meeting.is_cancelled else meeting.title)
    event.add("location", meeting.place_text)
    event.add("description", f"{meeting.cancel_reason}\n{words}" if meeting.is_cancelled else words)
    event.add("url", page)
    event.add("status", "CANCELLED" if meeting.is_cancelled else "CONFIRMED")
    event.add("class", "PUBLIC")
    return event


def timezone_component(name: str, first_year: int) -> Timezone:
    """The zone's rules as they stand from the year before ``first_year``, written as yearly recurrences."""
    zone, component = ZoneInfo(name), Timezone()
    component.add("tzid", name)
    changes = _changes(zone, first_year - 1)
    for change in changes or [datetime(first_year - 1, 1, 1, tzinfo=UTC)]:
        after = change.astimezone(zone)
        before = (change - timedelta(seconds=1)).astimezone(zone)
        observance = TimezoneDaylight() if after.dst() else TimezoneStandard()
        # An observance begins at the wall-clock time that was shown before it.
        wall_clock = change.astimezone(UTC).replace(tzinfo=None) + (before.utcoffset() or timedelta())
        observance.add("dtstart", wall_clock)
        observance.add("tzoffsetfrom", before.utcoffset())
        observance.add("tzoffsetto", after.utcoffset())
        observance.add("tzname", after.tzname())
        if changes:
            observance.add("rrule", vRecur(freq="YEARLY", bymonth=wall_clock.month, byday=_weekday(wall_clock, zone)))
        component.add_component(observance)
    return component


def _changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """The moments in this year at which clocks in the zone change, to the minute."""
    found = []
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year:
        following = day + timedelta(days=1)
        if day.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            found.append(_narrow(zone, day, following))
        day = following
    return found


def _narrow(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=int((high - low).total_seconds() // 120))
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high


def _weekday(wall_clock: datetime, zone: ZoneInfo) -> str:
    """“2SU” or “-1SU”: counted from the month's end where the next five years say so."""
    day, month = wall_clock.day, wall_clock.month
    name = WEEKDAYS[wall_clock.weekday()]
    nth = (day - 1) // 7
    if day + 7 > monthrange(wall_clock.year, month)[1] and any(
        (moment.day - 1) // 7 != nth
        for year in range(wall_clock.year + 1, wall_clock.year + 6)
        for moment in (change.astimezone(zone) for change in _changes(zone, year))
        if moment.month == month
    ):
        return f"-1{name}"
    return f"{nth + 1}{name}"
