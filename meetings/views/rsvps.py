"""Answers: a member's, a guest's, and those by a link in a mail. GET shows, POST decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cop_portal.errors import Refused
from meetings import actions, rules
from meetings.forms import AnswerForm, GuestRsvpForm, RsvpForm
from meetings.models import Accommodation, GuestAnswer, Meeting, Rsvp
from meetings.tokens import read_answer
from members.models import Member
from privacy.enums import NoticeKey
from privacy.models import ConsentNotice

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from members.http import MemberRequest


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, for members and guests. A short POST from the meeting's page carries the answer alone."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    if request.user.is_authenticated:
        return _member_answer(request, meeting)  # type: ignore[arg-type]
    return _guest_answer(request, meeting)


def _member_answer(request: MemberRequest, meeting: Meeting) -> HttpResponse:
    known = meeting.rsvps.of(request.user).first()
    accommodation = Accommodation.objects.filter(rsvp=known).first() if known else None
    is_short = request.method == "POST" and "short" in request.POST
    if is_short:
        form: Any = AnswerForm(request.POST)
    else:
        form = RsvpForm(request.POST or None, initial=_initial(request, known, accommodation), **_form_options(meeting))
    if request.method == "POST" and form.is_valid():
        details = None if is_short else _details(form.cleaned_data)
        try:
            row = actions.rsvp(
                meeting,
                member=request.user,
                answer=form.cleaned_data["answer"],
                details=details,
                now=timezone.now(),
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _said(row))
        return redirect(meeting)
    context = {
        "rsvp": known,
        "accommodation": accommodation,
        "position": actions.waiting_position(known) if known else None,
    }
    return _page(request, meeting, form, context)


def _guest_answer(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    form = GuestRsvpForm(request.POST or None, **_form_options(meeting))
    form.offer(ConsentNotice.objects.readable(NoticeKey.GUEST))
    if request.method == "POST" and form.is_valid():
        if not _may_ask(request):
            form.add_error(None, "Many answers came from this connection. Please try again in an hour.")
            return _page(request, meeting, form, {})
        data = form.cleaned_data
        try:
            actions.ask_as_guest(
                meeting,
                name=data["name"],
                email=data["email"],
                answer=data["answer"],
                details=_details(data),
                notice_id=data["notice"],
                now=timezone.now(),
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(meeting)
        return render(request, "meetings/guest_sent.html", {"meeting": meeting})
    return _page(request, meeting, form, {})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def guest_confirm(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    pending = GuestAnswer.objects.filter(token=token, meeting__slug=slug).select_related("meeting").first()
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    if request.method == "POST" and pending is not None:
        try:
            row = actions.confirm_guest(pending, now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _said(row))
        return redirect(meeting)
    context = {"meeting": meeting, "pending": pending, "can_rsvp": rules.can_rsvp(meeting, timezone.now())}
    return render(request, "meetings/guest_confirm.html", context, status=200 if pending else 410)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer_by_link(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """From a mail, without signing in. The page shows nothing but the meeting and this one answer."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    member, row = _person(token, meeting)
    now = timezone.now()
    if request.method == "POST":
        form = AnswerForm(request.POST)
        if not form.is_valid():
            raise Http404
        guest = None if member or not row else actions.Guest(row.guest_name, row.guest_email, row.guest_phone)
        try:
            row = actions.rsvp(meeting, member=member, guest=guest, answer=form.cleaned_data["answer"], now=now)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _said(row))
        return redirect(request.path)
    context = {
        "meeting": meeting,
        "rsvp": row,
        "position": actions.waiting_position(row) if row else None,
        "wanted": request.GET.get("answer", ""),
        "can_rsvp": rules.can_rsvp(meeting, now),
        # A guest has no other page. A member reads these behind the sign-in: mails are passed on.
        "accommodation": Accommodation.objects.filter(rsvp=row).first() if row and not member else None,
        "join_url": meeting.join_url if not member and rules.rsvp_sees_join_link(row, meeting, now) else "",
    }
    return render(request, "meetings/answer_by_link.html", context)


def _person(token: str, meeting: Meeting) -> tuple[Member | None, Rsvp | None]:
    """The member or the guest's answer that the link is for; 404 for any other link."""
    numbers = read_answer(token, meeting)
    if numbers is None:
        raise Http404
    member_pk, rsvp_pk = numbers
    if rsvp_pk is not None:
        return None, get_object_or_404(meeting.rsvps.filter(member__isnull=True), pk=rsvp_pk)
    member = get_object_or_404(Member.objects.active(), pk=member_pk)
    return member, meeting.rsvps.of(member).first()


def _page(request: HttpRequest, meeting: Meeting, form: Any, context: dict[str, Any]) -> HttpResponse:
    shared = {
        "meeting": meeting,
        "form": form,
        "languages": settings.PREFERRED_LANGUAGES,
        "can_rsvp": rules.can_rsvp(meeting, timezone.now()),
    }
    return render(request, "meetings/rsvp.html", {**shared, **context}, status=422 if form.errors else 200)


def _form_options(meeting: Meeting) -> dict[str, Any]:
    is_full = meeting.capacity is not None and meeting.rsvps.seated().count() >= meeting.capacity
    return {"meeting": meeting, "today": timezone.localdate(), "is_full": is_full}


def _initial(request: MemberRequest, known: Rsvp | None, accommodation: Accommodation | None) -> dict[str, Any]:
    if known is None:
        return {"language": request.user.language, "needs_interpreter": request.user.needs_interpreter}
    return {
        "answer": known.answer,
        "language": known.language,
        "needs_interpreter": known.needs_interpreter,
        "note": known.note,
        "need": accommodation.need if accommodation and accommodation.state != "withdrawn" else "",
    }


def _details(data: dict[str, Any]) -> actions.Details:
    names = ("language", "needs_interpreter", "note", "need")
    return actions.Details(**{name: data[name] for name in names})


def _said(row: Rsvp) -> str:
    if row.is_waiting:
        return f"The room is full. You are number {actions.waiting_position(row)} on the waiting list; we write when a seat is free for you."
    if row.answer == "no":
        return "You are not coming. Thank you for telling us."
    if row.answer == "undecided":
        return "You have not decided yet. We ask you once more before the meeting; no seat is kept for you until then."
    return "You are coming in person. See you there." if row.answer == "in_person" else "You are coming online."


def _may_ask(request: HttpRequest) -> bool:
    """At most so many mails to addresses that somebody types in, an hour and connection."""
    return bool(ratelimit.consume(request, action="guest_answer"))
