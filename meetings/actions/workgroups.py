"""Joining and leaving workgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from cop_portal.errors import Refused
from meetings.rules import can_join_workgroups
from privacy.actions import require_consent
from privacy.enums import NoticeKey

if TYPE_CHECKING:
    from datetime import date

    from meetings.models import Workgroup
    from members.models import Member


@transaction.atomic
def join_workgroup(workgroup: Workgroup, *, member: Member, today: date, by: Member | None = None) -> None:
    """Add the member to the workgroup; twice is once. ``by``: staff, on behalf.

    Refuses: ``level`` (public attendees come to the meetings), ``consent_missing``.
    """
    if not can_join_workgroups(member.level_on(today)):
        raise Refused(
            "Workgroups are for full and specialty members. You can change your level in your profile.", code="level"
        )
    require_consent(member, key=NoticeKey.MEMBERSHIP, by=by)
    workgroup.members.add(member, through_defaults={"joined_on": today})


@transaction.atomic
def leave_workgroup(workgroup: Workgroup, *, member: Member) -> None:
    """Take the member out of the workgroup; twice is once. Refuses nothing."""
    workgroup.members.remove(member)
