"""The tables of a chosen period and what they say together: what the public page and the staff's page both show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.dateparse import parse_date

from meetings.models import Meeting
from members.models import ParticipantCategory
from polls.enums import PollKind
from polls.models import Poll
from polls.representation import representations
from polls.trends import average, over_time, presence

if TYPE_CHECKING:
    from datetime import date

    from django.http import QueryDict

    from polls.models import SavedQuestion
    from polls.querysets import PollQuerySet

MEETINGS = 24  # on one page: the last ones of the period


def chosen_period(asked: QueryDict, *, full: bool) -> dict[str, Any]:
    """Who was represented, from ``since`` to ``until``: both meant and either open; no day at all is as good as open."""
    period = _period(Poll.objects.of_categories(), asked, full=full)
    lived = set(ParticipantCategory.objects.filter(is_lived_experience=True).values_list("pk", flat=True))
    tables = period["tables"]
    said = presence(tables, lived)
    words = [(meeting, word) for (meeting, _), word in zip(tables, said, strict=True)] if lived else []
    return {**period, "presence": words, "threshold": settings.SMALL_CELL_THRESHOLD}


def same_question_in(saved: SavedQuestion, asked: QueryDict) -> dict[str, Any]:
    """What the same words were answered with, meeting after meeting, as everybody reads it."""
    period = _period(Poll.objects.filter(saved=saved), asked, full=False)
    is_scale = saved.kind == PollKind.SCALE
    averages = [(meeting, average(table)) for meeting, table in period["tables"]] if is_scale else []
    return {**period, "saved": saved, "averages": averages}


def _period(polls: PollQuerySet, asked: QueryDict, *, full: bool) -> dict[str, Any]:
    since, until = _day(asked.get("since", "")), _day(asked.get("until", ""))
    polls = polls.published().filter(meeting__in=Meeting.objects.public()).select_related("meeting")
    if since:
        polls = polls.filter(meeting__starts_at__date__gte=since)
    if until:
        polls = polls.filter(meeting__starts_at__date__lte=until)
    newest = list(polls.order_by("-meeting__starts_at", "-opened_at", "-pk")[: MEETINGS + 1])
    meetings = {poll.pk: poll.meeting for poll in newest[:MEETINGS]}
    found = representations(list(reversed(newest[:MEETINGS])), full=full, threshold=settings.SMALL_CELL_THRESHOLD)
    tables = [(meetings[table.poll_id], table) for table in found]
    return {
        "since": since,
        "until": until,
        "are_more": len(newest) > MEETINGS,
        "most": MEETINGS,
        "tables": tables,
        "lines": over_time(tables),
    }


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
