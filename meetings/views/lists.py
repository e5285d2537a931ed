"""The meetings to come, mine, those that were, a month of them; joining and leaving workgroups."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cop_portal.errors import Refused
from meetings import actions
from meetings.models import Meeting, Summary, Workgroup
from meetings.month import FIRST_YEAR, LAST_YEAR, WEEKDAYS, neighbour, span, weeks
from meetings.rules import can_join_workgroups
from meetings.views.filters import Filters
from members.enums import Level

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from members.http import MemberRequest

PAGE_SIZE = 30


@require_safe
def upcoming(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    filters = Filters.of(request)
    found = filters.apply(Meeting.objects.upcoming(now).select_related("workgroup"))
    groups = Workgroup.objects.all()
    joined: set[int] = set()
    may_join = False
    if request.user.is_authenticated:
        joined = set(request.user.workgroups.values_list("pk", flat=True))
        groups = groups.fitting_first(request.user)
        level = request.user.level_on(timezone.localdate(now))
        may_join = can_join_workgroups(level)
        found = found.with_answer_of(request.user)
        if level == Level.SPECIALTY:
            found = found.those_of_workgroups_first(request.user)
    context = {
        "page_obj": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        **filters.context(groups=list(groups)),
        "joined": joined,
        "may_join": may_join,
    }
    return render(request, "meetings/meeting_list.html", context)


@login_required
@require_safe
def mine(request: MemberRequest) -> HttpResponse:
    """The meetings I answered for or run, to come; with ``when=past`` those that were."""
    now, is_past = timezone.now(), request.GET.get("when") == "past"
    filters = Filters.of(request)
    found = Meeting.objects.past(now) if is_past else Meeting.objects.upcoming(now)
    found = filters.apply(found.of_member(request.user).select_related("workgroup")).with_answer_of(request.user)
    context = {
        "page_obj": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        **filters.context(),
        "is_past": is_past,
    }
    return render(request, "meetings/meeting_mine.html", context)


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    past = Meeting.objects.past(timezone.now())
    filters = Filters.of(request)
    found = filters.apply(past.select_related("workgroup")).annotate(
        has_summary=Exists(Summary.objects.filter(meeting=OuterRef("pk"), published_at__isnull=False))
    )
    years = [day.year for day in past.order_by().dates("starts_at", "year", order="DESC")]
    context = {
        "page_obj": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        **filters.context(years=years),
    }
    return render(request, "meetings/meeting_archive.html", context)


@require_safe
def month(request: HttpRequest, year: int = 0, month: int = 0) -> HttpResponse:
    """A month as a table, with what is in it once more as a list; without a month in the address, this one."""
    today = timezone.localdate()
    year, month = (year, month) if year else (today.year, today.month)
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        raise Http404
    first, filters = date(year, month, 1), Filters.of(request)
    start, end = span(first)
    found = Meeting.objects.public().filter(starts_at__gte=start, starts_at__lt=end).order_by("starts_at", "pk")
    rows = weeks(first, filters.apply(found.select_related("workgroup")), today)
    context = {
        "first": first,
        "weekdays": WEEKDAYS,
        "weeks": rows,
        "days": [day for week in rows for day in week if day.meetings],
        "before": neighbour(first, -1),
        "after": neighbour(first, 1),
        **filters.context(),
    }
    return render(request, "meetings/month.html", context)


@login_required
@require_POST
def workgroup_join(request: MemberRequest, slug: str) -> HttpResponse:
    workgroup = get_object_or_404(Workgroup, slug=slug)
    try:
        actions.join_workgroup(workgroup, member=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        actions.show_name(workgroup, member=request.user, shows=request.POST.get("shows_name") == "1")
        messages.success(request, f"You joined the workgroup “{workgroup}”.")
    return redirect(workgroup)


@login_required
@require_POST
def workgroup_leave(request: MemberRequest, slug: str) -> HttpResponse:
    workgroup = get_object_or_404(Workgroup, slug=slug)
    actions.leave_workgroup(workgroup, member=request.user, now=timezone.now())
    messages.success(request, f"You left the workgroup “{workgroup}”.")
    return redirect(workgroup)
