"""Asking to speak and sending a comment, with an account or without one. What is said here is public, and says so."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cop_portal.errors import Refused
from meetings.models import Meeting
from polls import actions
from polls.agenda import standing
from polls.forms import CommentForm, SpeakForm
from polls.person_key import person_key
from polls.rules import may_give_input, room_is_open
from polls.views.visitors import check_rate, member_of, person_of, person_who_sends

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def speak(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows who may speak now and one's own place in the queue; POST joins it."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    if request.method != "POST":
        return _page(request, meeting)
    form = SpeakForm(request.POST)
    if form.is_valid():
        try:
            check_rate(request)
            actions.ask_to_speak(
                meeting, person=person_who_sends(request), name=form.cleaned_data["name"], now=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "You are in the queue. Your name is called when it is your turn.")
            return redirect("polls:speak", slug=slug)
    return _page(request, meeting, speak_form=form)


@require_POST
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    if actions.withdraw_request(meeting, person=person_who_sends(request), now=timezone.now()):
        messages.success(request, "You are not in the queue any more.")
    return redirect("polls:speak", slug=slug)


@require_POST
def comment(request: HttpRequest, slug: str) -> HttpResponse:
    """Send a comment in writing; it is shown once those who run the meeting have read it."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    form = CommentForm(request.POST, prefix="comment")
    if form.is_valid():
        try:
            check_rate(request)
            actions.send_comment(meeting, person=person_who_sends(request), now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Thank you. Your comment is shown once those who run the meeting have read it.")
            return redirect("polls:speak", slug=slug)
    return _page(request, meeting, comment_form=form)


def _page(request: HttpRequest, meeting: Meeting, **forms: Any) -> HttpResponse:
    now, member, person = timezone.now(), member_of(request), person_of(request)
    stands = standing(meeting, now)
    key = person_key(meeting.pk, person) if person else ""
    # Whichever form was sent: the name stands in the other one, too.
    typed = next((form["name"].value() for form in forms.values()), "")
    name = {"name": typed or (member.name if member else "")}
    context = {
        "meeting": meeting,
        "stands": stands,
        "is_open": room_is_open(meeting, now),
        "may_speak": may_give_input(
            stands.item,
            member.level_on(meeting.held_on) if member else None,
            is_facilitator=bool(member and meeting.facilitators.filter(pk=member.pk).exists()),
        ),
        "is_speaking": bool(key and stands.speaker and stands.speaker.person_key == key),
        "position": next((n for n, row in enumerate(stands.waiting, 1) if row.person_key == key), None),
        "my_comments": meeting.comments.filter(person_key=key) if key else [],
        "speak_form": SpeakForm(initial=name, auto_id="id_speak_%s"),
        "comment_form": CommentForm(initial={**name, "form_key": uuid.uuid4()}, prefix="comment"),
        **forms,
    }
    return render(request, "polls/speak.html", context, status=422 if forms else 200)
