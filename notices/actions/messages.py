"""Messages that are owed. Nothing here sends: notices/delivery.py does."""

from datetime import datetime
from typing import Any

from django.db import transaction

from members.models import Member
from notices.actions.subscribers import subscriber_for
from notices.enums import DeliveryState
from notices.message import links_for, render_mail
from notices.models import Delivery, Subscriber, Suppression
from notices.rules import suppression_stops
from notices.tokens import new_message_id
from notices.wake import wake_up


@transaction.atomic
def owe(
    *,
    key: str,
    address: str,
    template: str,
    context: dict[str, Any],
    now: datetime,
    member: Member | None = None,
    subscriber: Subscriber | None = None,
    due_at: datetime | None = None,
    priority: int = Delivery.ORDINARY,
    unsubscribe_from: str = "",
    calendar: str = "",
) -> Delivery | None:
    """Owe one message to one address; it goes out after the caller's transaction is committed.

    In: templates/mail/<template>.{subject,txt,html} rendered now with ``context``, `community` and `public_url`
    (and, with ``unsubscribe_from`` and a ``subscriber``, `unsubscribe_url` and `preferences_url`).
    Out: the row; None where there is no address. The same key and address again: the row there is, untouched.
    A suppressed address gets a row that says so and is never sent. Nothing is refused.
    """
    address = address.strip().lower()
    if not address:
        return None
    existing: Delivery | None = Delivery.objects.filter(key=key, address=address).first()
    if existing:
        return existing
    if unsubscribe_from:
        subscriber = subscriber or _own_subscriber(member, now)
        links = {f"{name}_url": url for name, url in links_for(subscriber, unsubscribe_from).items()}
        context = {**context, **links}
    subject_line, text, html = render_mail(template, context)
    stopped = suppression_stops(Suppression.objects.reason_for(address), unsubscribe_from)
    row = Delivery(
        key=key, address=address, member=member, subscriber=subscriber, subject_line=subject_line, text=text,
        html=html, calendar=calendar, unsubscribe_from=unsubscribe_from, priority=priority,
        state=DeliveryState.SUPPRESSED if stopped else DeliveryState.QUEUED, reason=stopped,
        owed_at=now, due_at=due_at or now, message_id=new_message_id(),
    )  # fmt: skip
    # Two at once: the unique key decides, and both callers get the one row.
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    wake_up()
    owed: Delivery = Delivery.objects.get(key=key, address=address)
    return owed


def _own_subscriber(member: Member | None, now: datetime) -> Subscriber:
    if member is None:
        raise ValueError("A message that one can unsubscribe from needs somebody who subscribed.")
    return subscriber_for(member, now)
