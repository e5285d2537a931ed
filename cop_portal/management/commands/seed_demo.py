"""Load the demo data and print who can sign in. Development only."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from cop_portal.demo.community import PASSWORD, unused_recovery_codes
from cop_portal.demo.people import DOMAIN, FACILITATORS, FULL, PUBLIC, SPECIALTY, STAFF, Person, Staff
from cop_portal.demo.seed import seed
from members.models import Member

SHOWN_CODES = 2


class Command(BaseCommand):
    help = "Load the demo data, once; with --show, print the sign-ins instead. Refuses to run outside development."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--show", action="store_true", help="Only print who can sign in.")
        parser.add_argument("--codes", type=int, default=SHOWN_CODES, help="How many recovery codes to print.")

    def handle(self, *args: Any, show: bool, codes: int, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo data never go into a portal that people use (DEBUG is off).")
        if show:
            self.stdout.write(self._sheet(codes))
        elif seed(timezone.now()) and options["verbosity"]:
            self.stdout.write("The demo data are loaded.")

    def _sheet(self, codes: int) -> str:
        """One line each: address, password and, for staff, the recovery codes that are still good."""
        known = {member.email: member for member in Member.objects.filter(email__endswith=f"@{DOMAIN}")}
        lines = [
            "",
            f"The portal is at {settings.PUBLIC_URL}/   the staff's room at {settings.PUBLIC_URL}/admin/",
            "Demo sign-ins: e-mail, password and, for staff, recovery codes (each is good once)",
            "",
        ]
        people: list[Person | Staff] = [FULL, SPECIALTY, PUBLIC, *FACILITATORS[:1], *STAFF]
        for person in people:
            unused = unused_recovery_codes(known[person.email])[:codes]
            lines.append("  " + "  ".join([f"{person.email:<26}", PASSWORD, *unused]))
        return "\n".join([*lines, ""])
