"""Telling people of published meetings: staff of meetings write the draft, staff of notices read and release it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from cop_portal.errors import Refused
from meetings import actions, rules
from meetings.models import Meeting
from members.http import signed_in
from notices.enums import NoticeState
from privacy.confirmation import ask_first, is_confirmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.admin import AdminSite
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

UNSENT = {NoticeState.DRAFT, NoticeState.SCHEDULED}
DRAFTED = (
    "The notice “{notice}” is written. Somebody who releases notices reads it and sends it; until then nobody is told."
)


def invite_page(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """What was told of this meeting so far; on POST a new draft."""
    if request.method == "POST":
        notice = _draft(request, [meeting])
        if notice:
            return redirect(request.path)
    context = {
        **site.each_context(request),
        "opts": Meeting._meta,
        "title": f"Invite: {meeting}",
        "meeting": meeting,
        "notices": actions.invitations_to(meeting),
        "takes_answers": rules.can_rsvp(meeting, timezone.now()),
    }
    return render(request, "admin/meetings/invite.html", context, status=422 if request.method == "POST" else 200)


def invite_selected(model_admin: Any, request: HttpRequest, queryset: QuerySet[Meeting]) -> HttpResponse | None:
    """One notice about several meetings, after a look at which."""
    chosen = queryset.select_related("workgroup").order_by("starts_at")
    if not is_confirmed(request):
        try:
            actions.check_invitable(list(chosen), now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return None
        title = "Prepare one notice that asks people to these meetings?"
        return ask_first(model_admin, request, chosen, action="invite_selected", title=title, words=_words)
    _draft(request, list(chosen))
    return None


def warn_of_unsent(request: HttpRequest, meetings: Sequence[Meeting]) -> None:
    """After meetings were moved or called off: what was written of them is not true any more, and could still be sent."""
    unsent = [notice for notice in actions.invitations_to(*meetings) if notice.state in UNSENT] if meetings else []
    for notice in unsent:
        words = (
            f"The notice “{notice}” is not sent yet, and says what was before. Ask somebody who writes notices to correct "
            "it or throw it away, and prepare a new one."
        )
        messages.warning(request, words)


def _words(meeting: Meeting) -> str:
    return f"{meeting}: {meeting.date_text}, {meeting.time_text}"


def _draft(request: HttpRequest, meetings: list[Meeting]) -> bool:
    try:
        notice = actions.draft_invitation(meetings, by=signed_in(request), now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, DRAFTED.format(notice=notice))
    return True
