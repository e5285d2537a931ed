"""Answering a poll, with an account or without one."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from cop_portal.errors import Refused
from polls.actions import cast_ballot, own_choices, own_text, was_counted
from polls.forms import BallotForm, CodeForm
from polls.paper import paper, polls_to_answer
from polls.rules import counts_in_a_category

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from members.models import Member
    from polls.models import Poll

SALT = "polls.device"


@require_safe
def enter_code(request: HttpRequest) -> HttpResponse:
    """A form for the code on the wall; it leads to the poll."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        poll = polls_to_answer().filter(code=form.cleaned_data["code"]).first()
        if poll is not None:
            return redirect("polls:answer", code=poll.code)
        form.add_error("code", "No poll has this code. Please look at the screen again.")
    return render(request, "polls/enter_code.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
def secrecy(request: HttpRequest) -> HttpResponse:
    """What is protected about an answer, and what is not."""
    return render(request, "polls/secrecy.html", {"threshold": settings.SMALL_CELL_THRESHOLD})


@cache_control(private=True)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows the question and one's own answer so far, POST sends or changes it, as long as the poll is open."""
    if request.method == "POST":
        return _take(request, code.upper())
    poll = get_object_or_404(polls_to_answer(), code=code.upper())
    member, voter = _member(request), _voter(request)
    chosen = own_choices(poll, voter)
    # In this order: the answer tapped in the room, one's own ballot, the categories of the profile.
    tapped = set() if chosen else _tapped(request, poll)
    prefill = tapped or chosen or _profile_choices(poll, member)
    initial = {
        "options": sorted(prefill) if poll.takes_several else next(iter(prefill), None),
        "other_text": own_text(poll, voter),
    }
    form = BallotForm(poll, initial=initial, changing=bool(chosen), label="Your answer")
    context: dict[str, Any] = {
        "form": form,
        "chosen": [option for option in poll.options.all() if option.pk in chosen],
        "is_tapped": bool(tapped),
    }
    return _page(request, poll, is_prefilled=bool(prefill - chosen - tapped), **context)


def _take(request: HttpRequest, code: str) -> HttpResponse:
    poll = paper(code)
    if poll is None:
        raise Http404
    form = BallotForm(poll, request.POST, label="Your answer")
    form_key = request.POST.get("form_key", "")[:64]
    if not poll.is_open and was_counted(poll, form_key):
        return _page(request, poll, was_counted=True)
    if not form.is_valid() and poll.is_open:
        return _page(request, poll, form=form, status=422)
    member, known = _member(request), _device(request)
    device = known or _new_device(request)
    try:
        cast_ballot(
            poll,
            voter=member or device,
            options=form.chosen() if form.is_valid() else [],
            other_text=form.cleaned_data.get("other_text", ""),
            form_key=form_key,
            now=timezone.now(),
            also_device=known if member else "",
        )
    except Refused as refusal:
        poll = get_object_or_404(polls_to_answer(), pk=poll.pk)
        if not poll.is_open and was_counted(poll, form_key):
            return _page(request, poll, was_counted=True)
        return _page(request, poll, form=form, refusal=str(refusal), status=409)
    if request.POST.get("back") == "live":
        response = redirect("polls:live", slug=poll.meeting.slug)
    else:
        response = redirect("polls:answer", code=poll.code)
    if not (member or known):
        _keep_device(response, device)
    return response


def _device(request: HttpRequest) -> str:
    """The name of this browser among guests, or nothing before its first answer."""
    return str(request.get_signed_cookie(settings.DEVICE_COOKIE_NAME, default="", salt=SALT))


def _new_device(request: HttpRequest) -> str:
    """A name for a browser that has none. It is worked out of the token against forgery that came with the form.

    So when the answer to a first try is lost on the way, or two pages send at once, both tries have the same name.
    """
    token = request.META.get("CSRF_COOKIE") or secrets.token_urlsafe(24)
    return salted_hmac(SALT, token, algorithm="sha256").hexdigest()


def _keep_device(response: HttpResponse, device: str) -> None:
    """In a cookie of its own until the browser is closed: a whole room of guests must not write a session each."""
    response.set_signed_cookie(
        settings.DEVICE_COOKIE_NAME, device, salt=SALT, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


def _page(request: HttpRequest, poll: Poll, *, status: int = 200, **context: Any) -> HttpResponse:
    member = _member(request)
    is_mine = member is None or counts_in_a_category(member, poll)
    return render(request, "polls/answer.html", {"poll": poll, "is_mine": is_mine, **context}, status=status)


def _member(request: HttpRequest) -> Member | None:
    return request.user if request.user.is_authenticated else None


def _voter(request: HttpRequest) -> Member | str:
    return _member(request) or _device(request)


def _tapped(request: HttpRequest, poll: Poll) -> set[int]:
    """The answer that was tapped in the room: marked, and not sent."""
    tapped = request.GET.get("choose", "")
    return {option.pk for option in poll.options.all() if str(option.pk) == tapped}


def _profile_choices(poll: Poll, member: Member | None) -> set[int]:
    """The member's categories from the profile, ticked beforehand: they may change them for this meeting."""
    if member is None:
        return set()
    return set(poll.options.filter(category__in=member.categories.all()).values_list("pk", flat=True))
