"""For the auditor: compute every claim's record and every batch's checksum again, and say what does not fit."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from stipends.chain import verify_chain
from stipends.models import Claim, PaymentBatch
from stipends.payments import checksum


class Command(BaseCommand):
    help = "Check the records of all claims and the files of all batches. Ends with an error if one does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        faults: list[str] = []
        claims, batches = Claim.objects.order_by("pk"), PaymentBatch.objects.exclude(checksum="").order_by("pk")
        for claim in claims.iterator():
            faults += [f"{claim.reference}: {fault}" for fault in verify_chain(claim)]
        for batch in batches.iterator():
            if checksum(batch.export.encode()) != batch.checksum:
                faults.append(f"{batch}: the file is not the one that was closed.")
        for fault in faults:
            self.stderr.write(fault)
        looked_at = f"{claims.count()} claims and {batches.count()} closed batches"
        if faults:
            raise CommandError(f"{len(faults)} faults in {looked_at}.")
        self.stdout.write(f"{looked_at} hold.")
