"""Questions: asked and wanted while the room is open, and the follow-up that answers what was left."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cop_portal.errors import Refused
from meetings.models import Meeting
from notices.markup import to_html
from polls import actions
from polls.enums import QuestionState
from polls.forms import QuestionForm
from polls.models import Question, Room, Upvote
from polls.person_key import person_key
from polls.rules import room_is_open
from polls.views.visitors import check_rate, person_of, person_who_sends

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    """GET lists what was asked, the most wanted first; POST asks."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    if request.method != "POST":
        return _page(request, meeting, QuestionForm(initial={"form_key": uuid.uuid4()}))
    form = QuestionForm(request.POST)
    if form.is_valid():
        try:
            check_rate(request)
            actions.ask_question(meeting, person=person_who_sends(request), now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Your question is asked. Others can vote for it, so that it comes up sooner.")
            return redirect("polls:questions", slug=slug)
    return _page(request, meeting, form)


@require_POST
def vote(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Want a question answered too, or take that back."""
    question = get_object_or_404(Question.objects.shown().filter(meeting__in=Meeting.objects.public()), pk=pk)
    if question.meeting.slug != slug:
        raise Http404
    wanted = request.POST.get("wanted") == "yes"
    try:
        check_rate(request)
        actions.upvote(question, person=person_who_sends(request), wanted=wanted, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{reverse('polls:questions', args=[slug])}#question-{pk}")


@require_safe
def handout(request: HttpRequest, slug: str) -> HttpResponse:
    """The follow-up: the questions that were left, with their answers. 404 until it is published."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    room = get_object_or_404(Room, meeting=meeting, handout_at__isnull=False)
    rows: list[Any] = list(meeting.questions.shown().with_votes())
    for row in rows:
        row.answer_html = to_html(row.answer) if row.answer else ""
    live = [row for row in rows if row.state == QuestionState.ANSWERED_LIVE]
    context = {"meeting": meeting, "room": room, "later": [row for row in rows if row not in live], "live": live}
    return render(request, "polls/handout.html", context)


def _page(request: HttpRequest, meeting: Meeting, form: QuestionForm) -> HttpResponse:
    person = person_of(request)
    wanted = set()
    if person:
        mine = Upvote.objects.filter(question__meeting=meeting, person_key=person_key(meeting.pk, person))
        wanted = set(mine.values_list("question", flat=True))
    rows: list[Any] = list(meeting.questions.shown().with_votes())
    for row in rows:
        row.is_wanted = row.pk in wanted
    context = {
        "meeting": meeting,
        "open_questions": [row for row in rows if row.state == QuestionState.OPEN],
        "later": [row for row in rows if row.state == QuestionState.LATER],
        "answered": [row for row in rows if row.state == QuestionState.ANSWERED_LIVE],
        "is_open": room_is_open(meeting, timezone.now()),
        "handout": Room.objects.filter(meeting=meeting, handout_at__isnull=False).first(),
        "form": form,
    }
    return render(request, "polls/questions.html", context, status=422 if form.errors else 200)
