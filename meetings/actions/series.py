"""The meetings of a series: planned by its rule, moved and called off one by one or together."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction

from meetings.actions.planning import create
from meetings.models import Meeting, Series
from meetings.recurrence import occurrences

if TYPE_CHECKING:
    from datetime import datetime


def to_plan(series: Series) -> list[tuple[int, datetime, datetime]]:
    """(number, start, end) of each meeting that the rule gives and that is not planned yet."""
    known = series.meetings.filter(number__isnull=False).order_by("-number").first()
    last = (known.number, known.planned_start or known.starts_at) if known and known.number else None
    return occurrences(series, ZoneInfo(series.zone), last=last)


@transaction.atomic
def plan_series(series: Series) -> list[Meeting]:
    """Plan the meetings of a series that are not planned yet, as drafts; returns the new ones.

    Each has its number, so that one which was moved is not planned again.
    Refuses: nothing; a time that a clock change skips raises ``recurrence.NoSuchTime``, which the form has excluded.
    """
    Series.objects.select_for_update().get(pk=series.pk)
    zone = ZoneInfo(series.zone)
    return [
        create(
            slug=f"{series.slug}-{start.astimezone(zone).date().isoformat()}",
            title=series.title,
            kind=series.kind,
            series=series,
            workgroup=series.workgroup,
            number=number,
            planned_start=start,
            starts_at=start,
            ends_at=end,
            zone=series.zone,
            place=series.place,
            join_url=series.join_url,
            capacity=series.capacity,
        )
        for number, start, end in to_plan(series)
    ]
