"""Answers to people's requests about their data, and the message that there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cop_portal.downloads import owe_update
from privacy.actions import close_request
from privacy.models import SensitiveView
from stipends.models import ClaimEvent, PaymentBatch

if TYPE_CHECKING:
    from datetime import datetime

    from members.models import Member
    from privacy.models import DataRequest

HANDED_OVER = "the whole download of a person's data"  # as the log of looks names it


def past_recipients(member: Member) -> list[str]:
    """Who had this person's data from us, for a challenge: each with its day, as far as the portal knows.

    Payers by exported batches; files by the log of looks: downloads that staff handed over, exports to a file. Minn.
    Stat. 13.04, subd. 4 wants them told what was wrong.
    """
    evidence = ClaimEvent.objects.filter(claim__member=member).values_list("evidence", flat=True)
    sent_back = [said["batch"] for said in evidence if said.get("batch") and said.get("checksum")]
    in_a_batch = PaymentBatch.objects.filter(Q(claims__member=member) | Q(pk__in=sent_back), closed_at__isnull=False)
    batches = in_a_batch.defer("export", "sheet").distinct().order_by("pk")
    files = SensitiveView.objects.about([member.pk]).filter(Q(what=HANDED_OVER) | Q(what__startswith="export"))
    return [
        *(f"{row.get_payer_display()}: payment batch {row.pk}, exported {_day(row.closed_at)}" for row in batches),
        *(f"By a file that staff took out: {row.what}, {_day(row.seen_at)}" for row in files.order_by("seen_at")),
    ]


def _day(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%B %-d, %Y}"


@transaction.atomic
def answer_request(
    request: DataRequest, *, by: Member, result: str, outcome: str, recipients_told: bool = False, now: datetime
) -> DataRequest:
    """Answer a request and owe the person a message that says no more than that there is news.

    Refuses what ``privacy.actions.close_request`` refuses.
    """
    answered = close_request(request, by=by, result=result, outcome=outcome, recipients_told=recipients_told, now=now)
    if answered.member.is_active:
        owe_update(answered.member, key=f"data-request:{answered.pk}", now=now)
    return answered
