"""For the auditor: compute every claim's record and every batch's files again, and say what does not fit."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from stipends.audit import audit, seal_lines
from stipends.models import Claim, PaymentBatch


class Command(BaseCommand):
    help = "Check the records of all claims and the files of all batches. Ends with an error if one does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seal", action="store_true", help="Print the seal of today, to be kept elsewhere.")
        parser.add_argument("--against", type=Path, metavar="FILE", help="A seal printed earlier, to be held against.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seal"]:
            self.stdout.writelines(f"{line}\n" for line in seal_lines())
            return
        seal = options["against"].read_text(encoding="utf-8").splitlines() if options["against"] else []
        found = audit(now=timezone.now(), seal=seal)
        for name, faults in sorted(found.items()):
            for fault in faults:
                self.stderr.write(f"{name}: {fault}")
        claims, batches = Claim.objects.count(), PaymentBatch.objects.exclude(checksum="").count()
        looked_at = f"{claims} claims and {batches} closed batches"
        if found:
            raise CommandError(f"{len(found)} of {looked_at} do not hold.")
        self.stdout.write(f"{looked_at} hold.")
