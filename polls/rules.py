"""Who may run a poll, answer it, and read its table whole. Nothing here writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meetings.enums import AttendanceRole
from meetings.rules import role_of
from polls.enums import POLL_NEXT, PollKind, PollState

if TYPE_CHECKING:
    from meetings.models import Meeting
    from members.models import Member
    from polls.models import Poll


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
