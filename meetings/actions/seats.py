"""The seats in a room and who is next. The meeting's row is the lock at which everybody queues who touches them.

The rule is in docs/decisions/0013-a-seat-is-offered.md: first come, first served; a seat that becomes free is held for
the first in line until a time, and then for the next.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from meetings.actions import letters
from meetings.enums import Answer
from meetings.models import Meeting, Rsvp
from meetings.rules import needs_seat, offer_ends

if TYPE_CHECKING:
    from datetime import datetime


def lock_meeting(pk: int) -> Meeting:
    """The meeting's row, held until the transaction ends: seats are counted by one at a time."""
    meeting: Meeting = Meeting.objects.select_for_update(no_key=True).get(pk=pk)
    return meeting


def take_place(row: Rsvp, *, now: datetime) -> None:
    """Give the row, which is not saved yet, what its answer asks for: a seat, or the last place in the line."""
    row.waiting_since = row.offered_until = None
    capacity = row.meeting.capacity
    if not needs_seat(row.answer) or capacity is None:
        return
    others = row.meeting.rsvps.exclude(pk=row.pk)
    if others.in_line().exists() or others.holding().count() >= capacity:
        last = others.waiting().last()
        # The line is in the order of commit: two clocks may disagree about who came first, the lock does not.
        row.waiting_since = max(now, last.waiting_since + timedelta(microseconds=1)) if last else now


def promote(meeting: Meeting, *, now: datetime) -> list[Rsvp]:
    """Offer free seats to those in line, first come first, and owe each a letter. The caller holds the meeting.

    Whoever has no address gets the seat at once, and staff tell them: nobody loses a seat by not being called in time.
    So does everybody where the room has no limit any more. Nothing happens once the meeting has begun.
    """
    if not meeting.is_published or now >= meeting.starts_at:
        return []
    if meeting.capacity is None:
        found = meeting.rsvps.filter(waiting_since__isnull=False).exclude(member__is_active=False)
        rows = list(found.order_by("waiting_since", "pk").select_related("member"))
    else:
        free = max(meeting.capacity - meeting.rsvps.holding().count(), 0)
        rows = list(meeting.rsvps.in_line().select_related("member")[:free])
    for row in rows:
        row.meeting = meeting
        row.sequence += 1
        if meeting.capacity is None or not row.address:
            row.waiting_since = row.offered_until = None
            owe: Any = letters.owe_promotion
        else:
            row.offered_until = offer_ends(meeting, now)
            owe = letters.owe_offer
        row.save(update_fields=["waiting_since", "offered_until", "sequence"])
        owe(row, now=now)
    return rows


def end_offers(meeting: Meeting, *, now: datetime, answering: Rsvp | None = None) -> int:
    """End the offers whose time is over and give their seats on; returns how many ended. The caller holds the meeting.

    The person is out of the line and undecided, and is told how to come back. ``answering``: a row whose person answers
    at this moment, late: it is changed in place and gets the letter of its new answer alone.
    """
    over = list(meeting.rsvps.offered().filter(offered_until__lte=now).select_related("member"))
    for found in over:
        row = answering if answering is not None and answering.pk == found.pk else found
        row.meeting = meeting
        row.answer, row.waiting_since, row.offered_until = Answer.UNDECIDED, None, None
        row.sequence += 1
        row.save(update_fields=["answer", "waiting_since", "offered_until", "sequence"])
        if row is not answering and meeting.is_published and now < meeting.starts_at:
            letters.owe_offer_over(row, now=now)
    if over:
        promote(meeting, now=now)
    return len(over)


def pass_on_offers(*, now: datetime) -> int:
    """End every offer whose time is over, one meeting and one transaction at a time; returns how many ended.

    A second run finds nothing, one that was missed is caught up by the next. Refuses nothing.
    """
    due = Meeting.objects.filter(rsvps__offered_until__lte=now).distinct().values_list("pk", flat=True)
    return sum(_end_offers_of(pk, now) for pk in list(due))


@transaction.atomic
def _end_offers_of(pk: int, now: datetime) -> int:
    return end_offers(lock_meeting(pk), now=now)


def database_time() -> datetime:
    """What the database's clock says: of several machines it is the one that all of them can ask."""
    found: datetime | None = Meeting.objects.annotate(db_now=Now()).values_list("db_now", flat=True).first()
    return found or timezone.now()  # without a meeting there is nothing to decide


def waiting_position(row: Rsvp) -> int | None:
    """1 for the next to be offered a seat; None for somebody who is not in line."""
    if row.waiting_since is None or row.is_offered:
        return None
    ahead = Rsvp.objects.waiting().filter(meeting=row.meeting_id, waiting_since__lt=row.waiting_since)
    return ahead.count() + 1
