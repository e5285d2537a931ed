"""The room: a phone's page, the projector's page, and the fragment both ask for every few seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from meetings.models import Meeting
from meetings.rules import can_check_in
from notices.qr import qr
from polls.actions import own_choices
from polls.forms import BallotForm
from polls.room import show, version_of
from polls.rules import can_run_polls, counts_in_a_category

if TYPE_CHECKING:
    from django.http import HttpRequest

    from members.models import Member


@require_safe
def live(request: HttpRequest, slug: str) -> HttpResponse:
    """The room on a phone. A visitor's look sets no cookie: they answer on the poll's own page."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    room = show(meeting)
    context = {**room, "can_check_in": can_check_in(meeting, timezone.now())}
    if request.user.is_authenticated:
        context |= _own(meeting, request.user, room["open_polls"])
    return render(request, "polls/live.html", context)


@require_safe
def screen(request: HttpRequest, slug: str) -> HttpResponse:
    """The same for the projector. The check-in code is for the room only: it shows to those who run the meeting."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    context = show(meeting)
    if request.user.is_authenticated and can_run_polls(request.user, meeting) and can_check_in(meeting, timezone.now()):
        address = settings.PUBLIC_URL + reverse("meetings:checkin_code", args=[meeting.slug, meeting.checkin_code])
        context |= {"checkin_code": meeting.checkin_code, "checkin_qr": qr(address)}
    return render(request, "polls/screen.html", context)


@require_safe
def now(request: HttpRequest, slug: str, page: str) -> HttpResponse:
    """The parts of the room as they are now, or 304 to whoever has them already.

    It is the same for everybody, so it never asks who looks; ``polls.middleware`` answers from it for a second.
    """
    version = version_of(slug)
    if not version:
        raise Http404
    etag = f'"{page}-{version}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        room = show(get_object_or_404(Meeting.objects.public(), slug=slug))
        response = render(request, f"polls/_{page}_now.html", room)
        etag = f'"{page}-{room["version"]}"'
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"
    return response


def _own(meeting: Meeting, member: Member, open_polls: list[Any]) -> dict[str, Any]:
    """What the phone shows to this member: whether they are checked in, and each open poll to answer in place."""
    for poll in open_polls:
        poll.has_form = True
        poll.is_for_member = counts_in_a_category(member, poll)
        chosen = own_choices(poll, member)
        poll.is_answered = bool(chosen)
        if not chosen:
            chosen = set(poll.options.filter(Q(category__in=member.categories.all())).values_list("pk", flat=True))
            poll.is_prefilled = bool(chosen)
        initial = {"options": sorted(chosen) if poll.takes_several else next(iter(chosen), None)}
        poll.form = BallotForm(
            poll, initial=initial, back="live", changing=poll.is_answered, auto_id=f"id_{poll.pk}_%s"
        )
    return {"attendance": meeting.attendances.of(member).first(), "can_run": can_run_polls(member, meeting)}
