"""Agendas: what is carried on to another meeting, and the word to those who prepare one that is still missing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from cop_portal.errors import Refused
from meetings.actions.planning import log_agenda_change
from meetings.enums import MeetingState
from meetings.models import AgendaItem, Meeting
from members.enums import StaffGroup
from members.models import Member
from notices.actions import owe

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

AHEAD, BEFORE_IT_IS_DUE = timedelta(days=7), timedelta(days=3)


def next_meeting(meeting: Meeting) -> Meeting | None:
    """The next one of its series that is not called off; None where there is no series or no next one."""
    if meeting.series_id is None:
        return None
    later = Meeting.objects.of_series(meeting.series_id).filter(starts_at__gt=meeting.starts_at)
    found: Meeting | None = later.exclude(state=MeetingState.CANCELLED).first()
    return found


@transaction.atomic
def carry(meeting: Meeting, items: Iterable[AgendaItem], *, to: Meeting, by: Member, now: datetime) -> list[AgendaItem]:
    """Go on with these items at a later meeting, at the end of its agenda. The originals stay and say where they went.

    Both agendas' changes are in the public logs once the agendas are public. Refuses: ``nothing``, ``carried`` (one of
    them is already), ``not_later``, ``cancelled``.
    """
    rows = {row.pk: row for row in Meeting.objects.select_for_update(no_key=True).filter(pk__in=[meeting.pk, to.pk])}
    meeting, to = rows[meeting.pk], rows[to.pk]
    if to.starts_at <= meeting.starts_at or to.starts_at <= now:
        raise Refused("Choose a meeting that comes after this one and has not begun.", code="not_later")
    if to.is_cancelled:
        raise Refused("That meeting is cancelled. Choose another one.", code="cancelled")
    chosen = list(AgendaItem.objects.filter(meeting=meeting, pk__in=[item.pk for item in items]))
    if not chosen:
        raise Refused("Tick at least one item.", code="nothing")
    if any(item.carried_to_id for item in chosen):
        raise Refused("One of these items is carried on already.", code="carried")
    before = agenda_words(meeting), agenda_words(to)
    last = to.agenda_items.aggregate(last=Max("order"))["last"] or 0
    new = [_copy(item, to, order) for order, item in enumerate(chosen, last + 1)]
    for item, copy in zip(chosen, new, strict=True):
        item.carried_to, item.carried_at = copy, now
        item.save(update_fields=["carried_to", "carried_at"])
    log_agenda_change(meeting, before=before[0], after=agenda_words(meeting), by=by, now=now)
    log_agenda_change(to, before=before[1], after=agenda_words(to), by=by, now=now)
    return new


def agenda_words(meeting: Meeting) -> str:
    """The agenda on one line, for the change log."""
    return "; ".join(
        f"{item.time_text} {item.title}" if item.takes_time else f"{item.title} (carried on to {item.carried_to_text})"
        for item in meeting.timed_agenda()
    )


def remind_missing_agendas(*, now: datetime) -> int:
    """Owe the facilitators and the meetings staff word of an agenda that is not written, 3 days before it is due and
    when it is; returns how many messages.

    Found by a window and kept from repeating by its key: a night without a worker loses none, a moved meeting gets new
    ones, and of a meeting planned late there is one at once.
    """
    staff = list(Member.objects.active().filter(is_staff=True, email__isnull=False, groups__name=StaffGroup.MEETINGS))
    near = Meeting.objects.filter(starts_at__gt=now, starts_at__lte=now + AHEAD + BEFORE_IT_IS_DUE)
    owed = 0
    for meeting in near.filter(state=MeetingState.PUBLISHED, agenda_items__isnull=True).prefetch_related(
        "facilitators"
    ):
        is_due = now.astimezone(meeting.tz).date() >= meeting.held_on - AHEAD
        key = f"agenda-missing:{meeting.pk}:{meeting.held_on:%Y%m%d}:{'due' if is_due else 'soon'}"
        people = {member.pk: member for member in [*meeting.facilitators.all(), *staff] if member.email}
        for member in Member.objects.active().filter(pk__in=people).exclude(deliveries__key=key):
            owed += _remind(meeting, member, key=key, is_due=is_due, now=now)
    return owed


def _remind(meeting: Meeting, member: Member, *, key: str, is_due: bool, now: datetime) -> bool:
    page = meeting.get_absolute_url()
    if member.is_staff:
        page = reverse("admin:meetings_meeting_change", args=[meeting.pk])
    context = {"meeting": meeting, "name": member.name, "is_due": is_due, "page_url": settings.PUBLIC_URL + page}
    template = "meetings/agenda_missing"
    owe(key=key, address=member.email or "", member=member, template=template, context=context, now=now)
    return True


def _copy(item: AgendaItem, to: Meeting, order: int) -> AgendaItem:
    copy = AgendaItem.objects.create(
        meeting=to,
        order=order,
        title=item.title,
        kind=item.kind,
        minutes=item.minutes,
        presenter=item.presenter,
        notes=item.notes,
    )
    copy.duties.set(item.duties.all())
    return copy
