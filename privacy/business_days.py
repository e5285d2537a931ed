"""The working days of the State of Minnesota, by which the law counts its answers (Minn. Stat. 645.44, subd. 5).

The executive branch closes on eleven days: the holidays of that list and the Friday after Thanksgiving, but not
Indigenous Peoples Day, which the same subdivision takes out for it (other branches choose). New Year's Day, Juneteenth,
Independence Day, Veterans Day and Christmas are kept on the Friday before where they fall on a Saturday, and on the
Monday after where they fall on a Sunday.
"""

from datetime import date, timedelta

SATURDAY, SUNDAY = 5, 6
MONDAY, THURSDAY = 0, 3


def holidays(year: int) -> frozenset[date]:
    """The days of this year on which state offices are closed, as they are kept.

    New Year's Day of the year after counts where it is kept on the last day of this one.
    """
    thanksgiving = _nth(year, 11, THURSDAY, 4)
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    kept = [_kept_on(day) for day in [*fixed, date(year + 1, 1, 1)]]
    moving = [
        _nth(year, 1, MONDAY, 3),  # Martin Luther King Jr.
        _nth(year, 2, MONDAY, 3),  # Presidents
        _last_monday_of_may(year),  # Memorial Day
        _nth(year, 9, MONDAY, 1),  # Labor Day
        thanksgiving,
        thanksgiving + timedelta(days=1),
    ]
    return frozenset(day for day in [*kept, *moving] if day.year == year)


def is_business_day(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in holidays(day.year)


def add_business_days(start: date, days: int) -> date:
    """The day on which the last of ``days`` business days after ``start`` falls; the first day does not count."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_business_day(day)
    return day


def _kept_on(day: date) -> date:
    shift = {SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())
