"""Closing a membership: what every app does when a person leaves. It is all done, or nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

import meetings.actions
import members.actions
import notices.actions
import stipends.actions
from meetings.enums import GOING, Answer, MeetingState
from meetings.models import Rsvp
from notices.enums import Subject
from notices.models import Subscriber
from stipends.models import Enrollment

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member

# What stays, and why: shown before the person decides. Attendance, payments and consents are government records.
KEPT: list[tuple[str, str]] = [
    ("Your name, your address and the levels you held", "they say whose the records below are"),
    ("Which meetings you attended, and your answers to invitations", "they show how the community was counted"),
    ("Stipend claims and payments", "the State must be able to account for money it paid"),
    ("What you agreed to, and when", "it shows that we were allowed to keep what we kept"),
    ("Who looked at your private data", "it protects you"),
]
STRIPPED = [
    "organization, phone, language and whether you need an interpreter",
    "who you are in this community, your fields of interest and your workgroups",
    "your password, your calendar address and what you get by e-mail",
]


@transaction.atomic
def close_membership(member: Member, *, now: datetime) -> None:
    """Give up seats, end the stipend enrollment and every subject, then close the membership itself.

    Refuses what ``members.actions.leave`` refuses, and then nothing has happened.
    """
    coming = Rsvp.objects.filter(meeting__state=MeetingState.PUBLISHED, meeting__starts_at__gt=now)
    for answer in coming.filter(member=member, answer__in=list(GOING)).select_related("meeting"):
        meetings.actions.rsvp(answer.meeting, member=member, answer=Answer.NO, now=now)
    if Enrollment.objects.filter(member=member, left_at__isnull=True).exists():
        stipends.actions.leave_enrollment(member, now=now)
    subscriber = Subscriber.objects.filter(member=member).first()
    if subscriber is not None:
        notices.actions.save_preferences(subscriber, choices=dict.fromkeys(Subject.values, ""), now=now)
    meetings.actions.revoke_feed(member)
    member.workgroups.clear()
    members.actions.leave(member, now=now)
