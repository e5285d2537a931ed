"""Who leads a workgroup, and whose names the leads may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from cop_portal.errors import Refused
from meetings.models import Workgroup, WorkgroupMembership
from notices.actions import owe

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from members.models import Member


def show_name(workgroup: Workgroup, *, member: Member, shows: bool) -> None:
    """Let the leads of the workgroup see the member's name, or no longer. Of whoever is not in it: nothing."""
    WorkgroupMembership.objects.filter(workgroup=workgroup, member=member).update(shows_name=shows)


@transaction.atomic
def set_leads(workgroup: Workgroup, *, leads: Iterable[Member], now: datetime) -> list[Member]:
    """Make exactly these its leads; each new one is told. Returns the new ones. The same again changes nothing.

    Refuses: ``not_in_group``.
    """
    wanted = set(leads)
    rows = list(Workgroup.objects.select_for_update().get(pk=workgroup.pk).memberships().select_related("member"))
    if strangers := wanted - {row.member for row in rows}:
        names = ", ".join(sorted(member.name for member in strangers))
        raise Refused(f"{names} is not in this workgroup. Who leads it is in it.", code="not_in_group")
    new = [row for row in rows if row.member in wanted and not row.is_lead]
    for row in rows:
        if row.is_lead != (row.member in wanted):
            row.is_lead = not row.is_lead
            row.save(update_fields=["is_lead"])
    page = settings.PUBLIC_URL + reverse("meetings:workgroup", args=[workgroup.slug])
    for row in new:
        owe(
            key=f"workgroup-lead:{row.pk}:{int(now.timestamp())}",
            address=row.member.email or "",
            member=row.member,
            template="meetings/workgroup_lead",
            context={"workgroup": workgroup, "name": row.member.name, "page_url": page},
            now=now,
        )
    return [row.member for row in new]
