"""The clock of the notices. Each task may run twice at once, or miss a night: the table says what is left to do."""

import logging

from celery import shared_task
from django.utils import timezone

from cop_portal.errors import Refused
from notices import actions, delivery
from notices.models import Notice

log = logging.getLogger(__name__)


@shared_task(name="notices.deliver_due")
def deliver_due() -> None:
    """Send what is due by the database's clock, for less than the minute until the next tick."""
    sent = delivery.deliver_due()
    actions.close_finished()
    if sent:
        log.info("Sent %s messages.", sent)


@shared_task(name="notices.release_scheduled")
def release_scheduled() -> None:
    """Start every released notice whose time has come."""
    now = timezone.now()
    for notice in Notice.objects.to_start(now):
        try:
            owed = actions.start_sending(notice, now=now)
        except Refused as refusal:  # another worker was quicker, or somebody cancelled it just now
            log.info("Notice %s was not started: %s", notice.pk, refusal.code)
        else:
            log.info("Notice %s: %s messages are owed.", notice.pk, owed)
    actions.close_finished()


@shared_task(name="notices.owe_period_digests")
def owe_period_digests() -> None:
    """Owe the daily and weekly digests whose time has come."""
    actions.owe_period_digests(timezone.now())


@shared_task(name="notices.renew_subscriptions")
def renew_subscriptions() -> None:
    """Remind those whose year ends soon; end the subscriptions that nobody renewed after that."""
    now = timezone.now()
    actions.remind_to_renew(now)
    actions.end_unrenewed(now)


@shared_task(name="notices.forget_referred_addresses")
def forget_referred_addresses() -> None:
    """Take the addresses of people who were proposed out of the messages to them, once that is over."""
    actions.forget_referred_addresses()
