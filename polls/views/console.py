"""The facilitator's tablet: prepare, open, close and publish the polls of one meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cop_portal.errors import Refused
from meetings.models import Meeting
from polls import actions
from polls.enums import PollKind
from polls.forms import PreparePollForm
from polls.rules import can_run_polls

if TYPE_CHECKING:
    from django.http import HttpResponse

    from members.http import MemberRequest

VERBS = {"open": actions.open_poll, "close": actions.close_poll, "publish": actions.publish_poll}
DONE = {"open": "The poll is open.", "close": "The poll is closed.", "publish": "The results are published."}


@login_required
@require_safe
def console(request: MemberRequest, slug: str) -> HttpResponse:
    return _page(request, _meeting(request, slug), PreparePollForm())


@login_required
@require_POST
def prepare(request: MemberRequest, slug: str) -> HttpResponse:
    meeting = _meeting(request, slug)
    form = PreparePollForm(request.POST)
    if not form.is_valid():
        return _page(request, meeting, form, status=422)
    fields, by, now = dict(form.cleaned_data), request.user, timezone.now()
    try:
        if fields["kind"] == PollKind.CATEGORIES:
            actions.prepare_category_poll(meeting, by=by, now=now)
        else:
            actions.prepare_poll(meeting, by=by, now=now, **fields)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, meeting, form, status=422)
    messages.success(request, "The poll is prepared. Open it when the room is ready.")
    return redirect("polls:console", slug=slug)


@login_required
@require_POST
def move(request: MemberRequest, slug: str, pk: int, verb: str) -> HttpResponse:
    """Open, close or publish one poll."""
    poll = get_object_or_404(_meeting(request, slug).polls, pk=pk)
    if verb not in VERBS:
        raise Http404
    try:
        VERBS[verb](poll, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, DONE[verb])
    return redirect("polls:console", slug=slug)


def _meeting(request: MemberRequest, slug: str) -> Meeting:
    meeting: Meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    if not can_run_polls(request.user, meeting):
        raise Http404
    return meeting


def _page(request: MemberRequest, meeting: Meeting, form: PreparePollForm, *, status: int = 200) -> HttpResponse:
    form.helper.form_action = reverse("polls:console_prepare", args=[meeting.slug])
    polls = meeting.polls.annotate(answers=Count("ballots"))
    context = {"meeting": meeting, "polls": polls, "form": form}
    context["has_category_poll"] = any(poll.kind == PollKind.CATEGORIES for poll in polls)
    return render(request, "polls/console.html", context, status=status)
