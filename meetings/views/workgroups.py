"""One workgroup: its purpose, its meetings, who leads it; and for those who lead it, who is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from meetings import actions
from meetings.models import Meeting, Workgroup
from meetings.rules import can_join_workgroups
from privacy.logged_reads import record_look

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from members.http import MemberRequest

NEXT, LAST = 10, 5
PEOPLE = 100


@require_safe
def workgroups(request: HttpRequest) -> HttpResponse:
    groups, joined = Workgroup.objects.all(), set()
    if request.user.is_authenticated:
        groups = groups.fitting_first(request.user)
        joined = set(request.user.workgroups.values_list("pk", flat=True))
    return render(request, "meetings/workgroup_list.html", {"workgroups": groups, "joined": joined})


@require_safe
def workgroup(request: HttpRequest, slug: str) -> HttpResponse:
    """For everybody what it is for and when it meets; for those in it also who leads it."""
    group, now = get_object_or_404(Workgroup, slug=slug), timezone.now()
    own, may_join = None, False
    if request.user.is_authenticated:
        own = group.memberships().filter(member=request.user).first()
        may_join = can_join_workgroups(request.user.level_on(timezone.localdate(now)))
    meetings = Meeting.objects.filter(workgroup=group)
    context = {
        "workgroup": group,
        "own": own,
        "may_join": may_join,
        # Whoever leads agreed to be known to those who are in it, and to nobody else.
        "leads": [row.member.name for row in group.memberships().filter(is_lead=True).select_related("member")]
        if own
        else [],
        "upcoming": meetings.upcoming(now)[:NEXT],
        "past": meetings.past(now)[:LAST],
    }
    return render(request, "meetings/workgroup_detail.html", context)


@login_required
@require_POST
def workgroup_name(request: MemberRequest, slug: str) -> HttpResponse:
    """Let the leads see my name, or no longer."""
    group = get_object_or_404(Workgroup, slug=slug)
    shows = request.POST.get("shows_name") == "1"
    actions.show_name(group, member=request.user, shows=shows)
    messages.success(request, "The leads see your name." if shows else "The leads do not see your name.")
    return redirect(group)


@login_required
@require_safe
@transaction.atomic
def workgroup_people(request: MemberRequest, slug: str) -> HttpResponse:
    """The names of those who let the leads see them, for the leads; every look is written down."""
    group = get_object_or_404(Workgroup, slug=slug)
    people = group.memberships()
    if not people.filter(member=request.user, is_lead=True).exists():
        raise Http404
    shown = Paginator(people.filter(shows_name=True).select_related("member"), PEOPLE).get_page(request.GET.get("page"))
    subjects = [row.member_id for row in shown]
    if subjects:
        what, why = "names of a workgroup", "leading a workgroup"
        record_look(request, what, why=why, subjects=subjects, count=len(subjects))
    context = {"workgroup": group, "page_obj": shown, "others": people.filter(shows_name=False).count()}
    return render(request, "meetings/workgroup_people.html", context)
