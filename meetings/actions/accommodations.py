"""What people need to take part: asked, arranged, confirmed by the person; or why not. Somebody owns each request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from cop_portal.errors import Refused
from meetings.actions import letters
from meetings.enums import ACCOMMODATION_NEXT, AccommodationState, Answer
from meetings.models import Accommodation
from meetings.rules import ARRANGES, can_answer_request

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.models import Rsvp
    from members.models import Member


@transaction.atomic
def set_accommodation(
    accommodation: Accommodation, *, state: str, by: Member, now: datetime, answer: str = ""
) -> Accommodation:
    """Move a request on; one that nobody owns becomes theirs who does it first. The person is told that there is news.

    Refuses: ``says_nothing`` (it cannot be provided, and no word why), ``withdrawn`` (the person no longer needs it),
    ``not_next`` (a step that cannot follow: confirmed is what was arranged).
    """
    row = _locked(accommodation)
    answer = answer.strip() or row.answer
    if (row.state, row.answer) == (state, answer):
        return row
    if state != row.state and state not in ACCOMMODATION_NEXT[AccommodationState(row.state)]:
        was, wanted = row.get_state_display().lower(), AccommodationState(state).label.lower()
        raise Refused(f"A request that is “{was}” cannot become “{wanted}” in one step.", code="not_next")
    if state == AccommodationState.CANNOT and not answer:
        raise Refused("Say why it cannot be provided, and what can be done instead.", code="says_nothing")
    row.state, row.answer, row.owner = state, answer, row.owner or by
    row.save(update_fields=["state", "answer", "owner"])
    letters.owe_accommodation_update(row.rsvp, now=now, number=_moment(now))
    return row


@transaction.atomic
def hand_over_accommodation(
    accommodation: Accommodation, *, to: Member, by: Member, now: datetime, seen_owner: Member | None
) -> Accommodation:
    """Make somebody of the meetings staff the owner: oneself, or a colleague. New and former owner are told, not ``by``.

    ``seen_owner``: who owned it when the page was read; of two who take it at once, the second is refused.
    Refuses: ``withdrawn``, ``not_theirs`` (cannot arrange accommodations), ``taken`` (by somebody else meanwhile).
    """
    row = _locked(accommodation)
    if not to.is_active or not to.has_perm(ARRANGES):
        raise Refused(f"{to} does not arrange accommodations.", code="not_theirs")
    former = row.owner
    if former == to:
        return row
    if former != seen_owner:
        raise Refused(f"{former or 'Nobody'} has it by now. Look again before you decide.", code="taken")
    row.owner = to
    row.save(update_fields=["owner"])
    for member in (to, former):
        if member is not None and member != by:
            letters.owe_owner_changed(row, member=member, now=now, number=_moment(now))
    return row


@transaction.atomic
def answer_accommodation(accommodation: Accommodation, *, will_do: bool, words: str = "", now: datetime) -> None:
    """The person says that what is arranged will do, or that it is not enough and why: then it is asked for again.

    The owner hears that there is an answer. The same again is no change.
    Refuses: ``not_now`` (nothing is arranged or refused), ``says_nothing``, ``started``.
    """
    row = _locked(accommodation)
    words = words.strip()
    wanted = AccommodationState.CONFIRMED if will_do else AccommodationState.ASKED
    if (row.state, row.reply) == (wanted, words) or row.state == wanted == AccommodationState.CONFIRMED:
        return
    if now >= row.rsvp.meeting.starts_at:
        raise Refused("The meeting has started. Please speak to the organizers there.", code="started")
    if not can_answer_request(row, will_do=will_do):
        raise Refused("There is nothing to answer: your request is being worked on.", code="not_now")
    if not will_do and not words:
        raise Refused("Please say what is missing, so that we can look for something else.", code="says_nothing")
    row.state, row.reply = wanted, words
    row.save(update_fields=["state", "reply"])
    if not will_do and row.owner is not None:
        letters.owe_request_reply(row, now=now, number=_moment(now))


def keep_accommodation(row: Rsvp, *, need: str | None, now: datetime) -> None:
    """Keep what goes with an answer: asked, asked anew in other words, or no longer needed. ``need`` None: as before."""
    known = Accommodation.objects.filter(rsvp=row).first()
    wanted = need.strip() if need is not None else (known.need if known else "")
    if row.answer == Answer.NO or not wanted:
        if known and known.state != AccommodationState.WITHDRAWN:
            known.state = AccommodationState.WITHDRAWN
            known.save(update_fields=["state"])
        return
    if known is None:
        Accommodation.objects.create(rsvp=row, need=wanted, asked_at=now)
    elif known.need != wanted or known.state == AccommodationState.WITHDRAWN:
        known.need, known.state, known.asked_at = wanted, AccommodationState.ASKED, now
        known.save(update_fields=["need", "state", "asked_at"])


def _locked(accommodation: Accommodation) -> Accommodation:
    rows = Accommodation.objects.select_for_update(of=("self",)).select_related(
        "rsvp__meeting", "rsvp__member", "owner"
    )
    row: Accommodation = rows.get(pk=accommodation.pk)
    if row.state == AccommodationState.WITHDRAWN:
        raise Refused("The person no longer needs this.", code="withdrawn")
    return row


def _moment(now: datetime) -> int:
    return int(now.timestamp())
