"""Checking in, by the code shown in the room: members as themselves, everybody else by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.core import ratelimit
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cop_portal.errors import Refused
from meetings import actions, rules
from meetings.forms import CheckInForm, GuestCheckInForm
from meetings.models import Meeting
from members.models import Member
from privacy.enums import NoticeKey
from privacy.models import ConsentNotice

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
def checkin(request: HttpRequest, slug: str, code: str = "") -> HttpResponse:
    """GET shows a form (filled in by the QR code's address), POST checks in."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    if isinstance(request.user, Member):
        return _member(request, meeting, request.user, code)
    return _guest(request, meeting, code)


def _member(request: HttpRequest, meeting: Meeting, member: Member, code: str) -> HttpResponse:
    form = CheckInForm(request.POST or None, initial={"code": code})
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.check_in(meeting, member=member, code=form.cleaned_data["code"], now=timezone.now())
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(
                request, f"You are checked in, for {row.minutes} minutes. The organizers confirm it later."
            )
            return redirect(meeting)
    return _page(request, meeting, form, attendance=meeting.attendances.of(member).first())


def _guest(request: HttpRequest, meeting: Meeting, code: str) -> HttpResponse:
    """Without an account: a name, which staff confirm. Nothing about anybody else is told."""
    form = GuestCheckInForm(request.POST or None, initial={"code": code})
    form.offer(ConsentNotice.objects.readable(NoticeKey.GUEST))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if not ratelimit.consume(request, action="guest_check_in"):
            form.add_error(
                None, "Many people check in from here at once. Please try again in a minute, or tell the organizers."
            )
            return _page(request, meeting, form)
        try:
            row, is_new = actions.check_in_guest(
                meeting, name=data["name"], code=data["code"], notice_id=data["notice"], now=timezone.now()
            )
        except Refused as refusal:
            form.add_error("code" if refusal.code in {"code", "closed"} else None, str(refusal))
        else:
            if is_new:
                return render(request, "meetings/checked_in.html", {"meeting": meeting, "name": row.guest_name})
            form.add_error(
                "name",
                "Somebody checked in by this name already. If that was you, all is well. If not, add something that tells "
                "you apart, such as your organization.",
            )
    return _page(request, meeting, form)


def _page(request: HttpRequest, meeting: Meeting, form: CheckInForm | GuestCheckInForm, **more: object) -> HttpResponse:
    context = {
        "meeting": meeting,
        "form": form,
        "can_check_in": rules.can_check_in(meeting, timezone.now()),
        **more,
    }
    return render(request, "meetings/checkin.html", context, status=422 if form.errors else 200)
