"""Pages of the staff's room where somebody looks before they act: publish, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone

from cop_portal.errors import Refused
from meetings import actions, rules
from meetings.admin.forms import ShortNoticeForm
from meetings.expectations import people_to_help
from meetings.models import Meeting
from members.http import signed_in
from members.models import Member
from privacy.logged_reads import record_look

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse

HELP_PAGE_SIZE = 50


def publish_page(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Show what will happen; on POST do it, or say why not."""
    form, now = ShortNoticeForm(request.POST if request.method == "POST" else None), timezone.now()
    if form.is_valid():
        try:
            actions.publish(meeting, by=signed_in(request), now=now, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"“{meeting}” is published.")
            return redirect("admin:meetings_meeting_change", meeting.pk)
    context = {"form": form, "is_short_notice": rules.is_short_notice(meeting.starts_at, now)}
    status = 422 if form.is_bound else 200
    return _page(site, request, "admin/meetings/publish.html", meeting, context, status=status)


def publish_many_page(
    site: AdminSite, request: HttpRequest, drafts: list[Meeting], form: ShortNoticeForm
) -> HttpResponse:
    """Before several drafts are published at once: which ones."""
    context = {
        **site.each_context(request),
        "opts": Meeting._meta,
        "title": "Publish drafts",
        "drafts": drafts,
        "form": form,
        "is_short_notice": any(rules.is_short_notice(meeting.starts_at, timezone.now()) for meeting in drafts),
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
    }
    return render(request, "admin/meetings/publish_many.html", context, status=422 if form.errors else 200)


@transaction.atomic
def people_to_help_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Contributing members to ask whether they need help; for the membership staff. Each look is written down."""
    if not request.user.has_perm("members.change_member"):
        raise PermissionDenied
    found = Paginator(people_to_help(now=timezone.now()), HELP_PAGE_SIZE).get_page(request.GET.get("page"))
    context = {**site.each_context(request), "opts": Member._meta, "title": "People to help", "page_obj": found}
    shown = [person.pk for person in found]
    with transaction.atomic():
        if shown:
            record_look(request, "people to help", why="offering help", subjects=shown, count=len(shown))
        return render(request, "admin/meetings/people_to_help.html", context)


def _page(
    site: AdminSite, request: HttpRequest, template: str, meeting: Meeting, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {**site.each_context(request), "meeting": meeting, "opts": Meeting._meta, "title": f"Publish: {meeting}"}
    return render(request, template, {**shared, **context}, status=status)
