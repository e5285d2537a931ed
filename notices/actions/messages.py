"""Messages that are owed. Nothing here sends: notices/delivery.py does."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, QuerySet
from django.db.models.functions import Lower

from cop_portal.errors import Refused
from members.models import Member
from notices.actions.calls import owe_call
from notices.actions.subscribers import address_key, subscriber_for
from notices.enums import STOPS_ALL, DeliveryState, NoticeState, SuppressionReason
from notices.message import links_for, render_mail
from notices.models import Delivery, Notice, Subscriber, Suppression, Topic
from notices.rules import suppression_stops
from notices.tokens import confirm_url, new_message_id
from notices.wake import wake_up
from privacy.actions import notice_read
from privacy.enums import NoticeKey

# Of a corrected or cancelled notice nothing is sent again.
STOPPED = (NoticeState.CORRECTED, NoticeState.CANCELLED)


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
    (with ``unsubscribe_from`` also the two links to leave). Out: the row; None where there is no address. The same
    key and address again: the row there is, untouched. A suppressed address gets a row that says so. A member without
    an address is put on the staff's list of people to call (but for what one can unsubscribe from); nothing at all is
    owed to one whose membership is closed. Refuses nothing.
    """
    address = address.strip().lower()
    if member is not None and not member.is_active:
        return None
    if not address:
        if member is not None and not unsubscribe_from:
            owe_call(member, key=key, template=template, context=context, now=now)
        return None
    if existing := _row(key, address):
        return existing
    if unsubscribe_from:
        subscriber = subscriber or _own_subscriber(member, now)
        context = {**context, **_leaving_links(subscriber, unsubscribe_from)}
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
    return _row(key, address)


@transaction.atomic
def owe_alike(people: Iterable[tuple[str, Member]], *, template: str, now: datetime) -> int:
    """Owe the same words to many people, each with a key of its own, in a few statements however many they are.

    In: (key, member) pairs. Everything is as with ``owe``, also for whoever has no address or is not active any more.
    Returns how many messages are owed.
    """
    active = [(key, member) for key, member in people if member.is_active]
    for key, member in active:
        if not member.email:
            owe_call(member, key=key, template=template, context={}, now=now)
    wanted = [(key, member, member.email.lower()) for key, member in active if member.email]
    if not wanted:
        return 0
    subject_line, text, html = render_mail(template, {})
    stopped = dict(Suppression.objects.standing().values_list(Lower("email"), "reason"))
    rows = []
    for key, member, address in wanted:
        why = suppression_stops(stopped.get(address), "")
        state = DeliveryState.SUPPRESSED if why else DeliveryState.QUEUED
        rows.append(
            Delivery(
                key=key, address=address, member=member, subject_line=subject_line, text=text, html=html, state=state,
                reason=why, owed_at=now, due_at=now, message_id=new_message_id(),
            )
        )  # fmt: skip
    Delivery.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    wake_up()
    return len(rows)


def _row(key: str, address: str) -> Delivery | None:
    found: Delivery | None = Delivery.objects.filter(key=key, address=address).first()
    return found


def _leaving_links(subscriber: Subscriber, subject: str) -> dict[str, str]:
    return {f"{name}_url": url for name, url in links_for(subscriber, subject).items()}


def _own_subscriber(member: Member | None, now: datetime) -> Subscriber:
    if member is None:
        raise ValueError("A message that one can unsubscribe from needs somebody who subscribed.")
    return subscriber_for(member, now)


@transaction.atomic
def ask_to_confirm(email: str, *, subjects: list[str], notice_id: int | None = None, now: datetime) -> Delivery | None:
    """Owe the mail with the link that confirms a subscription; nothing is subscribed before it is opened.

    The same for an address we know and one we do not: the page, the row and the work are equal, so nobody can find
    out who is subscribed. One mail an hour for the same wish, however often it is entered. ``notice_id``: the notice that
    stood beside the form. Refuses what ``privacy.actions.notice_read`` refuses.
    """
    notice = notice_read(NoticeKey.GUEST, notice_id=notice_id)
    url, labels = confirm_url(email.lower(), subjects, notice.pk), Topic.objects.labels()
    return owe(
        key=f"confirm:{address_key(email)}:{now:%Y%m%d%H}:{address_key('-'.join(sorted(subjects)))}", address=email, template="notices/confirm",
        context={"confirm_url": url, "subjects": [labels[s] for s in subjects if s in labels]},
        now=now, priority=Delivery.URGENT,
    )  # fmt: skip


@transaction.atomic
def retry(deliveries: Iterable[Delivery], *, by: Member, now: datetime) -> int:
    """Queue failed messages again. Returns how many were; others among them stay as they are. Nothing is refused.

    One to an address that does not exist stays failed until somebody lifts that: the server would only say so again.
    """
    return _queue_again(
        _of_live_addresses(Delivery.objects.filter(pk__in=[row.pk for row in deliveries])), by=by, now=now
    )


@transaction.atomic
def retry_failed(notice: Notice, *, by: Member, now: datetime) -> int:
    """Queue every failed message of this notice again, as ``retry`` does. Returns how many. Nothing is refused."""
    return _queue_again(_of_live_addresses(notice.deliveries.all()), by=by, now=now)


def _of_live_addresses(rows: QuerySet[Delivery]) -> list[int]:
    gone = Suppression.objects.standing().of_its_address().filter(reason__in=STOPS_ALL)
    failed = rows.filter(~Exists(gone), state=DeliveryState.FAILED)
    return list(failed.values_list("pk", flat=True))


@transaction.atomic
def decide(delivery: Delivery, *, arrived: bool, by: Member, now: datetime) -> None:
    """A person decides about a message of which nobody knows whether it arrived: it did, or it is sent again.

    Refuses: `not_unknown` (decided already, or the server has answered after all), `corrected` (a corrected notice is
    not sent again: the correction is).
    """
    unknown = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.UNKNOWN)
    if arrived:
        changed = unknown.update(
            state=DeliveryState.SENT, sent_at=now, reason="Decided by staff: it arrived.", claim="",
            decided_by=by, decided_at=now,
        )  # fmt: skip
    else:
        if unknown.filter(notice__state__in=STOPPED).exists():
            raise Refused("This notice was corrected or cancelled: it is not sent again.", code="corrected")
        changed = _queue_again([delivery.pk], state=DeliveryState.UNKNOWN, by=by, now=now)
    if not changed:
        raise Refused("This message is not unknown any more.", code="not_unknown")


def _queue_again(pks: list[int], *, by: Member, now: datetime, state: DeliveryState = DeliveryState.FAILED) -> int:
    # Locked, so that nobody corrects a notice while its old version is queued again: that would come after the new one.
    notices = Notice.objects.select_for_update().filter(deliveries__in=pks).order_by("pk").values_list("pk", flat=True)
    stopped = Notice.objects.filter(pk__in=list(notices), state__in=STOPPED)
    # The 72 hours of trying begin anew: somebody has looked and wants it tried.
    changed = Delivery.objects.filter(pk__in=pks, state=state).exclude(notice__in=stopped).update(
        state=DeliveryState.QUEUED, due_at=now, owed_at=now, attempts=0, claim="", lease_until=None,
        reason="Staff had it tried again.", decided_by=by, decided_at=now,
    )  # fmt: skip
    if changed:
        Notice.objects.filter(deliveries__in=pks, state=NoticeState.SENT).update(state=NoticeState.SENDING)
        wake_up()
    return changed


@transaction.atomic
def lift_suppression(suppression: Suppression, *, now: datetime) -> None:
    """Let mail go to the address again. Refuses: `lifted` (it is already)."""
    if not Suppression.objects.standing().filter(pk=suppression.pk).update(lifted_at=now):
        raise Refused("Mail goes to this address again already.", code="lifted")


@transaction.atomic
def suppress(email: str, *, reason: SuppressionReason, now: datetime) -> Suppression:
    """Stop mail to an address from now on. Twice is once."""
    Suppression.objects.bulk_create([Suppression(email=email.lower(), reason=reason, since=now)], ignore_conflicts=True)
    standing: Suppression = Suppression.objects.standing().get(email__iexact=email)
    return standing
