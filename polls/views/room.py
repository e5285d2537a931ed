"""The room: a phone's page, the projector's page, and the fragment both ask for every few seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Q
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from meetings.models import Meeting
from meetings.rules import can_check_in
from notices.qr import qr
from polls.actions import own_choices
from polls.enums import PollState
from polls.forms import BallotForm
from polls.models import Poll
from polls.representation import lines, representation, representations
from polls.rules import can_run_polls, counts_in_a_category
from privacy.spreadsheet import csv_text

if TYPE_CHECKING:
    from django.http import HttpRequest

    from members.models import Member


@require_safe
def live(request: HttpRequest, slug: str) -> HttpResponse:
    """The room on a phone. A visitor's look sets no cookie: they answer on the poll's own page."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    room = _room(meeting)
    context = {**room, "agenda_item": _on_now(meeting), "can_check_in": can_check_in(meeting, timezone.now())}
    if request.user.is_authenticated:
        context |= _own(meeting, request.user, room["open_polls"])
    return render(request, "polls/live.html", context)


@require_safe
def screen(request: HttpRequest, slug: str) -> HttpResponse:
    """The same for the projector. The check-in code is for the room only: it shows to those who run the meeting."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    context = _room(meeting)
    if request.user.is_authenticated and can_run_polls(request.user, meeting) and can_check_in(meeting, timezone.now()):
        address = settings.PUBLIC_URL + reverse("meetings:checkin_code", args=[meeting.slug, meeting.checkin_code])
        context |= {"checkin_code": meeting.checkin_code, "checkin_qr": qr(address)}
    return render(request, "polls/screen.html", context)


@require_safe
def now(request: HttpRequest, slug: str, page: str) -> HttpResponse:
    """What changed in the room since version ``v``: 204 where nothing did, 304 to a cache that has it.

    One query while nothing changes. It is the same for everybody, so it never asks who looks.
    """
    version, known = _version(slug), request.GET.get("v", "")
    etag = f'"{version or "none"}-{page}-{request.GET.get("form", "")}"'
    if known == version:
        response = HttpResponse(status=204)
    elif request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = _fragment(request, slug, page, states_changed=_states(known) != _states(version))
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def table_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The published table as a file, with the same hidden cells as the page. 404 while it is not published."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    table = representation(meeting, full=False, threshold=settings.SMALL_CELL_THRESHOLD)
    if table is None:
        raise Http404
    header = ["Category", "Submissions", "Percent of submissions", "Percent of respondents"]
    response = HttpResponse(csv_text(header, lines(table)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="representation-{meeting.slug}.csv"'
    return response


def _fragment(request: HttpRequest, slug: str, page: str, *, states_changed: bool) -> HttpResponse:
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    context = _room(meeting) | {"says_state": states_changed}
    # The forms that stand on the page already: for any other open poll the fragment shows a button.
    context["form_ids"] = request.GET.get("form", "")
    for poll in context["open_polls"]:
        poll.has_form = str(poll.pk) in context["form_ids"].split("-")
    return render(request, f"polls/_{page}_now.html", context)


def _room(meeting: Meeting) -> dict[str, Any]:
    """Polls that are past a draft: the open ones with their number of answers, the published ones as tables."""
    polls: list[Any] = list(meeting.polls.exclude(state=PollState.DRAFT).annotate(answers=Count("ballots")))
    for poll in polls:
        poll.meeting = meeting
        poll.address = settings.PUBLIC_URL + reverse("polls:answer", args=[poll.code])
        poll.short_address = (settings.PUBLIC_URL + reverse("polls:enter_code")).partition("//")[2].removesuffix("/")
        poll.qr = qr(poll.address) if poll.is_open else ""
    tables = representations(polls, full=False, threshold=settings.SMALL_CELL_THRESHOLD)
    return {
        "meeting": meeting,
        "open_polls": [poll for poll in polls if poll.is_open],
        "closed_polls": [poll for poll in polls if poll.state == PollState.CLOSED],
        "tables": list(reversed(tables)),
        # For the projector before the first poll: the way into the room on one's own phone.
        "room_qr": "" if polls else qr(f"{settings.PUBLIC_URL}{reverse('polls:live', args=[meeting.slug])}"),
        "version": _version_of([(poll.pk, poll.state, poll.version) for poll in polls]),
    }


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
    return {
        "attendance": meeting.attendances.of(member).first(),
        "can_run": can_run_polls(member, meeting),
        "form_ids": "-".join(str(poll.pk) for poll in open_polls),
    }


def _on_now(meeting: Meeting) -> Any:
    """The agenda item whose time it is: each starts where the one before it ends."""
    moment, ends_at = timezone.now(), meeting.starts_at
    for item in meeting.agenda_items.all():
        begins_at, ends_at = ends_at, ends_at + timedelta(minutes=item.minutes)
        if begins_at <= moment < ends_at:
            return item
    return None


def _version(slug: str) -> str:
    polls = Poll.objects.filter(meeting__slug=slug, meeting__in=Meeting.objects.public()).exclude(state=PollState.DRAFT)
    return _version_of(list(polls.order_by("pk").values_list("pk", "state", "version")))


def _version_of(polls: list[tuple[int, str, int]]) -> str:
    return "_".join(f"{pk}.{state}.{version}" for pk, state, version in polls)


def _states(version: str) -> list[str]:
    return [part.rpartition(".")[0] for part in version.split("_")]
