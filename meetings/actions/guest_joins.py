"""Guests who become members: what they answered as a guest is theirs from then on, and never there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Lower

from meetings.actions import letters
from meetings.actions.accommodations import keep_accommodation
from meetings.actions.seats import lock_meeting, promote, waiting_position
from meetings.enums import AccommodationState, Answer
from meetings.models import Accommodation, Rsvp
from meetings.rules import has_place
from members.models import Member
from privacy.disposal import no_new_holds, not_held

if TYPE_CHECKING:
    from datetime import datetime


def join_guest_answers(*, now: datetime) -> int:
    """Give each guest's answer to the member whose proved address it bears; returns how many.

    By the clock and not by whoever joins, so that joining takes as long for a guest's address as for any other. One
    transaction for each; a second run finds nothing. Refuses nothing.
    """
    owners = Member.objects.active().annotate(address=Lower("email")).filter(address=Lower(OuterRef("guest_email")))
    guests = Rsvp.objects.filter(member__isnull=True, guest_email__gt="")
    found = guests.annotate(owner=Subquery(owners.values("pk")[:1])).filter(owner__isnull=False)
    return sum(_join(*ids, now=now) for ids in list(found.values_list("pk", "meeting", "owner")))


@transaction.atomic
def _join(pk: int, meeting_pk: int, member_pk: int, *, now: datetime) -> bool:
    meeting = lock_meeting(meeting_pk)
    guest = meeting.rsvps.filter(pk=pk, member__isnull=True).first()
    member = Member.objects.active().filter(pk=member_pk).first()
    if guest is None or member is None or guest.guest_email.lower() != (member.email or "").lower():
        return False  # meanwhile done, or no longer so
    own = meeting.rsvps.of(member).first()
    if own is None:
        adopt(guest, member)
        guest.save()
        return True
    no_new_holds()
    if not not_held(Rsvp.objects.filter(pk=pk), kind="rsvps", member=["member"], meeting=["meeting"]).exists():
        return False
    guest.meeting = own.meeting = meeting
    _merge(own, guest, now=now)
    return True


def adopt(row: Rsvp, member: Member) -> None:
    """Make a guest's answer the member's. The caller saves it. The notice that was read then stays with it."""
    row.member = member
    row.guest_name = row.guest_email = row.guest_phone = row.to_tell = ""


def _merge(own: Rsvp, guest: Rsvp, *, now: datetime) -> None:
    """Two answers of one person become one: the last counts, and nothing that either of them had is lost by it."""
    before = (own.answer, has_place(own))
    had_place = has_place(own) or has_place(guest)
    last, first = (own, guest) if own.answered_at >= guest.answered_at else (guest, own)
    own.waiting_since, own.offered_until = _best_place([row for row in (last, first) if row.answer == last.answer])
    own.answer, own.answered_at = last.answer, last.answered_at
    own.language, own.note = last.language or first.language, last.note or first.note
    own.needs_interpreter = last.needs_interpreter or first.needs_interpreter
    own.sequence = max(own.sequence, guest.sequence) + 1
    _merge_requests(own, guest)
    guest.delete()
    own.save()
    keep_accommodation(own, need=None, now=now)
    promote(own.meeting, now=now)
    if own.meeting.is_published and now < own.meeting.starts_at and before != (own.answer, has_place(own)):
        letters.owe_answer(own, now=now, had_place=had_place, position=waiting_position(own))


def _best_place(rows: list[Rsvp]) -> tuple[datetime | None, datetime | None]:
    """(waiting since, offered until) of the better of the places: a seat, a seat on offer, the earlier in line."""
    if any(row.answer != Answer.IN_PERSON or not row.is_waiting for row in rows):
        return None, None
    row = min(rows, key=lambda row: (not row.is_offered, row.waiting_since))
    return row.waiting_since, row.offered_until


def _merge_requests(own: Rsvp, guest: Rsvp) -> None:
    theirs = Accommodation.objects.filter(rsvp=guest).first()
    kept = Accommodation.objects.filter(rsvp=own).first()
    if theirs is None:
        return
    if kept is None:
        theirs.rsvp = own
        theirs.save(update_fields=["rsvp"])
        return
    if theirs.state != AccommodationState.WITHDRAWN:
        if kept.state == AccommodationState.WITHDRAWN:
            kept.need, kept.state, kept.answer, kept.reply = theirs.need, theirs.state, theirs.answer, theirs.reply
        elif kept.need != theirs.need:
            kept.need, kept.state = f"{kept.need}\n{theirs.need}", AccommodationState.ASKED
        kept.owner, kept.asked_at = kept.owner or theirs.owner, min(kept.asked_at, theirs.asked_at)
        kept.save()
    theirs.delete()
