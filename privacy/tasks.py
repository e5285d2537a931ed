"""The clock's part in data practices. It may run twice, and may miss a night."""

from celery import shared_task
from django.utils import timezone

from privacy import actions


@shared_task(name="privacy.forget_what_expired")
def forget_what_expired() -> None:
    """Delete sessions whose time is over (they say who signed in and when), and downloads of private data."""
    actions.forget_expired_sessions(now=timezone.now())
    actions.discard_expired_exports(now=timezone.now())
