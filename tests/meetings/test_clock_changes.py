"""Reminders and the portal's clock where the clocks change: by the wall for digests, by elapsed time for the link."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from meetings import actions
from notices.models import Delivery
from tests.clock_changes import CHANGES, TwoDays
from tests.factories import MeetingFactory, MembershipPeriodFactory, RsvpFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CHICAGO, DENVER, PHOENIX = (ZoneInfo(name) for name in ("America/Chicago", "America/Denver", "America/Phoenix"))


def ticks(meeting):
    """Each half hour of the six around a week before, a day before, and the start."""
    for days in (7, 1, 0):
        for number in range(-6, 7):
            yield meeting.starts_at - timedelta(days=days) + number * timedelta(minutes=30)


@pytest.mark.parametrize("zone", [CHICAGO, DENVER, PHOENIX], ids=str)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(moment, id=name, marks=[] if name.endswith("2027") else pytest.mark.thorough)
        for name, moment in CHANGES.items()
    ],
)
def test_reminders_come_at_the_hour_of_the_meeting_and_the_link_half_an_hour_before_it(change, zone):
    """On the Monday after the change: the reminder of Sunday 10:00 is not one of 9:00 or 11:00."""
    monday = change.astimezone(CHICAGO).date() + timedelta(days=1)
    start = datetime(monday.year, monday.month, monday.day, 10, tzinfo=zone).astimezone(UTC)
    meeting = MeetingFactory(starts_at=start, zone=str(zone), published_at=start - timedelta(days=40))
    RsvpFactory(meeting=meeting, member=MembershipPeriodFactory().member, answered_at=start - timedelta(days=20))

    for tick in ticks(meeting):
        actions.owe_digests(now=tick)
        actions.owe_join_links(now=tick)

    ten = [datetime(day.year, day.month, day.day, 10, tzinfo=zone) for day in (monday - 7 * DAY, monday - DAY)]
    owed = Delivery.objects.order_by("owed_at").values_list("owed_at", flat=True)
    assert list(owed) == [*ten, start - timedelta(minutes=30)]


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="Only SQLite's own clock can be moved (tests/clock_changes.py)"
)
def test_every_job_of_two_days_around_a_change_is_done_once():
    ran = TwoDays(CHANGES["spring-2027"]).run(timedelta(hours=2))

    assert ran["meetings.remind_missing_agendas"] == ran["meetings.remind_missing_summaries"] == 24
    assert ran["notices.renew_subscriptions"] == ran["members.forget_unconfirmed"] == 2
    assert ran["notices.deliver_due"] == 24
