"""The roof's clock: making the downloads that people asked for. It may run twice at once, and may miss a night."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from cop_portal.downloads import make_export, next_export
from privacy.actions import fail_export

AT_A_TIME = 20


@shared_task(name="portal.make_data_exports")
def make_data_exports() -> None:
    """Make what waits, oldest first. One that fails is marked and told; it does not stand in the way of the next."""
    for _ in range(AT_A_TIME):
        if not _make_next():
            return


def _make_next() -> bool:
    export, is_done = None, False
    try:
        with transaction.atomic():
            export = next_export()
            if export is not None:
                make_export(export, now=timezone.now())
        is_done = True
    finally:  # whatever went wrong goes on to the log
        if export is not None and not is_done:
            fail_export(export)
    return export is not None
