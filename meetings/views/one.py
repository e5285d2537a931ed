"""One meeting's page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from meetings import rules
from meetings.actions import waiting_position
from meetings.models import Meeting
from notices.markup import to_html

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from members.models import Member

ROOM_OPENS_BEFORE = timedelta(minutes=60)


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    meeting = get_object_or_404(
        Meeting.objects.public().with_page_facts().select_related("workgroup", "rfp"), slug=slug
    )
    now = timezone.now()
    member = request.user if request.user.is_authenticated else None
    agenda: list[Any] = meeting.timed_agenda()
    for item in agenda:
        item.notes_html = to_html(item.notes) if item.notes else ""
    seats_left = None
    if meeting.capacity is not None:
        seats_left = max(meeting.capacity - meeting.held_count, 0)
    papers = list(meeting.materials.all())
    materials = [paper for paper in papers if rules.can_get_material(paper, member)]
    context = {
        "meeting": meeting,
        "purpose_html": to_html(meeting.purpose),
        "agenda": agenda,
        "materials": materials,
        "kept_back": len(papers) - len(materials),
        "changes": meeting.changes.all(),
        "seats_left": seats_left,
        "can_rsvp": rules.can_rsvp(meeting, now),
        "join_minutes": settings.JOIN_LINK_MINUTES,
        "can_check_in": rules.can_check_in(meeting, now),
        "is_over": meeting.is_over(now),
        "room_is_open": meeting.is_published and meeting.starts_at - ROOM_OPENS_BEFORE <= now < meeting.ends_at,
        **(_own(meeting, member, now) if member else {}),
    }
    return render(request, "meetings/meeting_detail.html", context)


def _own(meeting: Meeting, member: Member, now: datetime) -> dict[str, Any]:
    """What the page says to this member alone."""
    rsvp = meeting.rsvps.of(member).first()
    level = member.level_on(meeting.held_on)
    work: list[Any] = list(meeting.work.all()) if rules.can_do_work(level) else []
    done = set(member.work_done.filter(meeting=meeting).values_list("pk", flat=True)) if work else set()
    for item in work:
        item.is_done = item.pk in done
        item.description_html = to_html(item.description) if item.description else ""
    runs_it = rules.is_facilitator_of(member, meeting)
    return {
        "rsvp": rsvp,
        "position": waiting_position(rsvp) if rsvp else None,
        "attendance": meeting.attendances.of(member).first(),
        "join_url": meeting.join_url if rules.sees_join_link(member, meeting, now) else "",
        "work": work,
        "gives_input": rules.gives_input_throughout(level, is_facilitator=runs_it),
        "may_claim": rules.may_have_a_claim(meeting, level, is_facilitator=member.is_facilitator or runs_it, now=now),
    }
