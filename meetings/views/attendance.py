"""Checking in, by the code shown in the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cop_portal.errors import Refused
from meetings import actions, rules
from meetings.forms import CheckInForm
from meetings.models import Meeting

if TYPE_CHECKING:
    from django.http import HttpResponse

    from members.http import MemberRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def checkin(request: MemberRequest, slug: str, code: str = "") -> HttpResponse:
    """GET shows a form (filled in by the QR code's address), POST checks in."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    form = CheckInForm(request.POST or None, initial={"code": code})
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            row = actions.check_in(meeting, member=request.user, code=form.cleaned_data["code"], now=now)
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(
                request, f"You are checked in, for {row.minutes} minutes. The organizers confirm it later."
            )
            return redirect(meeting)
    context = {
        "meeting": meeting,
        "form": form,
        "attendance": meeting.attendances.of(request.user).first(),
        "can_check_in": rules.can_check_in(meeting, timezone.now()),
    }
    return render(request, "meetings/checkin.html", context, status=422 if form.errors else 200)
