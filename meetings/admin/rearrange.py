"""A series and its meetings together: what is planned, and what moving or cancelling some of them would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils import timezone

from cop_portal.errors import Refused
from meetings import actions, rules
from meetings.admin import invitations
from meetings.admin.forms import CancelForm, MoveForm
from meetings.enums import Answer
from meetings.models import Meeting, Series
from meetings.rearranging import fingerprint, lines_to_cancel, lines_to_move
from members.http import signed_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse

    from meetings.rearranging import Line


def series_page(site: AdminSite, request: HttpRequest, series: Series) -> HttpResponse:
    """Every meeting of a series: where it stands, who comes, and what can be done with it."""
    now = timezone.now()
    coming = Count("rsvps", filter=~Q(rsvps__answer=Answer.NO) & Q(rsvps__isnull=False))
    rows: list[Any] = list(series.meetings.annotate(coming=coming).order_by("starts_at", "pk"))
    for row in rows:
        row.is_to_come = not row.is_cancelled and row.starts_at > now
        row.was_moved = rules.was_moved_by_hand(row)
    drafts = any(row.state == "draft" and row.is_to_come for row in rows)
    told = actions.invitations_to(*rows) if rows and not drafts else []
    for row in rows:
        # Ticked is what the next step is for: drafts to publish, and then those that nobody was told of.
        row.is_next = row.state == "draft" if drafts else not any(actions.tells_of(notice, row) for notice in told)
    context = {
        **site.each_context(request),
        "opts": Series._meta,
        "title": f"Meetings of “{series}”",
        "series": series,
        "rows": rows,
        "drafts": drafts,
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return render(request, "admin/meetings/series/meetings.html", context)


def move_page(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Ask for the new time or place, show what that does to which meetings, and do it."""
    form = MoveForm(request.POST if request.method == "POST" else None, meeting=meeting)

    def look() -> list[Line]:
        with_moved = form.cleaned_data.get("with_moved", False)
        return lines_to_move(meeting, form.wish, scope=form.chosen, with_moved=with_moved, now=timezone.now())

    def act(seen: str) -> list[Meeting]:
        return actions.move_meetings(
            meeting,
            form.wish,
            scope=form.chosen,
            with_moved=form.cleaned_data.get("with_moved", False),
            by=signed_in(request),
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
            seen=seen,
        )

    return _rearrange(site, request, meeting, form, look, act, verb="Move")


def cancel_page(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Ask why, show which meetings are called off and who would come, and do it."""
    form = CancelForm(request.POST if request.method == "POST" else None, meeting=meeting)

    def look() -> list[Line]:
        return lines_to_cancel(meeting, scope=form.chosen, now=timezone.now())

    def act(seen: str) -> list[Meeting]:
        reason = form.cleaned_data["reason"]
        return actions.cancel_meetings(
            meeting, scope=form.chosen, by=signed_in(request), now=timezone.now(), reason=reason, seen=seen
        )

    return _rearrange(site, request, meeting, form, look, act, verb="Cancel")


def _rearrange(
    site: AdminSite,
    request: HttpRequest,
    meeting: Meeting,
    form: MoveForm | CancelForm,
    look: Callable[[], list[Line]],
    act: Callable[[str], list[Meeting]],
    *,
    verb: str,
) -> HttpResponse:
    """First a look, then the deed. Whatever was typed after the look is looked at again."""
    lines: list[Line] = []
    if form.is_valid():
        try:
            lines = look()
            if "do" in request.POST:
                done = act(request.POST.get("seen", "-"))
                messages.success(request, _done_words(verb, len(done)))
                invitations.warn_of_unsent(request, done)
                return _back(meeting)
        except Refused as refusal:
            messages.error(request, str(refusal))
    touched = [line for line in lines if line.changes or (verb == "Cancel" and not line.left)]
    context = {
        **site.each_context(request),
        "opts": Meeting._meta,
        "title": f"{verb}: {meeting}",
        "meeting": meeting,
        "form": form,
        "verb": verb,
        "lines": lines,
        "touched": touched,
        "concerned": sum(line.concerned for line in touched if line.meeting.is_published),
        "needs_reason": any(line.needs_reason for line in touched if line.meeting.is_published),
        "seen": fingerprint(lines),
        "now_concerned": meeting.rsvps.exclude(answer=Answer.NO).count(),
    }
    status = 422 if form.is_bound and not touched else 200
    return render(request, "admin/meetings/rearrange.html", context, status=status)


def _back(meeting: Meeting) -> HttpResponse:
    if meeting.series_id:
        return redirect("admin:meetings_series_meetings", meeting.series_id)
    return redirect("admin:meetings_meeting_change", meeting.pk)


def _done_words(verb: str, count: int) -> str:
    meetings = "1 meeting" if count == 1 else f"{count} meetings"
    if verb == "Cancel":
        return f"{meetings} cancelled. Who said yes is told, and the entries leave their calendars."
    return f"{meetings} changed. Who said yes is told within minutes, in one message for each meeting."
