"""Workgroups: founding one, joining and leaving. Each is a subject that people hear about (notices.models.Topic)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from cop_portal.errors import Refused
from meetings.rules import can_join_workgroups
from notices.actions import follow, keep_topic, subscriber_for, unsubscribe
from privacy.actions import require_consent
from privacy.enums import NoticeKey

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.models import Workgroup
    from members.models import Member


@transaction.atomic
def save_workgroup(workgroup: Workgroup) -> Workgroup:
    """Keep a workgroup as it is now; the subject that people hear about is called as it is."""
    workgroup.save()
    _keep_subject(workgroup)
    return workgroup


def _keep_subject(workgroup: Workgroup) -> None:
    about = "Its meetings, and what comes of its work."
    keep_topic(workgroup.subject, label=f"Workgroup: {workgroup.name}", about=about)


@transaction.atomic
def join_workgroup(workgroup: Workgroup, *, member: Member, now: datetime, by: Member | None = None) -> None:
    """Add the member to the workgroup and let them hear about it; twice is once. ``by``: staff, on behalf.

    Refuses: ``level`` (public attendees come to the meetings), ``consent_missing``.
    """
    today = timezone.localdate(now)
    if not can_join_workgroups(member.level_on(today)):
        raise Refused(
            "Workgroups are for full and specialty members. You can change your level in your profile.", code="level"
        )
    require_consent(member, key=NoticeKey.MEMBERSHIP, by=by)
    if workgroup.members.filter(pk=member.pk).exists():
        return  # what they hear about it is as they chose since
    workgroup.members.add(member, through_defaults={"joined_on": today})
    _keep_subject(workgroup)
    follow(member, subject=workgroup.subject, now=now)


@transaction.atomic
def leave_workgroup(workgroup: Workgroup, *, member: Member, now: datetime) -> None:
    """Take the member out of the workgroup, and what they hear about it with it; twice is once. Refuses nothing."""
    if workgroup.members.filter(pk=member.pk).exists():
        workgroup.members.remove(member)
        unsubscribe(subscriber_for(member, now), subject=workgroup.subject, now=now)
