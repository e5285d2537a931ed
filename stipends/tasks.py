"""The clock's work with stipends. It may run twice, and may miss a night."""

from celery import shared_task
from django.utils import timezone

from stipends import actions


@shared_task(name="stipends.reopen_corrected")
def reopen_corrected() -> None:
    """Claims that were verified or approved on attendance that staff corrected since are decided anew."""
    actions.reopen_corrected(now=timezone.now())
