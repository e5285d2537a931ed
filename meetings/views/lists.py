"""The meetings to come, those that were, and the workgroups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cop_portal.errors import Refused
from meetings import actions
from meetings.enums import MeetingKind
from meetings.models import Meeting, Summary, Workgroup
from meetings.rules import can_join_workgroups
from members.enums import Level

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from meetings.querysets import MeetingQuerySet
    from members.http import MemberRequest

PAGE_SIZE = 30


@require_safe
def upcoming(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    found = _filtered(request, Meeting.objects.upcoming(now).select_related("workgroup"))
    groups = Workgroup.objects.all()
    joined: set[int] = set()
    may_join = False
    if request.user.is_authenticated:
        joined = set(request.user.workgroups.values_list("pk", flat=True))
        groups = groups.fitting_first(request.user)
        level = request.user.level_on(timezone.localdate(now))
        may_join = can_join_workgroups(level)
        if level == Level.SPECIALTY:
            found = found.those_of_workgroups_first(request.user)
    context = {
        "page_obj": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "kinds": MeetingKind.choices,
        "kind": request.GET.get("kind", ""),
        "workgroups": list(groups),
        "workgroup": request.GET.get("workgroup", ""),
        "joined": joined,
        "may_join": may_join,
    }
    return render(request, "meetings/meeting_list.html", context)


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    past = Meeting.objects.past(now)
    words = request.GET.get("q", "").strip()[:100]
    year = request.GET.get("year", "")
    found = _filtered(request, past.select_related("workgroup")).annotate(
        has_summary=Exists(Summary.objects.filter(meeting=OuterRef("pk"), published_at__isnull=False))
    )
    if words:
        found = found.matching(words)
    if re.fullmatch(r"(19|20)\d\d", year, re.ASCII):
        found = found.filter(starts_at__year=int(year))
    years = [day.year for day in past.order_by().dates("starts_at", "year", order="DESC")]
    context = {
        "page_obj": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "words": words,
        "year": year,
        "years": years,
        "kinds": MeetingKind.choices,
        "kind": request.GET.get("kind", ""),
    }
    return render(request, "meetings/meeting_archive.html", context)


@login_required
@require_POST
def workgroup_join(request: MemberRequest, slug: str) -> HttpResponse:
    workgroup = get_object_or_404(Workgroup, slug=slug)
    try:
        actions.join_workgroup(workgroup, member=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"You joined the workgroup “{workgroup}”.")
    return redirect("meetings:list")


@login_required
@require_POST
def workgroup_leave(request: MemberRequest, slug: str) -> HttpResponse:
    workgroup = get_object_or_404(Workgroup, slug=slug)
    actions.leave_workgroup(workgroup, member=request.user, now=timezone.now())
    messages.success(request, f"You left the workgroup “{workgroup}”.")
    return redirect("meetings:list")


def _filtered(request: HttpRequest, found: MeetingQuerySet) -> MeetingQuerySet:
    kind, workgroup = request.GET.get("kind", ""), request.GET.get("workgroup", "")
    if kind in MeetingKind.values:
        found = found.filter(kind=kind)
    return found.filter(workgroup__slug=workgroup) if workgroup else found
