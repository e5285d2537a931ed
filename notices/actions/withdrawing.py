"""Messages that something has overtaken before they were on their way: taken back, or given the words of today."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from notices.enums import DeliveryState
from notices.message import render_mail
from notices.models import Call, Delivery

# A claimed one, too: the worker asks once more for its row just before it hands the message over.
NOT_ON_ITS_WAY = (DeliveryState.QUEUED, DeliveryState.CLAIMED)


@transaction.atomic
def withdraw(keys: Iterable[str], *, why: str, may_be_owed_again: bool = False) -> int:
    """Take back what of these messages is not on its way, also what failed (nobody is to retry it) and calls not made.

    ``may_be_owed_again``: what is taken back gives its key up, so that a message with newer words can have it. Returns
    how many messages. Refuses nothing; what the server has or may have stays.
    """
    keys = list(keys)
    Call.objects.filter(key__in=keys, told_at__isnull=True).delete()
    open_rows = Delivery.objects.filter(key__in=keys, state__in=(*NOT_ON_ITS_WAY, DeliveryState.FAILED))
    ended: dict[str, Any] = {"state": DeliveryState.CANCELLED, "reason": why[:300], "claim": "", "lease_until": None}
    if may_be_owed_again:
        ended["key"] = Concat("key", Value("~"), Cast("pk", CharField()))
    return open_rows.update(**ended)


@transaction.atomic
def say_anew(
    *, key: str, address: str, template: str, context: dict[str, Any], calendar: str = "", now: datetime
) -> bool:
    """Give a message that is not on its way yet the words of today, and owe it from now on.

    False where there is no such message (any more).
    """
    row = Delivery.objects.filter(key=key, address=address.strip().lower(), state__in=NOT_ON_ITS_WAY).first()
    if row is None:
        return False
    subject_line, text, html = render_mail(template, context)
    # Back to the queue: a worker that holds it has the former words in its hands.
    changed = Delivery.objects.filter(pk=row.pk, state__in=NOT_ON_ITS_WAY).update(
        state=DeliveryState.QUEUED, claim="", lease_until=None, owed_at=now, due_at=now, subject_line=subject_line,
        text=text, html=html, calendar=calendar,
    )  # fmt: skip
    return changed == 1
