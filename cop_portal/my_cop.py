"""My CoP: the one page that asks every app what it has for this person."""

from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from meetings.expectations import part_taken
from meetings.models import ChangeLogEntry, Meeting, MeetingWork, Rsvp
from members.enums import Level
from members.http import MemberRequest
from members.models import Member
from polls.models import Poll
from stipends.models import Claim
from stipends.rules import offers

SHOWN = 5


@require_safe
@login_required
def my_cop(request: MemberRequest) -> HttpResponse:
    now, member = timezone.now(), request.user
    mine = Prefetch("rsvps", Rsvp.objects.filter(member=member), to_attr="mine")
    level = member.level_on(timezone.localdate(now))
    upcoming = Meeting.objects.upcoming(now).prefetch_related(mine)
    if level == Level.SPECIALTY:
        upcoming = upcoming.those_of_workgroups_first(member)
    meetings = list(upcoming[:SHOWN])
    context = {
        "level": level,
        "part": part_taken(member, now=now),
        "meetings": meetings,
        "now": now,
        "work": _work_due(member),
        "polls": _open_polls(meetings, now),
        "offers": [offer.meeting for offer in offers(member, now) if offer.can_claim][:SHOWN],
        "claims": Claim.objects.visible_to(member).select_related("meeting")[:SHOWN],
        "changes": _changes(member),
    }
    return render(request, "portal/my_cop.html", context)


def _open_polls(meetings: list[Meeting], now: datetime) -> list[Poll]:
    """Polls that wait for an answer; asked only while a meeting is on."""
    on_now = [meeting for meeting in meetings if meeting.starts_at <= now]
    return list(Poll.objects.open().filter(meeting__in=on_now).select_related("meeting")) if on_now else []


def _work_due(member: Member) -> list[MeetingWork]:
    """What is to be done for meetings this person answered yes to, and is not done."""
    today = timezone.localdate()
    going = Meeting.objects.filter(rsvps__in=Rsvp.objects.going().filter(member=member))
    work = MeetingWork.objects.filter(meeting__in=going, due_on__gte=today - timedelta(days=30))
    return list(work.exclude(done_by=member).select_related("meeting")[:SHOWN])


def _changes(member: Member) -> list[ChangeLogEntry]:
    """What changed in the last month about meetings this person answered yes to."""
    going = Rsvp.objects.going().filter(member=member).values("meeting")
    recent = ChangeLogEntry.objects.filter(meeting__in=going, changed_at__gte=timezone.now() - timedelta(days=30))
    return list(recent.select_related("meeting")[:SHOWN])
