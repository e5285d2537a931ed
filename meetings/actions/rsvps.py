"""Answers to a meeting, and the seats in its room. The meeting's row is the lock that all of them queue at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from cop_portal.errors import Refused
from meetings.actions import letters
from meetings.enums import AccommodationState, Answer
from meetings.models import Accommodation, Meeting, Rsvp
from meetings.rules import has_place, needs_seat
from privacy.actions import require_consent
from privacy.enums import NoticeKey

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member


@dataclass(frozen=True)
class Details:
    """What goes with an answer. ``need`` is an accommodation request; an empty one takes an earlier one back."""

    language: str = ""
    needs_interpreter: bool = False
    note: str = ""
    need: str = ""


def lock_meeting(pk: int) -> Meeting:
    """The meeting's row, held until the transaction ends: seats are counted by one at a time."""
    meeting: Meeting = Meeting.objects.select_for_update(no_key=True).get(pk=pk)
    return meeting


@transaction.atomic
def rsvp(
    meeting: Meeting,
    *,
    answer: str,
    now: datetime,
    member: Member | None = None,
    guest: tuple[str, str] | None = None,
    details: Details | None = None,
    by: Member | None = None,
) -> Rsvp:
    """Save somebody's answer, a member's or a confirmed guest's (name, e-mail); the same answer again is no change.

    In person takes a seat, or the last place in the queue where the room is full; online is never limited. A seat
    given up goes to the first in the queue. ``details``: None leaves what was said before. ``by``: staff, on behalf.
    Owes a letter with the calendar entry (or its CANCEL), and one to whoever moves up.
    Refuses: ``not_open`` (not published, or cancelled), ``started``, ``consent_missing`` (a member's answer, but for a
    no, without agreement to the membership notice in force).
    """
    meeting = lock_meeting(meeting.pk)
    _check_open(meeting, now)
    if member is not None and answer != Answer.NO:
        require_consent(member, key=NoticeKey.MEMBERSHIP, by=by)
    row = _find(meeting, member, guest)
    is_new, had_place, was_waiting = row.pk is None, row.pk is not None and has_place(row), row.is_waiting
    changed = is_new or row.answer != answer
    row.answer = answer
    if changed:
        _take_place(row, now)
        row.sequence += 0 if is_new else 1
        row.answered_at = now
    if details is not None:
        row.language, row.needs_interpreter, row.note = details.language, details.needs_interpreter, details.note
    row.save()
    _keep_accommodation(row, details, now)
    if changed:
        promote(meeting, now=now)
        if has_place(row) or row.is_waiting or had_place or was_waiting:
            letters.owe_answer(row, now=now, had_place=had_place, by_staff=by is not None)
    return row


def promote(meeting: Meeting, *, now: datetime) -> list[Rsvp]:
    """Give free seats to those who wait, first come first; each is owed a letter. The caller holds the meeting.

    Who cannot sign in keeps their place in the queue and gets no seat that nobody would sit on.
    """
    waiting = meeting.rsvps.waiting().exclude(member__is_active=False).select_related("member")
    if meeting.capacity is not None:
        waiting = waiting[: max(meeting.capacity - meeting.rsvps.seated().count(), 0)]
    promoted = list(waiting)
    for row in promoted:
        row.meeting, row.waiting_since = meeting, None
        row.sequence += 1
        row.save(update_fields=["waiting_since", "sequence"])
        letters.owe_promotion(row, now=now)
    return promoted


def waiting_position(row: Rsvp) -> int | None:
    """1 for the next to get a seat; None for somebody who does not wait."""
    if row.waiting_since is None:
        return None
    ahead = Rsvp.objects.waiting().filter(meeting=row.meeting_id, waiting_since__lt=row.waiting_since)
    return ahead.count() + 1


@transaction.atomic
def set_accommodation(
    accommodation: Accommodation, *, state: str, by: Member, now: datetime, answer: str = ""
) -> Accommodation:
    """Move an accommodation request on; whoever does it becomes its owner. The person is told that there is news.

    Refuses: ``says_nothing`` (it cannot be provided, and no word why), ``withdrawn`` (the person no longer needs it).
    """
    row = Accommodation.objects.select_for_update(of=("self",)).select_related("rsvp__meeting").get(pk=accommodation.pk)
    if row.state == AccommodationState.WITHDRAWN:
        raise Refused("The person no longer needs this.", code="withdrawn")
    answer = answer.strip() or row.answer
    if state == AccommodationState.CANNOT and not answer:
        raise Refused("Say why it cannot be provided, and what can be done instead.", code="says_nothing")
    if (row.state, row.answer) == (state, answer):
        return row
    row.state, row.answer, row.owner = state, answer, by
    row.save(update_fields=["state", "answer", "owner"])
    letters.owe_accommodation_update(row.rsvp, now=now, number=int(now.timestamp()))
    return row


def _check_open(meeting: Meeting, now: datetime) -> None:
    if not meeting.is_published:
        raise Refused("This meeting takes no answers: it is not published, or it was cancelled.", code="not_open")
    if now >= meeting.starts_at:
        raise Refused("This meeting has started; answers were taken until then.", code="started")


def _find(meeting: Meeting, member: Member | None, guest: tuple[str, str] | None) -> Rsvp:
    """The person's row, or a new unsaved one. Looked up under the meeting's lock, so that a double click finds it."""
    rows = meeting.rsvps.select_related("member")
    if member is not None:
        row = rows.filter(member=member).first() or Rsvp(member=member)
    else:
        name, email = guest or ("", "")
        row = rows.filter(guest_email__iexact=email).first() or Rsvp(guest_email=email.lower())
        row.guest_name = name or row.guest_name
    row.meeting = meeting
    return row


def _take_place(row: Rsvp, now: datetime) -> None:
    row.waiting_since = None
    capacity = row.meeting.capacity
    if not needs_seat(row.answer) or capacity is None:
        return
    others = row.meeting.rsvps.exclude(pk=row.pk)
    last = others.waiting().last()
    if last or others.seated().count() >= capacity:
        # The queue is in the order of commit: two clocks may disagree about who came first, the lock does not.
        row.waiting_since = max(now, last.waiting_since + timedelta(microseconds=1)) if last else now


def _keep_accommodation(row: Rsvp, details: Details | None, now: datetime) -> None:
    known = Accommodation.objects.filter(rsvp=row).first()
    need = details.need.strip() if details is not None else (known.need if known else "")
    if row.answer == Answer.NO or not need:
        if known and known.state != AccommodationState.WITHDRAWN:
            known.state = AccommodationState.WITHDRAWN
            known.save(update_fields=["state"])
        return
    if known is None:
        Accommodation.objects.create(rsvp=row, need=need, asked_at=now)
    elif known.need != need or known.state == AccommodationState.WITHDRAWN:
        known.need, known.state, known.asked_at = need, AccommodationState.ASKED, now
        known.save(update_fields=["need", "state", "asked_at"])
