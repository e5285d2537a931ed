"""What follows when mail comes back, or somebody calls it unwanted."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from cop_portal.errors import Refused
from members.models import Member
from notices.actions.messages import suppress
from notices.enums import MENDABLE, DeliveryState, EventKind, SuppressionReason
from notices.models import Delivery, DeliveryEvent, Subscriber, Suppression
from notices.provider import Said
from notices.rules import SOFT_BOUNCE_WINDOW, soft_bounces_stop

STOPS = {
    EventKind.HARD_BOUNCE: SuppressionReason.HARD_BOUNCE,
    EventKind.COMPLAINT: SuppressionReason.COMPLAINT,
    EventKind.UNSUBSCRIBED: SuppressionReason.ASKED,
}
ONE_TRY = timedelta(days=1)


@transaction.atomic
def hear(said: Said, *, now: datetime) -> DeliveryEvent | None:
    """Keep what the provider says of one message, and draw the consequence for its address.

    Told twice is once, also after somebody has let mail go to the address again; what happened before that has no
    consequence. A message that was ``unknown`` is sent: the provider has it. An event may come before the worker has
    written down that the message is sent; it is kept all the same. About an address that is in a mail of which we keep no
    row (a sign-in code) only the consequence is kept, and of strangers nothing. Refuses nothing.
    """
    delivery = _delivery(said)
    event = _keep(said, delivery, now) if delivery else None
    if delivery:
        Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.UNKNOWN).update(
            state=DeliveryState.SENT,
            sent_at=said.happened_at,
            claim="",
            reason="The mail provider says that it has it.",
        )
    elif not _is_ours(said.recipient):
        return None
    if (event or not delivery) and not _lifted_since(said.recipient, said.happened_at):
        _draw_consequence(said, now)
    return event


def _delivery(said: Said) -> Delivery | None:
    """The message, if it really went to this address: a provider's account may be shared."""
    ours = Q(pk=said.delivery) if said.delivery else Q(message_id=said.message_id)
    theirs = Delivery.objects.alias(low=Lower("address")).filter(ours, low=said.recipient)
    found: Delivery | None = theirs.defer("text", "html", "calendar").first()
    return found


def _keep(said: Said, delivery: Delivery, now: datetime) -> DeliveryEvent | None:
    try:
        with transaction.atomic():
            kept: DeliveryEvent = DeliveryEvent.objects.create(
                delivery=delivery, kind=said.kind, happened_at=said.happened_at, told_at=now, detail=said.detail,
                fingerprint=said.fingerprint,
            )  # fmt: skip
    except IntegrityError:  # told before
        return None
    return kept


def _is_ours(address: str) -> bool:
    member = Member.objects.filter(email__iexact=address)
    return member.exists() or Subscriber.objects.filter(email__iexact=address).exists()


def _lifted_since(address: str, moment: datetime) -> bool:
    return Suppression.objects.filter(email__iexact=address, lifted_at__gte=moment).exists()


def _draw_consequence(said: Said, now: datetime) -> None:
    reason = STOPS.get(said.kind)
    if said.kind == EventKind.SOFT_BOUNCE and soft_bounces_stop(_recent(said.recipient, said.happened_at)):
        reason = SuppressionReason.SOFT_BOUNCES
    if reason:
        suppress(said.recipient, reason=reason, now=now)


def _recent(address: str, moment: datetime) -> list[tuple[str, datetime]]:
    """What the provider said of this address lately, oldest first; nothing from before mail was let through again."""
    events = DeliveryEvent.objects.alias(low=Lower("delivery__address")).filter(low=address)
    events = events.filter(happened_at__gt=moment - SOFT_BOUNCE_WINDOW, happened_at__lte=moment)
    lifted = Suppression.objects.filter(email__iexact=address, lifted_at__isnull=False).order_by("-lifted_at").first()
    if lifted:
        events = events.filter(happened_at__gt=lifted.lifted_at)
    return list(events.order_by("happened_at", "pk").values_list("kind", "happened_at"))


@transaction.atomic
def try_address_again(member: Member, *, now: datetime) -> None:
    """The person says that their address works: let mail go to it. If it comes back again, it stops again.

    Refuses: `not_stopped` (nothing of this kind stands against the address), `tried_already` (once a day: a mail system
    that is written to in vain too often stops to listen).
    """
    rows = Suppression.objects.filter(email__iexact=member.email or "")
    standing = rows.standing().filter(reason__in=MENDABLE)
    if not standing.exists():
        raise Refused("Nothing is wrong with your address any more.", code="not_stopped")
    if rows.filter(lifted_at__gt=now - ONE_TRY).exists():
        raise Refused("It was tried less than a day ago, and mail came back. Try it tomorrow, or change the address.", code="tried_already")  # fmt: skip
    standing.update(lifted_at=now)


@transaction.atomic
def handle_bounce(suppression: Suppression, *, by: Member, now: datetime) -> None:
    """Staff have reached the person another way, or tried: it leaves the list of work. Refuses: `handled`."""
    if not Suppression.objects.filter(pk=suppression.pk, handled_at=None).update(handled_at=now, handled_by=by):
        raise Refused("Somebody has seen to this already.", code="handled")
