"""Calendar files and feeds. Whoever has the address of a personal feed reads it: it names nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from meetings import actions, ical
from meetings.models import CalendarFeed, Meeting, Rsvp, Workgroup
from meetings.rules import has_place

if TYPE_CHECKING:
    from django.http import HttpRequest

    from members.http import MemberRequest

KEEP_PAST = timedelta(days=90)


@require_safe
def public_feed(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    meetings = Meeting.objects.public().filter(ends_at__gt=now - KEEP_PAST)
    entries = [(meeting, meeting.sequence) for meeting in meetings]
    return _answer(ical.feed(entries, name=settings.COMMUNITY["name"], now=now), "meetings")


@require_safe
def workgroup_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The meetings of one workgroup, for those who want no others in their calendar."""
    group, now = get_object_or_404(Workgroup, slug=slug), timezone.now()
    meetings = Meeting.objects.public().filter(workgroup=group, ends_at__gt=now - KEEP_PAST)
    entries = [(meeting, meeting.sequence) for meeting in meetings]
    return _answer(ical.feed(entries, name=f"{settings.COMMUNITY['short_name']}: {group}", now=now), group.slug)


@require_safe
def one_meeting(request: HttpRequest, slug: str) -> HttpResponse:
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    calendar = ical.feed([(meeting, meeting.sequence)], name=meeting.title, now=timezone.now())
    return _answer(calendar, meeting.slug)


@require_safe
def personal_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The meetings its owner is going to, numbered like the messages sent to them, so that both agree."""
    feed = get_object_or_404(CalendarFeed.objects.filter(member__is_active=True), token=token)
    now = timezone.now()
    rsvps = Rsvp.objects.filter(member=feed.member_id, meeting__ends_at__gt=now - KEEP_PAST).select_related("meeting")
    entries = [
        (row.meeting, row.meeting.sequence + row.sequence)
        for row in rsvps.order_by("meeting__starts_at", "pk")
        if has_place(row)
    ]
    response = _answer(ical.feed(entries, name=f"My {settings.COMMUNITY['short_name']}", now=now), "my-meetings")
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_calendar(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        if "revoke" in request.POST:
            actions.revoke_feed(request.user)
            messages.success(request, "Your calendar address no longer works.")
        else:
            actions.replace_feed(request.user, now=timezone.now())
            messages.success(request, "Here is your calendar address. An earlier one no longer works.")
        return redirect("meetings:my_calendar")
    feed = CalendarFeed.objects.filter(member=request.user).first()
    context = {
        "address": settings.PUBLIC_URL + reverse("meetings:personal_feed", args=[feed.token]) if feed else "",
        "public_address": settings.PUBLIC_URL + reverse("meetings:public_feed"),
    }
    return render(request, "meetings/my_calendar.html", context)


def _answer(calendar: str, name: str) -> HttpResponse:
    response = HttpResponse(calendar, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{name}.ics"'
    return response
