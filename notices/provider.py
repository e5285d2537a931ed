"""The mail provider's word on our messages: who may say it, and what it means in our terms.

A message goes over SMTP with a mark by which the provider names it again (``marks``). Later it tells our web address what
became of it. django-anymail knows how each provider signs and says that; its signals are not used: the view calls it, and
gives what it understood to an action (docs/decisions/0016).
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

from notices.enums import EventKind

VIEWS = {
    "brevo": "anymail.webhooks.brevo.BrevoTrackingWebhookView",
    "mailgun": "anymail.webhooks.mailgun.MailgunTrackingWebhookView",
    "mailjet": "anymail.webhooks.mailjet.MailjetTrackingWebhookView",
    "postmark": "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
    "sparkpost": "anymail.webhooks.sparkpost.SparkPostTrackingWebhookView",
}
KINDS = {
    "delivered": EventKind.DELIVERED,
    "deferred": EventKind.DELAYED,
    "bounced": EventKind.HARD_BOUNCE,  # unless something in it says that it is of the moment: _is_soft
    "rejected": EventKind.SOFT_BOUNCE,
    "failed": EventKind.SOFT_BOUNCE,
    "complained": EventKind.COMPLAINT,
    "unsubscribed": EventKind.UNSUBSCRIBED,
}  # opened, clicked and the like are nobody's business, and not kept
# Why a provider does not even try: it has seen the address bounce, or its owner complain.
REFUSED_FOR = {
    "invalid": EventKind.HARD_BOUNCE,
    "bounced": EventKind.HARD_BOUNCE,
    "spam": EventKind.COMPLAINT,
    "unsubscribed": EventKind.UNSUBSCRIBED,
}
# In the words of a receiving server: 4xx, a full mailbox, or a matter of policy. The address itself exists.
_OF_THE_MOMENT = re.compile(r"\b4\.\d{1,3}\.\d{1,3}\b|\b4\d\d\b|\b5\.2\.\d{1,3}\b|\b5\.7\.\d{1,3}\b")
_SAYS_SOFT = {"softbounce", "soft_bounce", "temporary"}
_ADDRESS = re.compile(r"[^\s<>\"']+@[^\s<>\"']+")


class Forged(Exception):
    """Whoever said this is not the provider, or said something that is no event."""


@dataclass(frozen=True)
class Said:
    """One event in our terms. ``delivery``: the number we gave the message; the Message-ID where that is missing."""

    kind: EventKind
    delivery: int | None
    message_id: str
    recipient: str
    happened_at: datetime
    detail: str
    fingerprint: str


def marks(delivery: int) -> dict[str, str]:
    """Headers by which this provider names the message again, and which keep it from tracking anybody."""
    number = str(delivery)
    match settings.MAIL_PROVIDER:
        case "brevo":
            return {"X-Mailin-custom": json.dumps({"delivery": number})}
        case "mailgun":
            return {"X-Mailgun-Variables": json.dumps({"delivery": number}), "X-Mailgun-Track": "no"}
        case "mailjet":
            ours = json.dumps({"delivery": number})
            return {"X-MJ-EventPayload": ours, "X-Mailjet-TrackOpen": "0", "X-Mailjet-TrackClick": "0"}
        case "postmark":
            return {"X-PM-Metadata-delivery": number, "X-PM-KeepID": "true", "X-PM-TrackLinks": "None"}
        case "sparkpost":
            quiet = {"open_tracking": False, "click_tracking": False}
            return {"X-MSYS-API": json.dumps({"metadata": {"delivery": number}, "options": quiet})}
    return {}


def understand(request: HttpRequest) -> list[Said]:
    """What the provider says in this request. Refuses by ``Forged`` what it has not signed, and what is no event."""
    view: Any = import_string(VIEWS[settings.MAIL_PROVIDER])()
    try:
        view.run_validators(request)
        events = view.parse_events(request)
        return [said for event in events if (said := _in_our_terms(event))]
    except (SuspiciousOperation, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Forged(type(error).__name__) from error


def _in_our_terms(event: Any) -> Said | None:
    kind = KINDS.get(event.event_type)
    if kind is None or not event.recipient:
        return None
    if event.event_type == "rejected":
        kind = REFUSED_FOR.get(event.reject_reason, kind)
    elif kind == EventKind.HARD_BOUNCE and _is_soft(event):
        kind = EventKind.SOFT_BOUNCE
    happened_at = event.timestamp or timezone.now()
    if timezone.is_naive(happened_at):
        happened_at = happened_at.replace(tzinfo=UTC)
    number = str((event.metadata or {}).get("delivery", ""))
    named = event.event_id or f"{event.message_id} {number} {event.timestamp}"
    told = f"{settings.MAIL_PROVIDER} {named} {event.event_type} {event.recipient.lower()}"
    return Said(
        kind=kind, delivery=int(number) if re.fullmatch(r"\d{1,18}", number) else None,
        message_id=event.message_id or "", recipient=event.recipient.lower(), happened_at=happened_at,
        detail=_ADDRESS.sub("(an address)", " ".join((event.mta_response or event.description or "").split()))[:300],
        fingerprint=hashlib.sha256(told.encode()).hexdigest(),
    )  # fmt: skip


def _is_soft(event: Any) -> bool:
    raw = event.esp_event if isinstance(event.esp_event, dict) else {}
    words = {str(raw.get(name, "")).lower() for name in ("Type", "event", "type", "severity")}
    if words & _SAYS_SOFT or raw.get("hard_bounce") is False:
        return True
    return bool(_OF_THE_MOMENT.search(event.mta_response or ""))
