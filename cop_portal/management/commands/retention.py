"""What is past its period, and with --dispose the end of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cop_portal.disposal import BATCH, dispose, forecast
from cop_portal.errors import Refused
from cop_portal.retention import BY_KEY
from members.models import Member

if TYPE_CHECKING:
    from datetime import datetime


class Command(BaseCommand):
    help = "Show which records are past their period. With --dispose: dispose of those whose period is approved."

    def add_arguments(self, parser: CommandParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--dry-run", action="store_true", help="Only show it; this is what happens anyway.")
        choice.add_argument("--dispose", action="store_true", help="Do it. Needs --by, and the owner of the database.")
        parser.add_argument("--by", metavar="E-MAIL", help="Who of the data practices staff disposes of them.")
        parser.add_argument("--kind", action="append", choices=list(BY_KEY), help="Only this kind; may be repeated.")
        parser.add_argument("--batch", type=int, default=BATCH, help="How many in one transaction.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["dispose"]:
            self._dispose(now=now, **{name: options[name] for name in ("by", "kind", "batch")})
            return
        for line in forecast(now):
            if options["kind"] and line.kind.key not in options["kind"]:
                continue
            approved = f"approved: {line.kind.period['schedule']}" if line.kind.period["approved"] else "NOT APPROVED"
            oldest = f", oldest {line.oldest:%Y-%m-%d}" if line.oldest else ""
            self.stdout.write(f"{line.kind.key}: {line.due} due, {line.held} on hold{oldest} ({approved})")

    def _dispose(self, *, by: str | None, kind: list[str] | None, batch: int, now: datetime) -> None:
        member = Member.objects.active().filter(email=(by or "").lower(), is_staff=True).first()
        if member is None:
            raise CommandError("Say with --by who of the data practices staff disposes of them, by e-mail address.")
        for key, one in BY_KEY.items():  # in the order in which they must go
            if kind is not None and key not in kind:
                continue
            if kind is None and not one.period["approved"]:
                self.stdout.write(f"{key}: left alone, no approved schedule names its period")
                continue
            try:
                number = dispose(one, by=member, now=now, batch=max(1, batch))
            except Refused as refusal:
                raise CommandError(f"{key}: {refusal}") from refusal
            self.stdout.write(f"{key}: {number} disposed of")
