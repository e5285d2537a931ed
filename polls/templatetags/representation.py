"""The published table on pages of apps below, which may not know that polls exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings

from polls.representation import representation

if TYPE_CHECKING:
    from meetings.models import Meeting

register = template.Library()


@register.inclusion_tag("polls/_representation.html")
def representation_table(meeting: Meeting) -> dict[str, Any]:
    """Heading, table and download of the meeting's published category poll; nothing while there is none."""
    table = representation(meeting, full=False, threshold=settings.SMALL_CELL_THRESHOLD)
    return {"table": table, "meeting": meeting}
