"""Work around a meeting, and its summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from cop_portal.errors import Refused
from meetings.models import MeetingWork, Summary
from meetings.rules import can_do_work

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member


@transaction.atomic
def mark_work(work: MeetingWork, *, member: Member, done: bool, now: datetime) -> None:
    """Mark a piece of work as done by the member, or as not done after all; twice is once.

    Refuses: ``level`` (work is expected of full and specialty members only).
    """
    if not can_do_work(member.level_on(work.meeting.held_on)):
        raise Refused("This work is for full and specialty members.", code="level")
    if done:
        work.done_by.add(member)
    else:
        work.done_by.remove(member)


@transaction.atomic
def publish_summary(summary: Summary, *, by: Member, now: datetime) -> Summary:
    """Put the summary on the meeting's page and into its PDF. Publishing again changes nothing.

    Refuses: ``not_over`` (the meeting has not ended), ``empty``.
    """
    row = Summary.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=summary.pk)
    if row.published_at is not None:
        return row
    if not row.meeting.is_over(now):
        raise Refused("A summary is published after the meeting.", code="not_over")
    if not row.body.strip():
        raise Refused("The summary is empty.", code="empty")
    row.published_at, row.published_by = now, by
    row.save(update_fields=["published_at", "published_by"])
    return row
