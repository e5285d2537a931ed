"""What is owed because time passes: digests before a meeting, reminders of summaries that are missing.

Each is found by a window and kept from repeating by a unique key, so that a night without a worker loses none.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from meetings.enums import Answer, MeetingKind, MeetingState, WorkWhen
from meetings.models import Meeting, MeetingWork, Rsvp
from meetings.rules import can_do_work
from meetings.tokens import answer_url, member_answer_url
from members.enums import CONTRIBUTING, StaffGroup
from members.models import Member
from notices.actions import owe, subscriber_for
from notices.enums import Subject
from notices.models import Delivery

if TYPE_CHECKING:
    from datetime import datetime

    from members.querysets import MemberQuerySet

WEEK, DAY = timedelta(days=7), timedelta(days=1)
BATCH = 200
FORGET_SUMMARIES_AFTER = timedelta(days=60)


def owe_digests(*, now: datetime) -> int:
    """Owe the digests of a week and of a day before each meeting that is near; returns how many.

    To members who contribute at the meeting's date or have answered yes, if they want digests; a day before, also to
    guests who are going. A meeting published late gets its digest late, but never after it has begun; a meeting moved
    to another day gets a new one. Each batch is a transaction of its own: what is owed stays owed.
    """
    owed = 0
    for meeting in Meeting.objects.filter(
        state=MeetingState.PUBLISHED, starts_at__gt=now, starts_at__lte=now + WEEK
    ).select_related("workgroup"):
        is_last = meeting.starts_at - now <= DAY
        key = f"digest:{meeting.pk}:{meeting.held_on:%Y%m%d}:{'day' if is_last else 'week'}"
        last_pk = 0
        while batch := list(_readers(meeting, key).filter(pk__gt=last_pk).order_by("pk")[:BATCH]):
            owed += _owe_batch(meeting, batch, key=key, is_last=is_last, now=now)
            last_pk = batch[-1].pk
        if is_last:
            owed += _owe_guests(meeting, key=key, now=now)
    return owed


def remind_missing_summaries(*, now: datetime) -> int:
    """Owe the staff of the Meetings group one reminder 3 days and one 7 days after a meeting without a summary."""
    staff = Member.objects.active().filter(is_staff=True, email__isnull=False, groups__name=StaffGroup.MEETINGS)
    ended = {"ends_at__lte": now - timedelta(days=3), "ends_at__gt": now - FORGET_SUMMARIES_AFTER}
    owed = 0
    for meeting in Meeting.objects.without_summary().filter(**ended):
        days = 7 if meeting.ends_at <= now - timedelta(days=7) else 3
        key = f"summary-missing:{meeting.pk}:{days}"
        page = settings.PUBLIC_URL + reverse("admin:meetings_meeting_change", args=[meeting.pk])
        for member in staff.exclude(deliveries__key=key):
            context = {"meeting": meeting, "days": days, "admin_url": page}
            template = "meetings/summary_missing"
            owe(key=key, address=member.email, member=member, template=template, context=context, now=now)
            owed += 1
    return owed


def _readers(meeting: Meeting, key: str) -> MemberQuerySet:
    """Members who get this digest and have not got it."""
    answered = Rsvp.objects.filter(meeting=meeting, member__isnull=False)
    contributing = Member.objects.at_level(CONTRIBUTING, meeting.held_on)
    if meeting.kind == MeetingKind.WORKGROUP and meeting.workgroup_id:
        contributing = contributing.filter(workgroups=meeting.workgroup_id)
    readers: MemberQuerySet = (
        Member.objects.active()
        .filter(email__isnull=False)
        # Without a row yet, everything is switched on: the row is made on first use.
        .filter(Q(subscriber__isnull=True) | Q(subscriber__subscriptions__subject=Subject.DIGEST))
        .filter(Q(pk__in=answered.exclude(answer=Answer.NO).values("member")) | Q(pk__in=contributing.values("pk")))
        .exclude(pk__in=answered.filter(answer=Answer.NO).values("member"))
        .exclude(pk__in=Delivery.objects.filter(key=key, member__isnull=False).values("member"))
    )
    return readers


@transaction.atomic
def _owe_batch(meeting: Meeting, members: list[Member], *, key: str, is_last: bool, now: datetime) -> int:
    pks = [member.pk for member in members]
    rsvps = {row.member_id: row for row in Rsvp.objects.filter(meeting=meeting, member__in=pks)}
    levels = dict(Member.objects.filter(pk__in=pks).with_level(meeting.held_on).values_list("pk", "level_then"))
    work = list(MeetingWork.objects.filter(meeting=meeting, when=WorkWhen.BEFORE))
    done = set(MeetingWork.done_by.through.objects.filter(meetingwork__in=work).values_list("meetingwork", "member"))
    shared = {"meeting": meeting, "agenda": meeting.timed_agenda(), "papers": list(meeting.materials.all())}
    for member in members:
        due = [item for item in work if (item.pk, member.pk) not in done] if can_do_work(levels[member.pk]) else []
        personal = {"name": member.name, "work": due, "rsvp": rsvps.get(member.pk)}
        owe(
            key=key,
            address=member.email or "",
            member=member,
            subscriber=subscriber_for(member, now),
            template="meetings/digest_day" if is_last else "meetings/digest_week",
            context={**shared, **personal, "answer_url": member_answer_url(meeting, member)},
            unsubscribe_from=Subject.DIGEST,
            # The last word goes before other mail; a week ahead, thousands of digests must not hold up an answer.
            priority=Delivery.ORDINARY if is_last else Delivery.BULK,
            now=now,
        )
    return len(members)


@transaction.atomic
def _owe_guests(meeting: Meeting, *, key: str, now: datetime) -> int:
    """A guest asked to come to this very meeting: the reminder of the day before belongs to that."""
    told = Delivery.objects.filter(key=key, member__isnull=True).values("address")
    guests = list(meeting.rsvps.filter(member__isnull=True).exclude(answer=Answer.NO).exclude(guest_email__in=told))
    agenda = meeting.timed_agenda()
    for rsvp in guests:
        rsvp.meeting = meeting
        context = {"meeting": meeting, "agenda": agenda, "rsvp": rsvp, "name": rsvp.guest_name}
        context["answer_url"] = answer_url(rsvp)
        owe(key=key, address=rsvp.guest_email, template="meetings/digest_day", context=context, now=now)
    return len(guests)
