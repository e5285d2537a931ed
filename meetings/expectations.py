"""What a contributing level expects, and how far it is kept: for the person in kind words, for staff to offer help.

A meeting counts once its attendance is recorded. Whoever said beforehand that they could not come kept their word:
the expectation is to come, or to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from meetings.enums import Answer, MeetingKind, MeetingState
from meetings.models import Attendance, Meeting, MeetingWork, Rsvp, Workgroup
from members.enums import CONTRIBUTING, Level
from members.models import Member, MembershipPeriod

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from django.db.models import QuerySet

MISSED_IN_A_ROW = 3
WORK_LOOKS_BACK = timedelta(days=60)


@dataclass(frozen=True)
class Part:
    """How somebody took part since their level began: counts of meetings held for them, and of work."""

    since: date
    held: int
    came: int
    told: int
    work_done: int
    work_open: int


def part_taken(member: Member, *, now: datetime) -> Part | None:
    """The part since the level held today began; None for public attendees and people without a level. Six queries."""
    period = member.periods.on(timezone.localdate(now)).first()
    if period is None or period.level not in CONTRIBUTING:
        return None
    groups = member.workgroups.values("pk")
    expected = Q(kind=MeetingKind.FULL) if period.level == Level.FULL else Q(workgroup__in=groups)
    meetings = _held(now).filter(expected, starts_at__date__gte=period.starts_on)
    came = Exists(Attendance.objects.filter(meeting=OuterRef("pk"), member=member))
    told = Exists(Rsvp.objects.filter(meeting=OuterRef("pk"), member=member, answer=Answer.NO))
    work = _work_of(member, groups, period).filter(due_on__gte=period.starts_on)
    return Part(
        since=period.starts_on,
        held=meetings.count(),
        came=meetings.filter(came).count(),
        told=meetings.filter(~came, told).count(),
        work_done=work.filter(done_by=member).count(),
        work_open=work.exclude(done_by=member).count(),
    )


def people_to_help(*, now: datetime) -> QuerySet[Any]:
    """Contributing members who missed the last meetings in a row without a word, or whose work is overdue.

    By name, each annotated ``missed`` and ``is_overdue``. To offer help, never to keep a score. The same number of
    queries for any number of people (one more for each workgroup).
    """
    today = timezone.localdate(now)
    active: Any = Member.objects.active()
    people = active.with_level(today).filter(level_then__in=list(CONTRIBUTING), is_facilitator=False)
    missed = Q(level_then=Level.FULL) & _missed_all(_held(now).filter(kind=MeetingKind.FULL))
    for group in Workgroup.objects.all():
        missed |= Q(level_then=Level.SPECIALTY, workgroups=group) & _missed_all(_held(now).filter(workgroup=group))
    overdue = MeetingWork.objects.filter(
        Q(meeting__rsvps__member=OuterRef("pk"), meeting__rsvps__answer__in=[Answer.ONLINE, Answer.IN_PERSON]),
        meeting__state=MeetingState.PUBLISHED,
        due_on__lt=today,
        due_on__gte=today - WORK_LOOKS_BACK,
    ).exclude(
        Exists(MeetingWork.done_by.through.objects.filter(meetingwork=OuterRef("pk"), member=OuterRef(OuterRef("pk"))))
    )
    missing = active.with_level(today).filter(missed).values("pk")
    found: QuerySet[Any] = people.annotate(missed=Q(pk__in=missing), is_overdue=Exists(overdue))
    return found.filter(Q(missed=True) | Q(is_overdue=True)).order_by("name", "pk")


def _held(now: datetime) -> Any:
    """Held here as planned, with attendance recorded: before that, nobody can be said to have missed it."""
    held = Meeting.objects.filter(state=MeetingState.PUBLISHED, is_historical=False, ends_at__lte=now)
    return held.filter(Exists(Attendance.objects.filter(meeting=OuterRef("pk")))).order_by("-starts_at")


def _missed_all(meetings: Any) -> Q:
    """Neither at one of the last so many of these meetings nor excused from one, and at their level by the first."""
    last: list[Meeting] = list(meetings[:MISSED_IN_A_ROW])
    if len(last) < MISSED_IN_A_ROW:
        return Q(pk__in=[])
    pks = [meeting.pk for meeting in last]
    began = MembershipPeriod.objects.on(last[-1].held_on).filter(member=OuterRef("pk"), level__in=list(CONTRIBUTING))
    return (
        ~Q(Exists(Attendance.objects.filter(member=OuterRef("pk"), meeting__in=pks)))
        & ~Q(Exists(Rsvp.objects.filter(member=OuterRef("pk"), meeting__in=pks, answer=Answer.NO)))
        & Q(Exists(began))
    )


def _work_of(member: Member, groups: Iterable[Any], period: MembershipPeriod) -> QuerySet[MeetingWork]:
    """What is to be done for meetings that expect the person, or to which they answered yes."""
    going = Rsvp.objects.going().filter(member=member).values("meeting")
    expected = Q(meeting__kind=MeetingKind.FULL) if period.level == Level.FULL else Q(meeting__workgroup__in=groups)
    return MeetingWork.objects.filter(expected | Q(meeting__in=going), meeting__state=MeetingState.PUBLISHED)
