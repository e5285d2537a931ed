"""What a person who leaves the community gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from meetings.actions.feeds import revoke_feed
from meetings.actions.rsvps import rsvp
from meetings.enums import Answer, MeetingState
from meetings.models import Rsvp
from members.actions import choices_are_held
from privacy.disposal import no_new_holds

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member


@transaction.atomic
def give_back_places(member: Member, *, now: datetime) -> int:
    """Take back every yes to a meeting to come, leave all workgroups and stop the calendar; returns how many places.

    Seats go to those who wait, who are told. What is over stays on record, and a legal hold keeps the workgroups. Twice is once. Refuses nothing.
    """
    rows = Rsvp.objects.filter(
        member=member, meeting__state=MeetingState.PUBLISHED, meeting__starts_at__gt=now
    ).exclude(answer=Answer.NO)
    places = list(rows.select_related("meeting").order_by("meeting"))
    for row in places:
        rsvp(row.meeting, member=member, answer=Answer.NO, now=now)
    no_new_holds()
    if not choices_are_held(member):
        member.workgroups.clear()
    revoke_feed(member)
    return len(places)
