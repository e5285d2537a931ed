"""Meetings on both sides of both clock changes of 2027, as no database has them: what calendar programs are asked to read."""

from datetime import UTC, datetime, timedelta

from meetings.models import Meeting

NOW = datetime(2027, 1, 20, 16, 0, tzinfo=UTC)
# Ten o'clock in Minnesota, every time: the moment in UTC is an hour off in between.
STARTS = [
    datetime(2027, 3, 10, 16, 0, tzinfo=UTC),
    datetime(2027, 3, 17, 15, 0, tzinfo=UTC),
    datetime(2027, 11, 3, 15, 0, tzinfo=UTC),
    datetime(2027, 11, 10, 16, 0, tzinfo=UTC),
]


def meetings():
    return [
        Meeting(
            title=f"Full CoP meeting, number {number}; with Ana’s news",
            slug=f"full-{number}",
            uid=f"uid-{number}@portal.example",
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            place="Room 2370, St. Paul",
            join_url="https://join.example.org/secret-room",
            state="published",
        )
        for number, start in enumerate(STARTS, 1)
    ]
