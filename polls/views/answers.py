"""Answering a poll, with an account or without one."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cop_portal.errors import Refused
from meetings.models import Meeting
from polls.actions import cast_ballot, own_choices
from polls.forms import BallotForm, CodeForm
from polls.models import Poll
from polls.rules import counts_in_a_category

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from members.models import Member

DEVICE = "poll_device"


@require_safe
def enter_code(request: HttpRequest) -> HttpResponse:
    """A form for the code on the wall; it leads to the poll."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        poll = _polls().filter(code=form.cleaned_data["code"]).first()
        if poll is not None:
            return redirect("polls:answer", code=poll.code)
        form.add_error("code", "No poll has this code. Please look at the screen again.")
    return render(request, "polls/enter_code.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows the question and one's own answer so far, POST sends or changes it, as long as the poll is open."""
    poll = get_object_or_404(_polls(), code=code.upper())
    if request.method == "POST":
        return _take(request, poll)
    member, voter = _member(request), _voter(request)
    chosen = own_choices(poll, voter)
    prefill = chosen or _profile_choices(poll, member)
    initial = {"options": sorted(prefill) if poll.takes_several else next(iter(prefill), None)}
    form = BallotForm(poll, initial=initial, changing=bool(chosen), label="Your answer")
    context = {"form": form, "chosen": poll.options.filter(pk__in=chosen), "is_prefilled": bool(prefill - chosen)}
    return _page(request, poll, **context)


def _take(request: HttpRequest, poll: Poll) -> HttpResponse:
    form = BallotForm(poll, request.POST, label="Your answer")
    if not form.is_valid() and poll.is_open:
        return _page(request, poll, form=form, status=422)
    device = "" if request.user.is_authenticated else request.session.setdefault(DEVICE, secrets.token_urlsafe(24))
    voter = _member(request) or device
    try:
        cast_ballot(
            poll,
            voter=voter,
            options=form.chosen() if form.is_valid() else [],
            now=timezone.now(),
            also_device=request.session.get(DEVICE, "") if _member(request) else "",
        )
    except Refused as refusal:
        poll.refresh_from_db()
        return _page(request, poll, form=form, refusal=str(refusal), status=409)
    if request.POST.get("back") == "live":
        return redirect("polls:live", slug=poll.meeting.slug)
    return redirect("polls:answer", code=poll.code)


def _page(request: HttpRequest, poll: Poll, *, status: int = 200, **context: Any) -> HttpResponse:
    member = _member(request)
    is_mine = member is None or counts_in_a_category(member, poll)
    return render(request, "polls/answer.html", {"poll": poll, "is_mine": is_mine, **context}, status=status)


def _polls() -> Any:
    return Poll.objects.filter(meeting__in=Meeting.objects.public()).select_related("meeting")


def _member(request: HttpRequest) -> Member | None:
    return request.user if request.user.is_authenticated else None


def _voter(request: HttpRequest) -> Member | str:
    return _member(request) or str(request.session.get(DEVICE, ""))


def _profile_choices(poll: Poll, member: Member | None) -> set[int]:
    """The member's categories from the profile, ticked beforehand: they may change them for this meeting."""
    if member is None:
        return set()
    return set(poll.options.filter(category__in=member.categories.all()).values_list("pk", flat=True))
