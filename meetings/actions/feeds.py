"""A member's own calendar address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from meetings.models import CalendarFeed
from meetings.tokens import new_token

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member


@transaction.atomic
def replace_feed(member: Member, *, now: datetime) -> CalendarFeed:
    """Give the member a calendar address; an earlier one stops working at once. Refuses nothing."""
    feed, _ = CalendarFeed.objects.update_or_create(member=member, defaults={"token": new_token(), "created_at": now})
    return feed


@transaction.atomic
def revoke_feed(member: Member) -> None:
    """Take the calendar address away. Twice is once."""
    CalendarFeed.objects.filter(member=member).delete()
