from datetime import date

import pytest

from privacy.business_days import add_business_days, holidays, is_business_day

# As the State keeps them: month and day. A star stands for a day kept before or after its own.
KEPT = {
    # Juneteenth and Christmas on Saturdays, Independence Day on a Sunday; New Year's Day of 2022 is kept in 2021.
    2021: "1-1 1-18 2-15 5-31 6-18* 7-5* 9-6 11-11 11-25 11-26 12-24* 12-31*",
    2022: "1-17 2-21 5-30 6-20* 7-4 9-5 11-11 11-24 11-25 12-26*",
    2023: "1-2* 1-16 2-20 5-29 6-19 7-4 9-4 11-10* 11-23 11-24 12-25",
    2026: "1-1 1-19 2-16 5-25 6-19 7-3* 9-7 11-11 11-26 11-27 12-25",
    2027: "1-1 1-18 2-15 5-31 6-18* 7-5* 9-6 11-11 11-25 11-26 12-24* 12-31*",
    2028: "1-17 2-21 5-29 6-19 7-4 9-4 11-10* 11-23 11-24 12-25",  # a leap year
    2029: "1-1 1-15 2-19 5-28 6-19 7-4 9-3 11-12* 11-22 11-23 12-25",
}


@pytest.mark.parametrize("year", KEPT)
def test_holidays_as_they_are_kept(year):
    kept = [date(year, *map(int, day.strip("*").split("-"))) for day in KEPT[year].split()]

    assert sorted(holidays(year)) == kept


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 21), False),
        (date(2026, 10, 12), True),  # Indigenous Peoples Day: no holiday of the executive branch
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
