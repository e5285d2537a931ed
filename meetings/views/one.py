"""One meeting's page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from meetings import rules
from meetings.actions import waiting_position
from meetings.models import Material, Meeting
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
    is_public = rules.agenda_is_public(meeting, now)
    seats_left = None
    if meeting.capacity is not None:
        seats_left = max(meeting.capacity - meeting.held_count, 0)
    # The papers of an agenda's items stand with them.
    papers = list(meeting.materials.all())
    materials = [paper for paper in papers if paper.item_id is None and rules.can_get_material(paper, member)]
    agenda = _agenda(meeting, member, papers) if is_public or rules.prepares(member, meeting) else []
    kept_back = [paper for paper in papers if not rules.can_get_material(paper, member)]
    context = {
        "meeting": meeting,
        "purpose_html": to_html(meeting.purpose),
        "agenda": agenda,
        "agenda_is_public": is_public,
        "materials": materials,
        "kept_back": len([paper for paper in kept_back if is_public or paper.item_id is None]),
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


def _agenda(meeting: Meeting, member: Member | None, papers: list[Material]) -> list[Any]:
    """Its items with their notes and papers, also those of the item that one goes on with."""
    items: list[Any] = meeting.timed_agenda()
    prefetch_related_objects(items, "duties")
    owner = {item.pk: item for item in items}
    earlier = {item.carried_from.pk: item for item in items if hasattr(item, "carried_from")}
    if earlier:
        papers = [*papers, *Material.objects.filter(item__in=earlier).select_related("meeting")]
    for item in items:
        item.notes_html = to_html(item.notes) if item.notes else ""
        item.its_papers = []
    for paper in papers:
        if paper.item_id and rules.can_get_material(paper, member):
            (owner.get(paper.item_id) or earlier[paper.item_id]).its_papers.append(paper)
    return items


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
