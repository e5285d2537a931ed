"""Downloads of a person's data: asked for here, made by the worker, and told when they are ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from cop_portal.data_export import archive_of
from notices.actions import owe
from notices.wake import wake_up
from privacy.actions import keep_export, request_export
from privacy.models import DataExport

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member

MAKE = "portal.make_data_exports"


@transaction.atomic
def ask_for_export(member: Member, *, now: datetime) -> DataExport:
    """Ask for one's own, and nudge the worker."""
    export = request_export(member, now=now)
    wake_up(MAKE)
    return export


def next_export() -> DataExport | None:
    """The oldest that waits and that no other worker holds. Call it in the transaction that makes it."""
    waiting = DataExport.objects.waiting().select_for_update(skip_locked=True, of=("self",))
    found: DataExport | None = waiting.select_related("member").order_by("requested_at", "pk").first()
    return found


def make_export(export: DataExport, *, now: datetime) -> DataExport:
    """Make and keep the archive; owe the person who asked a message that says no more than that there is news."""
    member = export.member
    keep_export(export, archive=archive_of(member, now=now), days=settings.DATA_EXPORT_DAYS, now=now)
    if export.asked_by_id is None and member.is_active and member.email:
        owe_update(member, key=f"data-export:{export.pk}", now=now)
    return export


def owe_update(member: Member, *, key: str, now: datetime) -> None:
    """ "You have an update; sign in." Nothing about private data is written in a mail."""
    owe(key=key, address=member.email or "", member=member, template="portal/update", context={}, now=now)
