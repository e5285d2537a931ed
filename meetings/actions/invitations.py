"""Telling people that meetings take answers: a notice that is written for staff, and released by somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from cop_portal.errors import Refused
from meetings.rules import can_rsvp
from notices.actions import draft_notice
from notices.enums import NoticeState, Subject
from notices.models import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from meetings.models import Meeting
    from members.models import Member


@transaction.atomic
def draft_invitation(meetings: Sequence[Meeting], *, by: Member, now: datetime) -> Notice:
    """Write the draft of a notice that these meetings take answers, to whoever wants to hear of them.

    Meetings of one workgroup go to those who follow it, all others to those who follow meetings. Nothing is owed: somebody
    else reads and releases it. Refuses: ``nothing``, ``not_open`` (one of them takes no answers), ``drafted`` (the draft
    for just these is still there).
    """
    check_invitable(meetings, now=now)
    title = _title(meetings)
    if Notice.objects.filter(state=NoticeState.DRAFT, title=title).exists():
        raise Refused("A draft for this is waiting already. Ask somebody to read and release it.", code="drafted")
    groups = {meeting.workgroup for meeting in meetings}
    group = groups.pop() if len(groups) == 1 else None
    only = meetings[0] if len(meetings) == 1 else None
    return draft_notice(
        title=title,
        body=_body(meetings),
        subject=group.subject if group else Subject.MEETINGS,
        by=by,
        page=only.get_absolute_url() if only else reverse("meetings:list"),
        meeting=only.pk if only else None,
    )


def check_invitable(meetings: Sequence[Meeting], *, now: datetime) -> None:
    """Refuses: ``nothing``, ``not_open`` (one of them takes no answers)."""
    if not meetings:
        raise Refused("Choose at least one meeting.", code="nothing")
    for meeting in meetings:
        if not can_rsvp(meeting, now):
            words = f"{meeting}, {meeting.date_text}, takes no answers: publish it first, or leave out what has begun."
            raise Refused(words, code="not_open")


def invitations_to(*meetings: Meeting) -> list[Notice]:
    """The notices that lead to the page of one of these meetings, the newest first. One query."""
    here = Q(page__in=[meeting.get_absolute_url() for meeting in meetings])
    for meeting in meetings:
        here |= Q(body__contains=_link_to(meeting))  # one of several that a notice tells of
    return list(Notice.objects.filter(here).select_related("drafted_by", "released_by"))


def tells_of(notice: Notice, meeting: Meeting) -> bool:
    return notice.page == meeting.get_absolute_url() or _link_to(meeting) in notice.body


def _link_to(meeting: Meeting) -> str:
    return f"]({settings.PUBLIC_URL}{meeting.get_absolute_url()})"


def _title(meetings: Sequence[Meeting]) -> str:
    first = meetings[0]
    if len(meetings) == 1:
        return f"You are invited: {first.title}, {first.date_text}"[:160]
    return f"{len(meetings)} meetings from {first.date_text} on: say if you are coming"[:160]


def _body(meetings: Sequence[Meeting]) -> str:
    """Markdown. The join link is not in it: it is shown to those who are going, and to nobody else."""
    parts = ["Hello {name},"]
    one = len(meetings) == 1
    parts.append(f"You are invited to {'this meeting' if one else 'these meetings'}. Everybody may come.")
    for meeting in meetings:
        where = meeting.place_text.replace("\n", " ")
        parts.append(
            f"**[{_plain(meeting.title)}{_link_to(meeting)}**  \n{meeting.date_text}, {meeting.time_text}  \n{_plain(where)}"
        )
        if meeting.purpose:
            parts.append(meeting.purpose.strip())
        if meeting.always_provided:
            parts.append(f"Always provided: {_plain(meeting.always_provided)}")
    parts.append(
        f"Please say on {'its page' if one else 'the page of each'} if you are coming, in person or online, and what you "
        "need to take part. No account is needed. "
        + ("The agenda is there" if one else "Their agendas are there")
        + " a week ahead."
    )
    return "\n\n".join(parts)


def _plain(words: str) -> str:
    """Words as they are, in Markdown; and no placeholder in them."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#{}|~" else sign for sign in words)
