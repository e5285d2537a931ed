from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from meetings import recurrence
from meetings.actions import plan_series
from meetings.enums import Cadence
from meetings.models import Meeting
from tests.factories import SeriesFactory

CHICAGO = ZoneInfo("America/Chicago")


def test_dates_are_monthly_three_times_then_quarterly():
    found = recurrence.dates(date(2027, 1, 20), Cadence.QUARTERLY_AFTER_THREE, 6)

    assert found == [
        date(2027, 1, 20), date(2027, 2, 17), date(2027, 3, 17), date(2027, 6, 16), date(2027, 9, 15),
        date(2027, 12, 15),
    ]  # fmt: skip


def test_fifth_weekday_falls_back_to_the_last():
    assert recurrence.dates(date(2027, 3, 31), Cadence.MONTHLY, 3) == [
        date(2027, 3, 31), date(2027, 4, 28), date(2027, 5, 26),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "naive",
    [datetime(2027, 3, 14, 2, 30), datetime(2027, 11, 7, 1, 30)],
    ids=["skipped in spring", "twice in autumn"],
)
def test_time_that_clocks_skip_or_repeat_is_refused(naive):
    with pytest.raises(recurrence.NoSuchTime):
        recurrence.from_wall_clock(naive, CHICAGO)


def test_wall_clock_becomes_utc():
    assert recurrence.from_wall_clock(datetime(2027, 7, 1, 10, 0), CHICAGO) == datetime(2027, 7, 1, 15, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_series_stays_at_ten_across_both_clock_changes():
    series = SeriesFactory(cadence=Cadence.MONTHLY, meetings_planned=18, starts_at=time(10, 0))

    planned = plan_series(series)

    assert {meeting.local_start.strftime("%H:%M %a") for meeting in planned} == {"10:00 Wed"}
    assert {meeting.starts_at.hour for meeting in planned} == {15, 16}
    assert len(planned) == 18
    assert {meeting.minutes for meeting in planned} == {120}


@pytest.mark.django_db
def test_series_planned_twice_is_planned_once_and_a_moved_meeting_stays_moved():
    series = SeriesFactory(meetings_planned=3)
    first = plan_series(series)[0]
    moved = {"starts_at": datetime(2027, 1, 25, 16, 0, tzinfo=UTC), "ends_at": datetime(2027, 1, 25, 18, 0, tzinfo=UTC)}
    Meeting.objects.filter(pk=first.pk).update(**moved)

    again = plan_series(series)

    assert again == []
    assert series.meetings.count() == 3
    assert {meeting.state for meeting in series.meetings.all()} == {"draft"}
    assert len(set(series.meetings.values_list("uid", flat=True))) == 3
