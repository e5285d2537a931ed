"""A meeting's life: planned, published, changed, cancelled. What is published changes in the open."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from cop_portal.errors import Refused
from meetings.actions import changes as told
from meetings.actions import letters
from meetings.actions.rsvps import lock_meeting, promote
from meetings.enums import MEETING_NEXT, MeetingState
from meetings.models import Meeting
from meetings.rules import (
    ON_THE_CALENDAR,
    TOLD,
    TOLD_FIELDS,
    agenda_is_public,
    change_needs_reason,
    facts,
    is_short_notice,
)
from meetings.tokens import new_code

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member


@transaction.atomic
def create(*, slug: str = "", **fields: Any) -> Meeting:
    """Save a draft with its address, its calendar name for life and its check-in code.

    Refuses: ``ends_before_start``.
    """
    meeting = Meeting(uid=f"{uuid.uuid4()}@{settings.MAIL_DOMAIN}", checkin_code=new_code(), **fields)
    _check_order(meeting)
    meeting.slug = _free_slug(slug or f"{slugify(meeting.title)[:60]}-{meeting.held_on.isoformat()}")
    meeting.save()
    return meeting


@transaction.atomic
def publish(meeting: Meeting, *, by: Member, now: datetime, reason: str = "") -> Meeting:
    """Show the meeting to everybody and take answers. A meeting published already stays as it is.

    Within three days of the start a reason is asked for and logged (public notice of a special meeting).
    Refuses: ``cancelled``, ``nowhere`` (no place, no link), ``over``, ``needs_reason``.
    """
    row = lock_meeting(meeting.pk)
    if row.is_published:
        return row
    _check_next(row, MeetingState.PUBLISHED, code="cancelled")
    if not row.place and not row.join_url:
        raise Refused("Say first where the meeting is: a place, a join link or both.", code="nowhere")
    if not row.is_historical:
        if row.is_over(now):
            raise Refused("This meeting is over.", code="over")
        if is_short_notice(row.starts_at, now) and not reason.strip():
            raise Refused(_short_notice_words(), code="needs_reason")
    row.state, row.published_at = MeetingState.PUBLISHED, now
    row.save(update_fields=["state", "published_at"])
    if reason.strip():
        told.log(row, "Published at short notice", reason=reason, by=by, now=now)
    return row


@transaction.atomic
def change(meeting: Meeting, *, changes: dict[str, Any], by: Member, now: datetime, reason: str = "") -> Meeting:
    """Change fields of a meeting. Of a published one: in the public log, and told to those it concerns.

    A new time or place raises SEQUENCE. A new time, place or join link owes everybody who is going or waiting word of it,
    once the editing has come to rest (``tell_changes``). More seats are given to those who wait; fewer take nobody's.
    Refuses: ``cancelled``, ``over`` (time or place), ``ends_before_start``, ``same_time`` (as another of its series),
    ``needs_reason`` (within three days).
    """
    row = lock_meeting(meeting.pk)
    if row.is_cancelled:
        raise Refused("A cancelled meeting stays as it was. Plan a new one.", code="cancelled")
    changes = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if row.is_published and row.is_over(now) and TOLD_FIELDS - {"join_url"} & changes.keys():
        raise Refused("The meeting is over: its time and place stay as they were.", code="over")
    if change_needs_reason(row, changes, now) and not reason.strip():
        raise Refused(_short_notice_words(), code="needs_reason")
    before, started_at, join_url = facts(row), row.starts_at, row.join_url
    for name, value in changes.items():
        setattr(row, name, value)
    _check_order(row)
    _check_free(row)
    if not row.is_published:
        row.save()
        return row
    row.sequence += bool({what for what in ON_THE_CALENDAR if facts(row)[what] != before[what]})
    row.save()
    changed = told.log_differences(row, before, facts(row), by=by, now=now, reason=reason)
    if TOLD & changed and not row.is_over(now):
        told.hold_back(row, started_at=started_at, join_url=join_url, now=now)
    if "capacity" in changes and now < row.starts_at:
        promote(row, now=now)
    return row


@transaction.atomic
def cancel(meeting: Meeting, *, by: Member, now: datetime, reason: str) -> Meeting:
    """Call a published meeting off. It stays visible with its reason; those going or waiting are told (CANCEL).

    Refuses: ``needs_reason``, ``not_published``, ``over``.
    """
    row = lock_meeting(meeting.pk)
    if row.is_cancelled:
        return row
    _check_next(row, MeetingState.CANCELLED, code="not_published")
    if row.is_over(now):
        raise Refused("This meeting is over.", code="over")
    if not reason.strip():
        raise Refused("Say why it is cancelled; people will read it.", code="needs_reason")
    row.state, row.cancel_reason = MeetingState.CANCELLED, reason.strip()
    row.sequence += 1
    row.save(update_fields=["state", "cancel_reason", "sequence"])
    told.log(row, "Cancelled", reason=reason, by=by, now=now)
    told.drop(row)
    letters.owe_cancellation(row, now=now)
    return row


@transaction.atomic
def log_agenda_change(meeting: Meeting, *, before: str, after: str, by: Member, now: datetime) -> None:
    """Put a change of a published meeting's agenda into its log; of one that is still a draft nothing is logged."""
    if meeting.is_published and agenda_is_public(meeting, now) and before != after:
        told.log(meeting, "Agenda", before=before, after=after, by=by, now=now)


def _check_next(meeting: Meeting, state: MeetingState, *, code: str) -> None:
    if state not in MEETING_NEXT[MeetingState(meeting.state)]:
        words = f"A meeting that is {meeting.get_state_display().lower()} cannot become {state.label.lower()}."
        raise Refused(words, code=code)


def _check_order(meeting: Meeting) -> None:
    if meeting.ends_at <= meeting.starts_at:
        raise Refused("The meeting must end after it starts.", code="ends_before_start")


def _check_free(meeting: Meeting) -> None:
    """Two meetings of a series at one time are one too many; a cancelled one leaves its time free."""
    others = Meeting.objects.filter(series=meeting.series_id, starts_at=meeting.starts_at).exclude(pk=meeting.pk)
    if meeting.series_id and others.exclude(state=MeetingState.CANCELLED).exists():
        words = f"Another meeting of this series begins then: {meeting.date_text}. Move or cancel that one first."
        raise Refused(words, code="same_time")


def _short_notice_words() -> str:
    days = settings.CHANGE_NOTICE_DAYS
    return f"Less than {days} days remain until the meeting. Give the reason for the short notice; people will read it."


def _free_slug(wanted: str) -> str:
    """The wanted address, or the next free one with a number."""
    slug, number = wanted[:76], 1
    while Meeting.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{wanted[:76]}-{number}"
    return slug
