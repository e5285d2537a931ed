"""Answers to a meeting: a member's, a guest's, and those that staff enter for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from cop_portal.errors import Refused
from meetings.actions import letters
from meetings.actions.accommodations import keep_accommodation
from meetings.actions.guest_joins import adopt
from meetings.actions.seats import end_offers, lock_meeting, promote, take_place, waiting_position
from meetings.enums import Answer
from meetings.models import Meeting, Rsvp
from meetings.rules import has_place
from privacy.actions import require_consent
from privacy.enums import NoticeKey

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.querysets import RsvpQuerySet
    from members.models import Member

__all__ = ["Details", "Guest", "lock_meeting", "promote", "rsvp", "waiting_position"]


@dataclass(frozen=True)
class Details:
    """What goes with an answer. ``need`` is an accommodation request; an empty one takes an earlier one back."""

    language: str = ""
    needs_interpreter: bool = False
    note: str = ""
    need: str = ""


@dataclass(frozen=True)
class Guest:
    """Somebody without an account: known by the address, or a caller without one by name and number."""

    name: str = ""
    email: str = ""
    phone: str = ""


@transaction.atomic
def rsvp(
    meeting: Meeting,
    *,
    answer: str,
    now: datetime,
    member: Member | None = None,
    guest: Guest | None = None,
    details: Details | None = None,
    by: Member | None = None,
) -> Rsvp:
    """Save somebody's answer, a member's or a guest's; the same answer again is no change.

    In person takes a seat, or the last place in the line where the room is full; whoever is offered a seat takes it by
    saying once more that they come. Online is never limited; undecided and no hold no seat. A seat given up is offered
    to the first in line. ``details``: None leaves what was said before. ``by``: staff, on behalf.
    Owes a letter with the calendar entry (or its CANCEL), and one to whoever is offered a seat.
    Refuses: ``not_open`` (not published, or cancelled), ``started``, ``consent_missing`` (a member's answer, but for a
    no, without agreement to the membership notice in force).
    """
    meeting = lock_meeting(meeting.pk)
    _check_open(meeting, now)
    if member is not None and answer != Answer.NO:
        require_consent(member, key=NoticeKey.MEMBERSHIP, by=by)
    row = _find(meeting, member, guest)
    end_offers(meeting, now=now, answering=row)
    is_new, had_place, was_waiting = row.pk is None, row.pk is not None and has_place(row), row.is_waiting
    changed = is_new or row.answer != answer or row.is_offered
    takes_offer = row.is_offered and answer == Answer.IN_PERSON
    row.answer = answer
    if changed:
        if takes_offer:  # held for them, however many seats there are by now
            row.waiting_since = row.offered_until = None
        else:
            take_place(row, now=now)
        row.sequence += 0 if is_new else 1
        row.answered_at = now
    if details is not None:
        row.language, row.needs_interpreter, row.note = details.language, details.needs_interpreter, details.note
    row.save()
    keep_accommodation(row, need=None if details is None else details.need, now=now)
    if changed:
        promote(meeting, now=now)
        if has_place(row) or row.is_waiting or had_place or was_waiting:
            position = waiting_position(row)
            letters.owe_answer(row, now=now, had_place=had_place, position=position, by_staff=by is not None)
    return row


def _as_guest(rows: RsvpQuerySet, member: Member) -> Rsvp | None:
    """What the member answered as a guest before; from now on it is theirs."""
    row: Rsvp | None = (
        rows.filter(member__isnull=True, guest_email__iexact=member.email).first() if member.email else None
    )
    if row is not None:
        adopt(row, member)
    return row


def _check_open(meeting: Meeting, now: datetime) -> None:
    if not meeting.is_published:
        raise Refused("This meeting takes no answers: it is not published, or it was cancelled.", code="not_open")
    if now >= meeting.starts_at:
        raise Refused("This meeting has started; answers were taken until then.", code="started")


def _find(meeting: Meeting, member: Member | None, guest: Guest | None) -> Rsvp:
    """The person's row, or a new unsaved one. Looked up under the meeting's lock, so that a double click finds it."""
    rows = meeting.rsvps.select_related("member")
    if member is not None:
        row = rows.filter(member=member).first() or _as_guest(rows, member) or Rsvp(member=member)
    else:
        guest = guest or Guest()
        email, name = guest.email.strip().lower(), guest.name.strip()
        callers = rows.filter(member__isnull=True, guest_email="", guest_name__iexact=name, guest_phone=guest.phone)
        found = rows.filter(guest_email__iexact=email) if email else callers
        row = found.first() or Rsvp(guest_email=email)
        row.guest_name, row.guest_phone = name or row.guest_name, guest.phone or row.guest_phone
    row.meeting = meeting
    return row
