"""The rest of the facilitator's tablet: the agenda, the screen, the queue of speakers, comments, questions.

Every POST leads back to the console, at the part that it came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cop_portal.errors import Refused
from polls import actions
from polls.enums import CommentState, OnScreen, QuestionState
from polls.forms import AnswerQuestionForm, MergeForm
from polls.views.console import fragment_context, meeting_to_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from meetings.models import Meeting
    from members.http import MemberRequest
    from polls.models import Question

SPEAKER_VERBS: dict[str, Callable[..., Any]] = {"call": actions.call_speaker, "pass": actions.pass_over}
COMMENT_VERBS = {"show": CommentState.SHOWN, "hide": CommentState.HIDDEN}
QUESTION_VERBS = {
    "live": QuestionState.ANSWERED_LIVE,
    "later": QuestionState.LATER,
    "hide": QuestionState.HIDDEN,
    "open": QuestionState.OPEN,
}


@never_cache
@login_required
@require_safe
def now(request: MemberRequest, slug: str) -> HttpResponse:
    """What changed on the console since version ``v``: 204 where nothing did."""
    context = fragment_context(meeting_to_run(request, slug), timezone.now())
    if request.GET.get("v") == context["console_version"]:
        return HttpResponse(status=204)
    return render(request, "polls/_console_moved.html", context)


@login_required
@require_POST
def agenda(request: MemberRequest, slug: str) -> HttpResponse:
    """Say which item is on; without one, the agenda goes by the clock again."""
    meeting = meeting_to_run(request, slug)
    pk = request.POST.get("item", "")
    item = get_object_or_404(meeting.agenda_items, pk=pk) if pk.isdecimal() else None
    return _done(request, meeting, "on-now", actions.go_to_item, meeting, item=item, now=timezone.now())


@login_required
@require_POST
def screen(request: MemberRequest, slug: str) -> HttpResponse:
    meeting = meeting_to_run(request, slug)
    what = request.POST.get("what", "")
    if what not in OnScreen.values:
        raise Http404
    return _done(request, meeting, "screen", actions.put_on_screen, meeting, what=what)


@login_required
@require_POST
def end_speaking(request: MemberRequest, slug: str) -> HttpResponse:
    meeting = meeting_to_run(request, slug)
    return _done(request, meeting, "speakers", actions.end_speaking, meeting, now=timezone.now())


@login_required
@require_POST
def speaker(request: MemberRequest, slug: str, pk: int, verb: str) -> HttpResponse:
    meeting = meeting_to_run(request, slug)
    row = get_object_or_404(meeting.speaker_requests, pk=pk)
    if verb not in SPEAKER_VERBS:
        raise Http404
    return _done(request, meeting, "speakers", SPEAKER_VERBS[verb], row, now=timezone.now())


@login_required
@require_POST
def comment(request: MemberRequest, slug: str, pk: int, verb: str) -> HttpResponse:
    meeting = meeting_to_run(request, slug)
    row = get_object_or_404(meeting.comments, pk=pk)
    if verb not in COMMENT_VERBS:
        raise Http404
    return _done(request, meeting, "comments", actions.decide_comment, row, state=COMMENT_VERBS[verb], by=request.user)


@login_required
@require_POST
def question(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """What becomes of one question: by the button that was pressed."""
    meeting = meeting_to_run(request, slug)
    row = get_object_or_404(meeting.questions.select_related("meeting"), pk=pk)
    verb = request.POST.get("verb", "")
    if verb == "merge":
        return _merge(request, meeting, row)
    if verb not in QUESTION_VERBS:
        raise Http404
    state = QUESTION_VERBS[verb]
    return _done(request, meeting, "questions", actions.mark_question, row, state=state, by=request.user)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Write what the follow-up says to one question."""
    meeting = meeting_to_run(request, slug)
    row = get_object_or_404(meeting.questions.select_related("meeting"), pk=pk)
    known = {"answer": row.answer, "reference": row.reference, "reference_url": row.reference_url}
    form = AnswerQuestionForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid():
        try:
            actions.answer_question(row, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The answer is saved.")
            return _back(meeting, "questions")
    context = {"meeting": meeting, "question": row, "form": form}
    return render(request, "polls/console_answer.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def handout(request: MemberRequest, slug: str) -> HttpResponse:
    """Publish the follow-up of the questions."""
    meeting = meeting_to_run(request, slug)
    done = "The follow-up is published, and stands among the papers of the meeting."
    return _done(request, meeting, "questions", actions.publish_handout, meeting, now=timezone.now(), done=done)


def _merge(request: MemberRequest, meeting: Meeting, row: Question) -> HttpResponse:
    form = MergeForm(request.POST, question=row)
    if not form.is_valid():
        messages.error(request, "Choose the open question that it is asked together with.")
        return _back(meeting, "questions")
    into = form.cleaned_data["into"]
    return _done(request, meeting, "questions", actions.merge_question, row, into=into, by=request.user)


def _done(
    request: MemberRequest,
    meeting: Meeting,
    part: str,
    act: Callable[..., Any],
    subject: Any,
    *,
    done: str = "",
    **how: Any,
) -> HttpResponse:
    """Do it, or say why not."""
    try:
        act(subject, **how)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if done:
            messages.success(request, done)
    return _back(meeting, part)


def _back(meeting: Meeting, part: str) -> HttpResponse:
    return redirect(f"{reverse('polls:console', args=[meeting.slug])}#{part}")
