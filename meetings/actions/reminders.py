"""What is owed because time passes: reminders of summaries that are missing.

Each is found by a window and kept from repeating by a unique key, so that a night without a worker loses none.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from meetings.models import Meeting
from members.enums import StaffGroup
from members.models import Member
from notices.actions import owe

if TYPE_CHECKING:
    from datetime import datetime

FORGET_SUMMARIES_AFTER = timedelta(days=60)


def remind_missing_summaries(*, now: datetime) -> int:
    """Owe the staff of the Meetings group one reminder 3 days and one 7 days after a meeting without a summary."""
    staff = Member.objects.active().filter(is_staff=True, email__isnull=False, groups__name=StaffGroup.MEETINGS)
    ended = {"ends_at__lte": now - timedelta(days=3), "ends_at__gt": now - FORGET_SUMMARIES_AFTER}
    owed = 0
    for meeting in Meeting.objects.without_summary().filter(**ended):
        days = 7 if meeting.ends_at <= now - timedelta(days=7) else 3
        key = f"summary-missing:{meeting.pk}:{days}"
        page = settings.PUBLIC_URL + reverse("admin:meetings_meeting_change", args=[meeting.pk])
        for member in staff.exclude(deliveries__key=key):
            context = {"meeting": meeting, "days": days, "admin_url": page}
            template = "meetings/summary_missing"
            owe(key=key, address=member.email, member=member, template=template, context=context, now=now)
            owed += 1
    return owed
