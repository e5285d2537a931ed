"""The facilitator's tablet, and on it the polls of one meeting: prepare, open, close, publish, reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cop_portal.errors import Refused
from meetings.models import Meeting
from polls import actions
from polls.agenda import standing
from polls.enums import OnScreen, PollKind, PollState, QuestionState
from polls.forms import PreparePollForm, ReasonForm, SavedQuestionForm
from polls.rules import can_run_polls

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

    from members.http import MemberRequest

VERBS = {"open": actions.open_poll, "close": actions.close_poll, "publish": actions.publish_poll}
# In which order polls stand on the tablet: what the room waits for first.
IN_USE = {PollState.OPEN: 0, PollState.CLOSED: 1, PollState.DRAFT: 2}
DONE = {"open": "The poll is open.", "close": "The poll is closed.", "publish": "The results are published."}


@login_required
@require_safe
def console(request: MemberRequest, slug: str) -> HttpResponse:
    return _page(request, meeting_to_run(request, slug), PreparePollForm())


@login_required
@require_POST
def prepare(request: MemberRequest, slug: str) -> HttpResponse:
    meeting = meeting_to_run(request, slug)
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
def prepare_saved(request: MemberRequest, slug: str) -> HttpResponse:
    """Prepare a question that staff have saved."""
    meeting = meeting_to_run(request, slug)
    form = SavedQuestionForm(meeting, request.POST)
    if not form.is_valid():
        messages.error(request, "This question stands ready already, or is not in use any more. Please look below.")
        return redirect("polls:console", slug=slug)
    try:
        actions.prepare_saved(meeting, form.cleaned_data["saved"], by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The poll is prepared. Open it when the room is ready.")
    return redirect("polls:console", slug=slug)


@login_required
@require_POST
def move(request: MemberRequest, slug: str, pk: int, verb: str) -> HttpResponse:
    """Open, close or publish one poll."""
    poll = get_object_or_404(meeting_to_run(request, slug).polls, pk=pk)
    if verb not in VERBS:
        raise Http404
    try:
        VERBS[verb](poll, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, DONE[verb])
    return redirect("polls:console", slug=slug)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Throw the answers of one poll away and begin again; the reason is kept."""
    poll = get_object_or_404(meeting_to_run(request, slug).polls, pk=pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.reset_poll(poll, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The answers are thrown away. The poll is a draft again.")
            return redirect("polls:console", slug=slug)
    context = {"poll": poll, "form": form}
    return render(request, "polls/console_reset.html", context, status=422 if form.errors else 200)


def meeting_to_run(request: MemberRequest, slug: str) -> Meeting:
    """A meeting that this person may run; 404 for everybody else."""
    meeting: Meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    if not can_run_polls(request.user, meeting):
        raise Http404
    return meeting


def fragment_context(meeting: Meeting, now: datetime) -> dict[str, Any]:
    """What moves on the console while the meeting runs: numbers of answers, the queue, comments, questions."""
    polls: list[Any] = list(meeting.polls.annotate(answers=Count("ballots")))
    stands = standing(meeting, now)
    questions: list[Any] = list(meeting.questions.with_votes())
    return {
        "meeting": meeting,
        "polls": polls,
        "running_polls": sorted((poll for poll in polls if not poll.is_published), key=lambda poll: IN_USE[poll.state]),
        "published_polls": [poll for poll in polls if poll.is_published],
        "screens": OnScreen.choices,
        "stands": stands,
        "to_read": list(meeting.comments.to_read()),
        "shown_comments": stands.comments,
        "open_questions": [row for row in questions if row.state == QuestionState.OPEN],
        "settled_questions": [row for row in questions if row.state != QuestionState.OPEN],
        "is_over": meeting.is_over(now),
        "console_version": f"{stands.version}-{sum(poll.version + poll.answers for poll in polls)}-{stands.item and stands.item.pk}",
    }


def _page(request: MemberRequest, meeting: Meeting, form: PreparePollForm, *, status: int = 200) -> HttpResponse:
    form.helper.form_action = reverse("polls:console_prepare", args=[meeting.slug])
    context = fragment_context(meeting, timezone.now())
    context["form"] = form
    context["has_category_poll"] = any(poll.kind == PollKind.CATEGORIES for poll in context["polls"])
    saved = SavedQuestionForm(meeting)
    if saved.fields["saved"].queryset.exists():  # type: ignore[attr-defined]
        saved.helper.form_action = reverse("polls:console_saved", args=[meeting.slug])
        context["saved_form"] = saved
    return render(request, "polls/console.html", context, status=status)
