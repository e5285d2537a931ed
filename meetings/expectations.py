"""What a contributing level expects, and how far it is kept: for the person in kind words, for staff to offer help.

A meeting counts once its attendance is recorded. Whoever said beforehand that they could not come kept their word:
the expectation is to come, or to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, Subquery, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from meetings.enums import Answer, MeetingKind, MeetingState
from meetings.models import Attendance, Meeting, MeetingWork, Rsvp, WorkgroupMembership
from members.enums import CONTRIBUTING, Level, MemberAct
from members.models import Member, MemberEvent, MembershipPeriod

if TYPE_CHECKING:
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
    meetings = _held(now).filter(_is_expected(member, period), starts_at__date__gte=period.starts_on)
    came = Exists(Attendance.objects.filter(meeting=OuterRef("pk"), member=member))
    told = Exists(Rsvp.objects.with_a_word().filter(meeting=OuterRef("pk"), member=member))
    work = _work_of(member, period).filter(due_on__gte=period.starts_on)
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

    By name, each annotated ``missed``, ``is_overdue`` and ``offered_at`` (when staff last offered help, or None): what
    was missed or due before that no longer counts. To offer help, never to keep a score. The same number of queries
    for any number of people and of workgroups.
    """
    today = timezone.localdate(now)
    offers = MemberEvent.objects.filter(member=OuterRef("pk"), what=MemberAct.HELP_OFFERED).order_by("-at")
    active: Any = Member.objects.active()
    people = active.with_level(today).filter(level_then__in=list(CONTRIBUTING), is_facilitator=False)
    people = people.annotate(offered_at=Subquery(offers.values("at")[:1]))
    full = list(_held(now).filter(kind=MeetingKind.FULL)[:MISSED_IN_A_ROW])
    missed = Q(level_then=Level.FULL) & _missed_all(full)
    for group, meetings in _last_of_workgroups(now).items():
        joined = WorkgroupMembership.objects.joined_by(meetings[-1].held_on).filter(workgroup=group)
        inside = Q(Exists(joined.filter(member=OuterRef("pk"))))
        missed |= Q(level_then=Level.SPECIALTY) & inside & _missed_all(meetings)
    missing = people.filter(missed).values("pk")
    found: QuerySet[Any] = people.annotate(missed=Q(pk__in=missing), is_overdue=Exists(_overdue(today)))
    return found.filter(Q(missed=True) | Q(is_overdue=True)).order_by("name", "pk")


def _held(now: datetime) -> Any:
    """Held here as planned, with attendance recorded: before that, nobody can be said to have missed it."""
    held = Meeting.objects.filter(state=MeetingState.PUBLISHED, is_historical=False, ends_at__lte=now)
    return held.filter(Exists(Attendance.objects.filter(meeting=OuterRef("pk")))).order_by("-starts_at")


def _last_of_workgroups(now: datetime) -> dict[int, list[Meeting]]:
    """The last so many meetings held of each workgroup, the newest first, by the workgroup's id."""
    from_last = Window(RowNumber(), partition_by="workgroup", order_by="-starts_at")
    held = _held(now).filter(workgroup__isnull=False).annotate(from_last=from_last)
    groups: dict[int, list[Meeting]] = {}
    for meeting in held.filter(from_last__lte=MISSED_IN_A_ROW):
        groups.setdefault(meeting.workgroup_id, []).append(meeting)
    return groups


def _missed_all(last: list[Meeting]) -> Q:
    """Neither at one of these meetings nor excused from one, at their level by the first, and not asked since."""
    if len(last) < MISSED_IN_A_ROW:
        return Q(pk__in=[])
    pks = [meeting.pk for meeting in last]
    began = MembershipPeriod.objects.on(last[-1].held_on).filter(member=OuterRef("pk"), level__in=list(CONTRIBUTING))
    return (
        ~Q(Exists(Attendance.objects.filter(member=OuterRef("pk"), meeting__in=pks)))
        & ~Q(Exists(Rsvp.objects.with_a_word().filter(member=OuterRef("pk"), meeting__in=pks)))
        & Q(Exists(began))
        & (Q(offered_at__isnull=True) | Q(offered_at__lt=last[0].ends_at))
    )


def _overdue(today: date) -> QuerySet[MeetingWork]:
    """Of the person outside: work for a meeting they said yes to, neither done nor talked about since it was due."""
    person = OuterRef(OuterRef("pk"))
    done = MeetingWork.done_by.through.objects.filter(meetingwork=OuterRef("pk"), member=person)
    offers = MemberEvent.objects.filter(member=person, what=MemberAct.HELP_OFFERED, at__date__gte=OuterRef("due_on"))
    return MeetingWork.objects.filter(
        Q(meeting__rsvps__member=OuterRef("pk"), meeting__rsvps__answer__in=[Answer.ONLINE, Answer.IN_PERSON]),
        meeting__state=MeetingState.PUBLISHED,
        due_on__lt=today,
        due_on__gte=today - WORK_LOOKS_BACK,
    ).exclude(Exists(done) | Exists(offers))


def _is_expected(member: Member, period: MembershipPeriod) -> Q:
    """Meetings that the level expects the person at: the full ones, or those of a workgroup they were in by then."""
    if period.level == Level.FULL:
        return Q(kind=MeetingKind.FULL)
    joined = WorkgroupMembership.objects.joined_by(OuterRef("starts_at__date"))
    return Q(Exists(joined.filter(member=member, workgroup=OuterRef("workgroup"))))


def _work_of(member: Member, period: MembershipPeriod) -> QuerySet[MeetingWork]:
    """What is to be done for meetings that expect the person, or to which they answered yes."""
    expected = Meeting.objects.filter(_is_expected(member, period)).values("pk")
    going = Rsvp.objects.going().filter(member=member).values("meeting")
    asked = Q(meeting__in=expected) | Q(meeting__in=going)
    return MeetingWork.objects.filter(asked, meeting__state=MeetingState.PUBLISHED)
