"""Answers that staff enter for somebody: a member, a guest, or a caller without an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from meetings.actions.rsvps import Details, Guest, rsvp
from meetings.models import Rsvp
from members.actions import record
from members.enums import Asked, MemberAct
from members.models import Member
from privacy.actions import notice_read
from privacy.enums import NoticeKey

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.models import Meeting


@transaction.atomic
def answer_for_member(
    meeting: Meeting, *, member: Member, answer: str, details: Details, how: str, by: Member, now: datetime
) -> Rsvp:
    """Save the member's answer at their word; it is in their record who did it. Refuses what ``rsvp`` refuses."""
    row = rsvp(meeting, member=member, answer=answer, details=details, by=by, now=now)
    record(member, MemberAct.ANSWERED, by=by, about=meeting.title, why=f"Asked {Asked(how).label.lower()}", now=now)
    return row


@transaction.atomic
def answer_for_guest(
    meeting: Meeting,
    *,
    guest: Guest,
    answer: str,
    details: Details,
    how: str,
    notice_id: int | None,
    by: Member,
    now: datetime,
) -> Rsvp:
    """Save a guest's answer at their word, by the address or by name and number. A member's address makes it theirs.

    ``notice_id``: the notice that was read to them; it is kept with the answer. With an address they are told by mail.
    Refuses what ``rsvp`` and ``privacy.actions.notice_read`` refuse.
    """
    member = Member.objects.active().filter(email__iexact=guest.email).first() if guest.email else None
    if member is not None:
        return answer_for_member(meeting, member=member, answer=answer, details=details, how=how, by=by, now=now)
    notice = notice_read(NoticeKey.GUEST, notice_id=notice_id)
    row = rsvp(meeting, guest=guest, answer=answer, details=details, by=by, now=now)
    row.notice = notice
    row.save(update_fields=["notice"])
    return row


def told_by_phone(row: Rsvp, *, seen: str) -> bool:
    """Tick off that a caller was told what ``seen`` says; False where there is something newer to tell. Twice is once."""
    return Rsvp.objects.filter(pk=row.pk, to_tell=seen).exclude(to_tell="").update(to_tell="") == 1
