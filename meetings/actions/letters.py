"""What people are told about their place in a meeting. Each letter is owed once, by a key that names its occasion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from meetings import ical
from meetings.enums import Answer
from meetings.rules import has_place
from meetings.tokens import answer_url
from notices.actions import owe
from notices.models import Delivery

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.models import Accommodation, ChangeLogEntry, Meeting, Rsvp
    from members.models import Member


# What staff tell a guest who gave no address.
TO_TELL = {
    "rsvp": "Their answer was changed.",
    "promoted": "A seat in the room became free, and it is theirs.",
    "changed": "Something about the meeting has changed.",
    "cancelled": "The meeting is cancelled.",
    "request_update": "There is an answer to what they asked for.",
}


def owe_answer(
    rsvp: Rsvp, *, now: datetime, had_place: bool, position: int | None = None, by_staff: bool = False
) -> None:
    """After an answer: the place with its calendar entry, the position in the queue, or the end of both."""
    calendar = ""
    if by_staff and not rsvp.address:
        return  # they were there, or on the phone, when it was entered
    if has_place(rsvp):
        calendar = ical.invitation(rsvp.meeting, address=rsvp.address, sequence=_sequence(rsvp), now=now)
    elif had_place:
        calendar = ical.cancellation(rsvp.meeting, address=rsvp.address, sequence=_sequence(rsvp), now=now)
    _owe(rsvp, "rsvp", now=now, calendar=calendar, by_staff=by_staff, position=position)


def owe_offer(rsvp: Rsvp, *, now: datetime) -> None:
    """A seat is held for the person until they answer; the calendar waits until they have."""
    _owe(rsvp, "offered", now=now)


def owe_offer_over(rsvp: Rsvp, *, now: datetime) -> None:
    _owe(rsvp, "offer_over", now=now)


def owe_join_link(rsvp: Rsvp, *, key: str, now: datetime) -> None:
    """The way to join, when it is time: before other mail, for it is of no use later."""
    _owe(rsvp, "join", now=now, key=key, priority=Delivery.URGENT)


def owe_promotion(rsvp: Rsvp, *, now: datetime) -> None:
    calendar = ical.invitation(rsvp.meeting, address=rsvp.address, sequence=_sequence(rsvp), now=now)
    _owe(rsvp, "promoted", now=now, calendar=calendar)


def owe_change(meeting: Meeting, entries: list[ChangeLogEntry], *, now: datetime) -> None:
    """A new time or place: told to everybody who is going or waits for a seat."""
    for rsvp in _concerned(meeting):
        calendar = ""
        if has_place(rsvp):
            calendar = ical.invitation(meeting, address=rsvp.address, sequence=_sequence(rsvp), now=now)
        _owe(rsvp, "changed", now=now, calendar=calendar, key=_occasion(meeting), entries=entries)


def owe_cancellation(meeting: Meeting, *, now: datetime) -> None:
    for rsvp in _concerned(meeting):
        calendar = ""
        if has_place(rsvp):
            calendar = ical.cancellation(meeting, address=rsvp.address, sequence=_sequence(rsvp), now=now)
        _owe(rsvp, "cancelled", now=now, calendar=calendar, key=_occasion(meeting))


def owe_accommodation_update(rsvp: Rsvp, *, now: datetime, number: int) -> None:
    """Says only that there is news: what a person needs never stands in a mail."""
    _owe(rsvp, "request_update", now=now, key=f"request-update:{rsvp.pk}:{number}")


def owe_owner_changed(accommodation: Accommodation, *, member: Member, now: datetime, number: int) -> None:
    """To the new and the former owner of a request: that it changed hands."""
    _owe_staff(accommodation, member, "owner_changed", now=now, number=number, is_owner=accommodation.owner == member)


def owe_request_reply(accommodation: Accommodation, *, now: datetime, number: int) -> None:
    """To the owner of a request: the person says that it is not enough."""
    if accommodation.owner is not None:
        _owe_staff(accommodation, accommodation.owner, "request_reply", now=now, number=number)


def _owe_staff(
    row: Accommodation, member: Member, template: str, *, now: datetime, number: int, **context: Any
) -> None:
    """What is needed, and by whom, stands in the staff's room and never in a mail."""
    page = settings.PUBLIC_URL + reverse("admin:meetings_accommodation_change", args=[row.pk])
    owe(
        key=f"request-{template}:{row.pk}:{number}",
        address=member.email or "",
        member=member,
        template=f"meetings/{template}",
        context={"meeting": row.rsvp.meeting, "name": member.name, "admin_url": page, **context},
        now=now,
    )


def _concerned(meeting: Meeting) -> list[Rsvp]:
    found = list(meeting.rsvps.exclude(answer=Answer.NO).select_related("member"))
    for rsvp in found:
        rsvp.meeting = meeting
    return found


def _sequence(rsvp: Rsvp) -> int:
    # Both only grow, so each message to this person outranks the last one, whatever caused it.
    return rsvp.meeting.sequence + rsvp.sequence


def _occasion(meeting: Meeting) -> str:
    return f"meeting:{meeting.pk}:{meeting.sequence}"


def _owe(
    rsvp: Rsvp, template: str, *, now: datetime, key: str = "", calendar: str = "", priority: int = Delivery.ORDINARY,
    **context: Any,
) -> None:  # fmt: skip
    if rsvp.member is None and not rsvp.guest_email:
        # Staff see whom to call (the queue “Guests to call”); what they say stands on the meeting's page.
        type(rsvp).objects.filter(pk=rsvp.pk).update(to_tell=TO_TELL[template])
        return
    owe(
        key=key or f"rsvp:{rsvp.pk}:{rsvp.sequence}",
        address=rsvp.address,
        member=rsvp.member,
        template=f"meetings/{template}",
        context={"meeting": rsvp.meeting, "rsvp": rsvp, "answer_url": answer_url(rsvp), **context},
        calendar=calendar,
        priority=priority,
        now=now,
    )
