"""What the clock does for polls."""

from celery import shared_task
from django.utils import timezone

from polls import actions


@shared_task(name="polls.stand_ready")
def stand_ready() -> None:
    """Every published meeting has its category poll and what else stands ready; receipts that nobody needs are gone."""
    now = timezone.now()
    actions.prepare_category_polls(now=now)
    actions.prepare_standing(now=now)
    actions.forget_receipts(now=now)
