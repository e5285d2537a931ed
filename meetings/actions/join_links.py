"""The last word before a meeting: the way to join online, to those who are going online, shortly before the start.

A letter of its own, for the reminder of the day before must not say it yet (rules.join_link_is_open).
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from meetings.actions import letters
from meetings.enums import Answer, MeetingState
from meetings.models import Meeting
from notices.models import Delivery

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.models import Rsvp
    from meetings.querysets import RsvpQuerySet

BATCH = 200


def owe_join_links(*, now: datetime) -> int:
    """Owe everybody who is going online the link, from a set time before the start until the end; returns how many.

    Once for each link and start: whoever says so late gets it at the next minute, and all get a new one where link or
    start have changed. Each batch is a transaction of its own. Refuses nothing.
    """
    opens = now + timedelta(minutes=settings.JOIN_LINK_MINUTES)
    open_now = Meeting.objects.filter(state=MeetingState.PUBLISHED, starts_at__lte=opens, ends_at__gt=now)
    owed = 0
    for meeting in open_now.exclude(join_url=""):
        key, last_pk = _key(meeting), 0
        while batch := list(_going(meeting, key).filter(pk__gt=last_pk)[:BATCH]):
            _owe(meeting, batch, key=key, now=now)
            owed, last_pk = owed + len(batch), batch[-1].pk
    return owed


def _key(meeting: Meeting) -> str:
    what = f"{meeting.join_url} {meeting.starts_at.isoformat()}"
    return f"join:{meeting.pk}:{sha256(what.encode()).hexdigest()[:12]}"


def _going(meeting: Meeting, key: str) -> RsvpQuerySet:
    """Those going online who have not got this letter."""
    told = Delivery.objects.filter(key=key)
    going: RsvpQuerySet = meeting.rsvps.going().filter(answer=Answer.ONLINE).exclude(member__is_active=False)
    callers = Q(member__isnull=True, guest_email="")  # staff gave them the way to join on the phone
    return (
        going.exclude(callers)
        .exclude(member__in=told.filter(member__isnull=False).values("member"))
        .exclude(member__isnull=True, guest_email__in=told.filter(member__isnull=True).values("address"))
        .exclude(member__calls__key=key)
        .select_related("member")
        .order_by("pk")
    )


@transaction.atomic
def _owe(meeting: Meeting, rows: list[Rsvp], *, key: str, now: datetime) -> None:
    for row in rows:
        row.meeting = meeting
        letters.owe_join_link(row, key=key, now=now)
