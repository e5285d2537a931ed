"""Agendas in the staff's room: what takes too long, and what goes on at another meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from cop_portal.errors import Refused
from meetings import actions
from meetings.admin.forms import CarryForm
from meetings.enums import MeetingState
from meetings.models import AgendaItem, Meeting
from members.http import signed_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse

CHOICES = 50


def warn_of_overrun(request: HttpRequest, meeting: Meeting, formsets: Iterable[Any]) -> None:
    for formset in formsets:
        if formset.model is AgendaItem and formset.has_changed() and formset.minutes() > meeting.minutes:
            over = formset.minutes() - meeting.minutes
            messages.warning(
                request,
                f"The agenda takes {formset.minutes()} minutes, and the meeting has {meeting.minutes}: it runs over by "
                f"{over}. Shorten an item, carry one on, or let the meeting last longer.",
            )


def carry_page(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Choose items and the meeting at which they go on: the next of the series, or any later one."""
    now = timezone.now()
    following = actions.next_meeting(meeting)
    later = Meeting.objects.filter(starts_at__gt=max(now, meeting.starts_at)).exclude(state=MeetingState.CANCELLED)
    nearest = later.order_by("starts_at").values("pk")[:CHOICES]
    form = CarryForm(
        request.POST if request.method == "POST" else None,
        items=meeting.agenda_items.filter(carried_to__isnull=True),
        meetings=later.filter(pk__in=[row["pk"] for row in nearest]).order_by("starts_at"),
        initial={"to": following and following.pk},
    )
    if form.is_valid():
        to = form.cleaned_data["to"]
        try:
            new = actions.carry(meeting, form.cleaned_data["items"], to=to, by=signed_in(request), now=now)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Carried on to {to}, {to.date_text}: {len(new)}. The items here say so.")
            return redirect("admin:meetings_meeting_change", meeting.pk)
    context = {
        **site.each_context(request),
        "opts": Meeting._meta,
        "title": f"Carry items on: {meeting}",
        "meeting": meeting,
        "form": form,
        "gone": meeting.agenda_items.filter(carried_to__isnull=False).select_related("carried_to__meeting"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "admin/meetings/carry.html", context, status=status)
