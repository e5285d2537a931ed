"""Who may run a poll, answer it, and read its table whole. Nothing here writes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from meetings.enums import AttendanceRole
from meetings.rules import gives_input_throughout, role_of
from polls.enums import POLL_NEXT, PollKind, PollState

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.models import AgendaItem, Meeting
    from members.models import Member
    from polls.models import Poll

# Before the start people gather; afterwards a meeting runs over.
ROOM_OPENS_BEFORE = ROOM_STAYS_AFTER = timedelta(minutes=60)


def room_is_open(meeting: Meeting, now: datetime) -> bool:
    """From an hour before the start until an hour after the end, unless the meeting is cancelled."""
    return meeting.is_published and meeting.starts_at - ROOM_OPENS_BEFORE <= now < meeting.ends_at + ROOM_STAYS_AFTER


def may_give_input(item: AgendaItem | None, level: str | None, *, is_facilitator: bool) -> bool:
    """In the open discussion everybody, with an account or without; at other times full and specialty members.

    What the three levels promise (DHS page of the community): input of public attendees in the open discussion.
    """
    if item is not None and item.is_open_discussion:
        return True
    return gives_input_throughout(level, is_facilitator=is_facilitator)


def can_run_polls(member: Member, meeting: Meeting) -> bool:
    """The facilitators of this very meeting, and staff who have the right."""
    if not member.is_authenticated or not member.is_active:
        return False
    if member.is_staff and member.has_perm("polls.change_poll"):
        return True
    return meeting.facilitators.filter(pk=member.pk).exists()


def can_read_full_table(member: Member) -> bool:
    return member.is_authenticated and member.has_perm("polls.view_full_representation")


def counts_in_a_category(member: Member, poll: Poll) -> bool:
    """Facilitators are in a meeting's total but in no category: asked of the profile, the meeting and the list."""
    if poll.kind != PollKind.CATEGORIES:
        return True
    if role_of(member, poll.meeting) == AttendanceRole.FACILITATOR:
        return False
    return not poll.meeting.attendances.of(member).filter(role=AttendanceRole.FACILITATOR).exists()


def may_follow(state: str, following: str) -> bool:
    return following in POLL_NEXT[PollState(state)]
