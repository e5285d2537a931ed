"""Answers to people's requests about their data, and the message that there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from cop_portal.downloads import owe_update
from privacy.actions import close_request

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member
    from privacy.models import DataRequest


@transaction.atomic
def answer_request(request: DataRequest, *, by: Member, outcome: str, now: datetime) -> DataRequest:
    """Answer a request and owe the person a message that says no more than that there is news.

    Refuses what ``privacy.actions.close_request`` refuses.
    """
    answered = close_request(request, by=by, outcome=outcome, now=now)
    if answered.member.is_active:
        owe_update(answered.member, key=f"data-request:{answered.pk}", now=now)
    return answered
