from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps

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


@pytest.mark.parametrize(("second", "hour"), [(False, 6), (True, 7)])
def test_of_a_time_that_comes_twice_either_may_be_meant(second, hour):
    found = recurrence.from_wall_clock(datetime(2026, 11, 1, 1, 30), CHICAGO, second=second)

    assert found == datetime(2026, 11, 1, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize("second", [False, True])
def test_choice_between_two_opens_no_gap(second):
    with pytest.raises(recurrence.NoSuchTime):
        recurrence.from_wall_clock(datetime(2027, 3, 14, 2, 30), CHICAGO, second=second)


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


@pytest.mark.django_db
def test_longer_series_goes_on_from_its_last_meeting_under_the_cadence_of_today():
    series = SeriesFactory(cadence=Cadence.QUARTERLY_AFTER_THREE, meetings_planned=4)
    plan_series(series)
    series.cadence, series.meetings_planned = Cadence.MONTHLY, 6
    series.save()

    new = plan_series(series)

    assert [(meeting.number, meeting.held_on) for meeting in new] == [(5, date(2027, 7, 21)), (6, date(2027, 8, 18))]
    assert series.meetings.count() == 6


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["America/Denver", "America/Phoenix", "UTC"])
def test_series_in_another_zone_keeps_that_zones_clock(zone):
    planned = plan_series(SeriesFactory(zone=zone, cadence=Cadence.MONTHLY, meetings_planned=12))

    assert {meeting.local_start.strftime("%H:%M %a") for meeting in planned} == {"10:00 Wed"}
    assert len({meeting.starts_at.hour for meeting in planned}) == (2 if zone == "America/Denver" else 1)


def test_fifth_weekday_of_a_leap_year():
    assert recurrence.dates(date(2028, 2, 29), Cadence.MONTHLY, 3) == [
        date(2028, 2, 29), date(2028, 3, 28), date(2028, 4, 25),
    ]  # fmt: skip


@pytest.mark.django_db
def test_meetings_from_before_numbers_get_theirs_by_the_day_in_their_address():
    series = SeriesFactory(meetings_planned=3)
    first, second, third = plan_series(series)
    Meeting.objects.update(number=None, planned_start=None)
    Meeting.objects.filter(pk=first.pk).update(
        starts_at=third.starts_at + timedelta(days=1), ends_at=third.ends_at + timedelta(days=1)
    )

    import_module("meetings.migrations.0008_number_the_meetings_of_series").number_them(apps, None)

    rows = Meeting.objects.order_by("number").values_list("number", "pk", "planned_start")
    assert list(rows) == [(n + 1, row.pk, row.planned_start) for n, row in enumerate([first, second, third])]
