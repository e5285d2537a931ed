"""Guests without an account: an answer counts once the link in the mail is confirmed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from cop_portal.errors import Refused
from meetings.actions.rsvps import Details, Guest, rsvp
from meetings.actions.seats import lock_meeting
from meetings.models import GuestAnswer, Meeting, Rsvp
from meetings.rules import can_rsvp
from meetings.tokens import guest_confirm_url, new_token
from members.models import Member
from notices.actions import owe
from privacy.actions import notice_read
from privacy.disposal import no_new_holds, not_held
from privacy.enums import NoticeKey

if TYPE_CHECKING:
    from datetime import datetime

MAIL_AGAIN_AFTER = timedelta(minutes=30)


@transaction.atomic
def ask_as_guest(
    meeting: Meeting,
    *,
    name: str,
    email: str,
    answer: str,
    details: Details,
    notice_id: int | None = None,
    now: datetime,
) -> GuestAnswer:
    """Keep a guest's answer and owe one mail with the link that confirms it. Takes no seat yet.

    The same address again within half an hour replaces the answer and sends nothing more. It is the same whether the
    address is a member's, a guest's or unknown. ``notice_id``: the notice that stood beside the form; it is kept with the
    answer. Refuses: ``not_open``, and what ``privacy.actions.notice_read`` refuses.
    """
    meeting = lock_meeting(meeting.pk)
    if not can_rsvp(meeting, now):
        raise Refused("This meeting takes no answers any more.", code="not_open")
    notice = notice_read(NoticeKey.GUEST, notice_id=notice_id)
    email = email.strip().lower()
    row = GuestAnswer.objects.filter(meeting=meeting, email=email).first()
    if row is None:
        row = GuestAnswer(meeting=meeting, email=email, token=new_token(), mailed_at=now)
    elif now - row.mailed_at > MAIL_AGAIN_AFTER:
        row.mailed_at = now
    row.meeting, row.name, row.answer, row.asked_at = meeting, name, answer, now
    row.need, row.language = details.need, details.language
    row.needs_interpreter, row.note, row.notice = details.needs_interpreter, details.note, notice
    row.save()
    owe(
        key=f"guest-answer:{row.pk}:{int(row.mailed_at.timestamp())}",
        address=email,
        template="meetings/guest_confirm",
        context={"meeting": meeting, "confirm_url": guest_confirm_url(row)},
        now=now,
    )
    return row


@transaction.atomic
def confirm_guest(answer: GuestAnswer, *, now: datetime) -> Rsvp:
    """Turn a confirmed answer into an RSVP and forget the pending one. Twice is once: the second finds nothing.

    The address of a member makes it that member's answer: opening the link proves the same as a sign-in code.
    Refuses: ``gone`` (confirmed already), and what ``rsvp`` refuses.
    """
    lock_meeting(answer.meeting_id)
    pending = GuestAnswer.objects.filter(pk=answer.pk).select_related("meeting").first()
    if pending is None:
        raise Refused("This answer was confirmed already. The mail you got then has a link to change it.", code="gone")
    member = Member.objects.active().filter(email__iexact=pending.email).first()
    row = rsvp(
        pending.meeting,
        answer=pending.answer,
        member=member,
        guest=None if member else Guest(name=pending.name, email=pending.email),
        details=Details(
            language=pending.language,
            needs_interpreter=pending.needs_interpreter,
            note=pending.note,
            need=pending.need,
        ),
        now=now,
    )
    if member is None:
        row.notice = pending.notice
        row.save(update_fields=["notice"])
    pending.delete()
    return row


@transaction.atomic
def forget_unconfirmed(*, now: datetime) -> int:
    """Delete answers of guests that nobody confirmed before the meeting began. Returns how many.

    Those for a meeting on legal hold, or where the hold is on answers, are kept until it is released.
    """
    no_new_holds()
    over = GuestAnswer.objects.filter(meeting__starts_at__lte=now)
    count, _ = not_held(over, kind="rsvps", meeting=["meeting"]).delete()
    return count
