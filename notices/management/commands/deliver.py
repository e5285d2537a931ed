"""Send what is due, once, without a worker: for a portal run by cron, and for trying things."""

from typing import Any

from django.core.management.base import BaseCommand

from notices import actions, delivery


class Command(BaseCommand):
    help = "Send the messages that are due, and say how many the mail server took."

    def handle(self, *args: Any, **options: Any) -> None:
        sent = delivery.deliver_due()
        actions.close_finished()
        self.stdout.write(f"{sent} sent")
