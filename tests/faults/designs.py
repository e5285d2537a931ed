"""Negative controls: two other orders of sending, which lose or double messages. The checker must see it."""

from django.utils import timezone

from notices import delivery
from notices.enums import DeliveryState
from notices.failpoints import failpoint
from notices.models import Delivery


def mark_then_send() -> None:
    """Marked as sent first, as healthchecks.io does: what is killed in between is lost."""

    def begin(row: Delivery, taken: delivery.Taken) -> None:
        delivery._settle(row, state=DeliveryState.SENT, sent_at=timezone.now())
        failpoint("after_handing")

    delivery._begin_handing = begin


def send_then_mark() -> None:
    """Sent under the claim and marked afterwards, as most projects do: what is killed in between is sent twice."""
    delivery._begin_handing = lambda row, taken: None


DESIGNS = {"mark_then_send": mark_then_send, "send_then_mark": send_then_mark, "": lambda: None}
