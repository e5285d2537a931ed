"""What may be sent, and who may do what with a notice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from notices.enums import STOPS_ALL, EventKind, SuppressionReason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from notices.models import Notice, Rfp

SOFT_BOUNCE_WINDOW, SOFT_BOUNCE_DAYS = timedelta(days=30), 3


def suppression_stops(reason: str | None, unsubscribe_from: str) -> str:
    """Why a message to a stopped address is not sent, or an empty text where it may be.

    An address that does not exist gets nothing, nor does that of somebody who has died. A person who asked for no mail, or called it unwanted, still gets
    what their own doing brings about (a place on a meeting's list, an answer): nothing transactional is affected.
    """
    if reason is None or (reason not in STOPS_ALL and not unsubscribe_from):
        return ""
    return f"Stopped address: {SuppressionReason(reason).label.lower()}."


def is_news_for(notice: Notice, level: str | None) -> bool:
    """Whether a digest tells of it, to somebody at this level or at none. What is for a few went to each at once."""
    if notice.audience:
        return False
    return level in notice.levels if level else notice.to_subscribers


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


def lead_time_warnings(rfp: Rfp, now: datetime) -> list[str]:
    """What staff should know before they publish a request now: too little time is said, never forbidden."""
    zone = ZoneInfo(rfp.zone)
    on, due = now.astimezone(zone).date(), rfp.due_at.astimezone(zone).date()
    said = _too_soon((due - on).days)
    if rfp.questions_due_at:
        asked = rfp.questions_due_at.astimezone(zone).date()
        least = settings.RFP_QUESTION_DAYS
        if (asked - on).days < least:
            said.append(f"Questions {_are_due((asked - on).days)}. Leave people at least {least} days to ask.")
        if (due - asked).days < least:
            said.append(
                f"Only {_days((due - asked).days)} remain from the last question to the proposals. Leave at least {least}: "
                "answers take three to five working days, and have to be read."
            )
    if (
        rfp.letter_due_at
        and (letters := (rfp.letter_due_at.astimezone(zone).date() - on).days) < settings.RFP_NOTICE_DAYS
    ):
        said.append(
            f"Letters of intent {_are_due(letters)}. Leave at least {settings.RFP_NOTICE_DAYS} days to write one."
        )
    return said


def _too_soon(days: int) -> list[str]:
    least, policy, exception = settings.RFP_NOTICE_DAYS, settings.RFP_POLICY_DAYS, settings.RFP_EXCEPTION_DAYS
    if days >= policy:
        return []
    due = f"Proposals {_are_due(days)}."
    covered = f"Where a trade agreement covers the purchase, State policy asks for {policy} days"
    if days < least:
        return [f"{due} Notice is given at least {least} days before. {covered}."]
    if days < exception:
        return [f"{due} {covered}, or {exception} by exception."]
    return [f"{due} {covered}; fewer need an exception."]


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _are_due(days: int) -> str:
    if days < 0:
        return f"were due {_days(-days)} ago"
    return "are due today" if days == 0 else f"are due in {_days(days)}"
