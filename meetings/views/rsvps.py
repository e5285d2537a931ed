"""Answers: a member's, a guest's, and those by a link in a mail. GET shows, POST decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cop_portal.errors import Refused
from meetings import actions, rules
from meetings.forms import AnswerForm, GuestRsvpForm, RequestAnswerForm, RsvpForm
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
    known, accommodation = _own(meeting, request.user)
    is_short = request.method == "POST" and "short" in request.POST
    if is_short:
        form: Any = AnswerForm(request.POST)
    else:
        initial = _initial(request, known, accommodation)
        form = RsvpForm(request.POST or None, initial=initial, known=known, **_form_options(meeting))
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
    return _member_page(request, meeting, form, known, accommodation)


def _member_page(
    request: MemberRequest, meeting: Meeting, form: Any, known: Rsvp | None, accommodation: Accommodation | None,
    request_form: RequestAnswerForm | None = None,
) -> HttpResponse:  # fmt: skip
    context = {
        "rsvp": known,
        "accommodation": accommodation,
        "position": actions.waiting_position(known) if known else None,
        "request_form": request_form or RequestAnswerForm(),
        "request_url": reverse("meetings:answer_request", args=[meeting.slug]),
    }
    return _page(request, meeting, form, context)


@login_required
@require_POST
def answer_request(request: MemberRequest, slug: str) -> HttpResponse:
    """What the member says to what was arranged for them: it will do, or it is not enough."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    known, accommodation = _own(meeting, request.user)
    if known is None or accommodation is None:
        raise Http404
    said = RequestAnswerForm(request.POST)
    if _answered(request, accommodation, said):
        return redirect("meetings:rsvp", slug)
    form = RsvpForm(initial=_initial(request, known, accommodation), known=known, **_form_options(meeting))
    return _member_page(request, meeting, form, known, accommodation, said)


def _answered(request: HttpRequest, accommodation: Accommodation, said: RequestAnswerForm) -> bool:
    """Whether it was taken; where it was not, the form says why and keeps what was typed."""
    if not said.is_valid():
        return False
    will_do = said.cleaned_data["will_do"] == "yes"
    try:
        actions.answer_accommodation(
            accommodation, will_do=will_do, words=said.cleaned_data["words"], now=timezone.now()
        )
    except Refused as refusal:
        said.add_error("words", str(refusal))
        return False
    words = "Thank you for telling us." if will_do else "Thank you. The organizers look for something else."
    messages.success(request, words)
    return True


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
    if member is None and row is None:
        return render(request, "meetings/answer_moved.html", {"meeting": meeting}, status=410)
    now = timezone.now()
    # A guest has no other page. A member reads these behind the sign-in: mails are passed on.
    accommodation = Accommodation.objects.filter(rsvp=row).first() if row and not member else None
    said = RequestAnswerForm(request.POST if "request" in request.POST else None)
    if accommodation is not None and said.is_bound:
        if _answered(request, accommodation, said):
            return redirect(request.path)
    elif request.method == "POST":
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
        "seats_left": 0 if _is_full(meeting) else None,
        "accommodation": accommodation,
        "request_form": said,
        "request_url": request.path,
        "join_url": meeting.join_url if not member and rules.rsvp_sees_join_link(row, meeting, now) else "",
    }
    return render(request, "meetings/answer_by_link.html", context, status=422 if said.errors else 200)


def _person(token: str, meeting: Meeting) -> tuple[Member | None, Rsvp | None]:
    """The member or the guest's answer that the link is for; neither where the answer is gone; 404 for any other link.

    What a guest has answered may have become a member's meanwhile: the link was sent to the same mailbox.
    """
    numbers = read_answer(token, meeting)
    if numbers is None:
        raise Http404
    member_pk, rsvp_pk = numbers
    if rsvp_pk is not None:
        row = meeting.rsvps.select_related("member").filter(pk=rsvp_pk).first()
        if row is not None and row.member is not None and not row.member.is_active:
            raise Http404
        return (row.member, row) if row else (None, None)
    member = get_object_or_404(Member.objects.active(), pk=member_pk)
    return member, meeting.rsvps.of(member).first()


def _page(request: HttpRequest, meeting: Meeting, form: Any, context: dict[str, Any]) -> HttpResponse:
    shared = {
        "meeting": meeting,
        "form": form,
        "languages": settings.PREFERRED_LANGUAGES,
        "can_rsvp": rules.can_rsvp(meeting, timezone.now()),
    }
    wrong = form.errors or (context.get("request_form") and context["request_form"].errors)
    return render(request, "meetings/rsvp.html", {**shared, **context}, status=422 if wrong else 200)


def _form_options(meeting: Meeting) -> dict[str, Any]:
    return {"meeting": meeting, "today": timezone.localdate(), "is_full": _is_full(meeting)}


def _is_full(meeting: Meeting) -> bool:
    return meeting.capacity is not None and meeting.rsvps.holding().count() >= meeting.capacity


def _own(meeting: Meeting, member: Member) -> tuple[Rsvp | None, Accommodation | None]:
    known = meeting.rsvps.of(member).select_related("meeting", "accommodation").first()
    return known, getattr(known, "accommodation", None)


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
