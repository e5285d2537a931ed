"""The clock's part in memberships. Each may run twice, and may miss a night."""

from celery import shared_task
from django.utils import timezone

from members import actions


@shared_task(name="members.forget_unanswered_referrals")
def forget_unanswered_referrals() -> None:
    """Take out the addresses of people who were proposed and did not answer in 30 days."""
    actions.forget_unanswered_referrals(now=timezone.now())


@shared_task(name="members.forget_unconfirmed")
def forget_unconfirmed() -> None:
    """Delete who joined and did not confirm the address in seven days."""
    actions.forget_unconfirmed(now=timezone.now())
