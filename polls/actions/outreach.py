"""A seat stays empty: a notice about it begins, for somebody else to release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify

from cop_portal.errors import Refused
from meetings.models import Meeting
from notices.actions import save_draft
from notices.enums import NoticeState, PartnerKind, Subject
from notices.models import JOIN_PAGE, Notice, OutreachPartner

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from members.models import Member

TITLE = "Who is missing at our meetings: {seat}"


@transaction.atomic
def begin_outreach(seat: str, *, kind: str, by: Member, now: datetime) -> Notice:
    """Write a draft that asks for people for this seat, and names the partners of that kind who could pass it on.

    Its author may change every word; it goes out when somebody else releases it. It says nothing of when somebody from
    the seat came last. Refuses: ``begun`` (a draft about this seat waits already).
    """
    if (waiting := notices_about([seat]).get(seat)) and waiting.state == NoticeState.DRAFT:
        raise Refused("A draft about this seat waits already. Finish or cancel it first.", code="begun")
    day = timezone.localdate(now)
    body = render_to_string(
        "polls/outreach.md",
        {
            "seat": seat,
            "meeting": Meeting.objects.upcoming(now).first(),
            "partners": list(OutreachPartner.objects.filter(kind=PartnerKind(kind))),
            "community": settings.COMMUNITY,
            "join": f"{settings.PUBLIC_URL}{JOIN_PAGE}",
            "site": settings.PUBLIC_URL,
        },
    )
    taken = Notice.objects.filter(slug__startswith=_slug(seat)).count()
    notice = Notice(
        title=TITLE.format(seat=seat)[:160],
        slug=f"{_slug(seat)}{day:%Y%m%d}{f'-{taken + 1}' if taken else ''}",
        subject=Subject.MEETINGS,
        body=body.strip(),
        page=JOIN_PAGE,
    )
    return save_draft(notice, by=by)


def notices_about(seats: Iterable[str]) -> dict[str, Notice]:
    """The last notice begun about each of these seats, if any."""
    begun = list(Notice.objects.filter(slug__startswith="seat-").order_by("pk"))
    return {seat: notice for seat in seats for notice in begun if notice.slug.startswith(_slug(seat))}


def _slug(seat: str) -> str:
    return f"seat-{slugify(seat)[:50]}-"
