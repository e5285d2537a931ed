"""The published tables on pages of apps below, which may not know that polls exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings

from polls.other_words import words_beside
from polls.representation import representations

if TYPE_CHECKING:
    from meetings.models import Meeting

register = template.Library()


@register.inclusion_tag("polls/_published.html")
def published_tables(meeting: Meeting) -> dict[str, Any]:
    """Who was represented, and what else the meeting answered, in the order in which it was asked."""
    polls = {poll.pk: poll for poll in meeting.polls.published().select_related("item").order_by("opened_at", "pk")}
    tables = representations(polls.values(), full=False, threshold=settings.SMALL_CELL_THRESHOLD)
    others = [table for table in tables if not table.is_of_categories]
    words = words_beside(others) if others else {}
    return {
        "meeting": meeting,
        "table": next((table for table in tables if table.is_of_categories), None),
        "results": [(polls[table.poll_id], table, words.get(table.poll_id, [])) for table in others],
    }
