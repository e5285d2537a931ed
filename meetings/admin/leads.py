"""Who is in a workgroup and who leads it: a page of the staff's room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from cop_portal.errors import Refused
from meetings import actions
from meetings.models import Workgroup
from privacy.logged_reads import record_look

if TYPE_CHECKING:
    from django.contrib import admin
    from django.http import HttpRequest, HttpResponse


@transaction.atomic
def people_page(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody in it, with a tick for those who lead it. Each look is written down."""
    if not request.user.has_perm("meetings.change_workgroup"):
        raise PermissionDenied
    group = get_object_or_404(Workgroup, pk=pk)
    rows = list(group.memberships().select_related("member"))
    if request.method == "POST":
        ticked = set(request.POST.getlist("lead"))
        leads = [row.member for row in rows if str(row.member_id) in ticked]
        try:
            new = actions.set_leads(group, leads=leads, now=timezone.now())
        except Refused as refusal:  # pragma: no cover  # somebody left while the page was read
            messages.error(request, str(refusal))
        else:
            model_admin.log_change(request, group, "Leads set.")
            messages.success(request, f"Saved. Leads: {len(leads)}, of whom {len(new)} new; the new ones are told.")
        return redirect("admin:meetings_workgroup_change", group.pk)
    if rows:
        subjects = [row.member_id for row in rows]
        record_look(request, "who is in a workgroup", why="leading a workgroup", subjects=subjects, count=len(rows))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": Workgroup._meta,
        "title": f"Who leads “{group}”",
        "group": group,
        "rows": rows,
    }
    return render(request, "admin/meetings/workgroup/people.html", context)
