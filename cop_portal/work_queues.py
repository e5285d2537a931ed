"""The staff's work, counted: what stands first in the staff's room. A queue empties when its work is done.

Each queue names the right that its work needs and the admin list that shows it; the count is asked only for those who
may do the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from members.models import Member
from privacy.enums import RequestState
from privacy.models import DataRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


@dataclass(frozen=True)
class Queue:
    """One line of the index: what is to do, where, how much of it, and the right it needs."""

    label: str
    url: str
    count: int
    permission: str


@dataclass(frozen=True)
class Source:
    """One queue as it is written down below; ``counted`` is asked for those only who may do the work."""

    label: str
    list_name: str
    query: str
    permission: str
    counted: Callable[[], int]


def _requests_open() -> int:
    return DataRequest.objects.open().count()


def _requests_overdue() -> int:
    return DataRequest.objects.overdue(timezone.localdate()).count()


def _without_level() -> int:
    today = timezone.localdate()
    return Member.objects.active().without_level(today).count()


SOURCES: list[Source] = [
    Source(
        "Data requests past their day",
        "admin:privacy_datarequest_changelist",
        f"state={RequestState.OPEN}&due=overdue",
        "privacy.change_datarequest",
        _requests_overdue,
    ),
    Source(
        "Data requests to answer",
        "admin:privacy_datarequest_changelist",
        f"state={RequestState.OPEN}",
        "privacy.change_datarequest",
        _requests_open,
    ),
    Source(
        "People without a level",
        "admin:members_member_changelist",
        "level=none",
        "members.change_member",
        _without_level,
    ),
]


def work_queues(request: HttpRequest) -> list[Queue]:
    """The queues that this person may work on, each with what waits in it."""
    return [
        Queue(source.label, f"{reverse(source.list_name)}?{source.query}", source.counted(), source.permission)
        for source in SOURCES
        if request.user.has_perm(source.permission)
    ]
