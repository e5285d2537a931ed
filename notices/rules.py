"""What may be sent, and who may do what with a notice."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from notices.enums import STOPS_ALL, EventKind, SuppressionReason

SOFT_BOUNCE_WINDOW, SOFT_BOUNCE_DAYS = timedelta(days=30), 3


def suppression_stops(reason: str | None, unsubscribe_from: str) -> str:
    """Why a message to a suppressed address is not sent, or an empty text where it may be.

    An address that does not exist gets nothing, nor does that of somebody who has died. A person who asked for no mail, or called it unwanted, still gets
    what their own doing brings about (a place on a meeting's list, an answer): nothing transactional is affected.
    """
    if reason is None or (reason not in STOPS_ALL and not unsubscribe_from):
        return ""
    return f"Suppressed: {SuppressionReason(reason).label.lower()}."


def soft_bounces_stop(events: Iterable[tuple[str, datetime]]) -> bool:
    """Whether mail that came back for the moment did so too often: on three days of thirty, and none arrived in between.

    ``events``: (kind, when) of one address within SOFT_BOUNCE_WINDOW, oldest first.
    """
    days: set[date] = set()
    for kind, happened_at in events:
        if kind == EventKind.DELIVERED:
            days.clear()
        elif kind == EventKind.SOFT_BOUNCE:
            days.add(timezone.localdate(happened_at))
    return len(days) >= SOFT_BOUNCE_DAYS
