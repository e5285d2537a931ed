"""What people are told about their place in a meeting. Each letter is owed once, by a key that names its occasion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from meetings import ical
from meetings.enums import Answer
from meetings.rules import ON_THE_CALENDAR, has_place
from meetings.tokens import answer_url
from notices.actions import owe, owe_public_notice, say_anew, withdraw
from notices.enums import DeliveryState, Subject
from notices.models import Delivery

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.models import Accommodation, ChangeLogEntry, Meeting, Rsvp
    from members.models import Member

LOOK_BACK = 10  # answers of one person that may wait in the queue at once
OVERTAKEN = "The meeting changed again before this was sent."


@dataclass
class News:
    """One fact that is different, as people are told: what it was, what it is now, and why."""

    what: str
    before: str
    after: str
    reasons: list[str] = field(default_factory=list)


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


def owe_change(rsvp: Rsvp, news: list[News], *, key: str, now: datetime) -> None:
    """What is different about a meeting, to one person who is going or waits for a seat; with its calendar entry."""
    calendar = ""
    if has_place(rsvp) and ON_THE_CALENDAR & {line.what for line in news}:
        calendar = ical.invitation(rsvp.meeting, address=rsvp.address, sequence=_sequence(rsvp), now=now)
    _owe(rsvp, "changed", now=now, calendar=calendar, key=key, news=news)


def owe_public_change(meeting: Meeting, news: list[News], *, key: str, now: datetime) -> int:
    """What is different about a special meeting, to everybody else who asked to hear of meetings, or of its workgroup."""
    subject = meeting.workgroup.subject if meeting.workgroup else Subject.MEETINGS
    told = [rsvp.address for rsvp in concerned(meeting)]
    context = {"meeting": meeting, "news": news}
    return owe_public_notice(subject, key=key, template="meetings/special", context=context, left_out=told, now=now)


def owe_cancellation(meeting: Meeting, *, now: datetime) -> None:
    """To everybody concerned. It takes the calendar's entry away, also where a letter that would have was taken back."""
    rows = concerned(meeting)
    keys = {key: rsvp.pk for rsvp in rows for key in _place_keys(rsvp).values()}
    unsent = Delivery.objects.filter(key__in=keys, state=DeliveryState.CANCELLED).exclude(calendar="")
    left_with_one = {keys[key] for key in unsent.values_list("key", flat=True)}
    for rsvp in rows:
        calendar = ""
        if has_place(rsvp) or rsvp.pk in left_with_one:
            calendar = ical.cancellation(meeting, address=rsvp.address, sequence=_sequence(rsvp), now=now)
        _owe(rsvp, "cancelled", now=now, calendar=calendar, key=f"meeting:{meeting.pk}:cancelled")


def take_back_changes(meeting: Meeting, *, why: str) -> None:
    """Word of earlier changes that is not on its way is not sent: what is told next says all of it."""
    withdraw([change_key(meeting, entry) for entry in meeting.changes.all()], why=why)


def take_back_all(meeting: Meeting, *, why: str) -> None:
    """Also letters about a place in it: whoever waits for one reads now that there is no meeting."""
    take_back_changes(meeting, why=why)
    _take_back_former_places(meeting, why=why)
    withdraw([key for rsvp in concerned(meeting) for key in _place_keys(rsvp).values()], why=why)


def correct_waiting(meeting: Meeting, *, now: datetime) -> None:
    """Letters about a place that wait to be sent say when and where the meeting is: they get the words of today.

    One about a place that the person does not have any more is not needed, for a newer letter stands behind it.
    """
    _take_back_former_places(meeting, why=OVERTAKEN)
    rows = concerned(meeting)
    waiting = Delivery.objects.filter(
        key__in=[key for rsvp in rows for key in _place_keys(rsvp).values()],
        state__in=[DeliveryState.QUEUED, DeliveryState.CLAIMED],
    )
    calendars = dict(waiting.values_list("key", "calendar")) if rows else {}
    for rsvp in rows:
        for template, key in _place_keys(rsvp).items():
            if key in calendars:
                calendar = ""
                if has_place(rsvp):
                    calendar = ical.invitation(meeting, address=rsvp.address, sequence=_sequence(rsvp), now=now)
                elif calendars[key]:  # it takes an entry away: undecided now, and going before
                    calendar = ical.cancellation(meeting, address=rsvp.address, sequence=_sequence(rsvp), now=now)
                say_anew(
                    key=key,
                    address=rsvp.address,
                    template=f"meetings/{template}",
                    context={**_context(rsvp), "position": _position(rsvp)},
                    calendar=calendar,
                    now=now,
                )


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


def concerned(meeting: Meeting) -> list[Rsvp]:
    """Those who are going or wait for a seat."""
    found = list(meeting.rsvps.exclude(answer=Answer.NO).select_related("member"))
    for rsvp in found:
        rsvp.meeting = meeting
    return found


def change_key(meeting: Meeting, entry: ChangeLogEntry) -> str:
    """The occasion of a letter about changes: the last of them that it tells."""
    return f"meeting:{meeting.pk}:change:{entry.pk}"


def _sequence(rsvp: Rsvp) -> int:
    # Both only grow, so each message to this person outranks the last one, whatever caused it.
    return rsvp.meeting.sequence + rsvp.sequence


def _place_keys(rsvp: Rsvp, sequence: int | None = None) -> dict[str, str]:
    """Template → the key of the letter about this person's place as it is now, or was under an earlier number."""
    number = rsvp.sequence if sequence is None else sequence
    return {name: f"{name}:{rsvp.pk}:{number}" for name in ("rsvp", "offered", "offer_over", "promoted")}


def reworded_at(meeting: Meeting) -> dict[str, datetime]:
    """Address → when the letter about their place got the words of that day, where that was after their answer."""
    rows = {key: rsvp for rsvp in concerned(meeting) for key in _place_keys(rsvp).values()}
    letters = Delivery.objects.filter(key__in=rows).exclude(state=DeliveryState.CANCELLED).values_list("key", "owed_at")
    found = [(rows[key], owed_at) for key, owed_at in letters]
    return {rsvp.address.lower(): owed_at for rsvp, owed_at in found if owed_at > rsvp.answered_at}


def _take_back_former_places(meeting: Meeting, *, why: str) -> None:
    rows = meeting.rsvps.filter(sequence__gt=0).order_by()
    former = [
        key for row in rows for number in range(max(row.sequence - LOOK_BACK, 0), row.sequence)
        for key in _place_keys(row, number).values()
    ]  # fmt: skip
    for start in range(0, len(former), 500):
        withdraw(former[start : start + 500], why=why)


def _position(rsvp: Rsvp) -> int | None:
    ahead = rsvp.meeting.rsvps.waiting().filter(waiting_since__lt=rsvp.waiting_since or rsvp.answered_at)
    return ahead.count() + 1 if rsvp.is_waiting else None


def _context(rsvp: Rsvp) -> dict[str, Any]:
    return {"meeting": rsvp.meeting, "rsvp": rsvp, "answer_url": answer_url(rsvp)}


def _owe(
    rsvp: Rsvp, template: str, *, now: datetime, key: str = "", calendar: str = "", priority: int = Delivery.ORDINARY,
    **context: Any,
) -> None:  # fmt: skip
    if rsvp.member is None and not rsvp.guest_email:
        # Staff see whom to call (the queue “Guests to call”); what they say stands on the meeting's page.
        type(rsvp).objects.filter(pk=rsvp.pk).update(to_tell=TO_TELL[template])
        return
    owe(
        key=key or f"{template}:{rsvp.pk}:{rsvp.sequence}",
        address=rsvp.address,
        member=rsvp.member,
        template=f"meetings/{template}",
        context={**_context(rsvp), **context},
        calendar=calendar,
        priority=priority,
        now=now,
    )
