from datetime import date

import pytest

from privacy.business_days import add_business_days, holidays, is_business_day


def test_holidays_of_2027_as_they_are_kept():
    assert sorted(holidays(2027)) == [
        date(2027, 1, 1),  # New Year's Day
        date(2027, 1, 18),  # Martin Luther King Jr.
        date(2027, 2, 15),  # Presidents
        date(2027, 5, 31),  # Memorial Day
        date(2027, 6, 18),  # Juneteenth, a Saturday
        date(2027, 7, 5),  # Independence Day, a Sunday
        date(2027, 9, 6),  # Labor Day
        date(2027, 10, 11),  # Indigenous Peoples
        date(2027, 11, 11),  # Veterans
        date(2027, 11, 25),  # Thanksgiving
        date(2027, 11, 26),  # the day after
        date(2027, 12, 24),  # Christmas, a Saturday
        date(2027, 12, 31),  # New Year's Day of 2028, a Saturday
    ]


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 26), False),
        (date(2026, 11, 27), False),
        (date(2023, 1, 2), False),  # New Year's Day 2023 was a Sunday
        (date(2021, 12, 31), False),  # New Year's Day 2022 was a Saturday
    ],
)
def test_a_business_day_is_neither_weekend_nor_holiday(day, open_):
    assert is_business_day(day) is open_


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        pytest.param(date(2026, 11, 20), 10, date(2026, 12, 8), id="over Thanksgiving and the day after"),
        pytest.param(date(2026, 12, 23), 10, date(2027, 1, 8), id="over Christmas and New Year"),
        pytest.param(date(2027, 3, 6), 1, date(2027, 3, 8), id="from a Saturday"),
        pytest.param(date(2027, 3, 1), 0, date(2027, 3, 1), id="none"),
    ],
)
def test_days_are_counted_from_the_next_one_on(start, days, end):
    assert add_business_days(start, days) == end
