"""Make a database ready: cache table, groups with their rights, and the rows the portal begins with."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.management import BaseCommand, CommandError, call_command
from django.db import transaction
from django.utils import timezone

from cop_portal import reference_data as data
from meetings.models import Duty
from members.models import Interest, ParticipantCategory
from members.rights import RIGHTS
from polls.actions import keep_first_versions
from polls.models import SavedQuestion
from privacy.models import ConsentNotice
from stipends.enums import Per
from stipends.models import StipendPolicy, TaxThreshold

DATABASE_CACHE = "django.core.cache.backends.db.DatabaseCache"


class Command(BaseCommand):
    help = "Enter what the portal begins with: cache table, staff groups, categories, notices. Run it after migrate."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.CACHES["default"]["BACKEND"] == DATABASE_CACHE:
            call_command("createcachetable", verbosity=0)
        with transaction.atomic():
            _sync_rights()
            _enter_members()
            _enter_notices()
            _enter_stipends()
            if not Duty.objects.exists():
                Duty.objects.bulk_create(Duty(number=n, text=text) for n, text in enumerate(data.DUTIES, start=1))
            _enter_polls()
        if options["verbosity"]:
            self.stdout.write("The portal's groups, rights and first rows are in place.")


def _sync_rights() -> None:
    """A group has exactly the rights of the table: what was clicked together in the database does not last."""
    for name, wanted in RIGHTS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([_permission(right) for right in wanted])


def _permission(right: str) -> Permission:
    app, codename = right.split(".")
    try:
        return Permission.objects.get(content_type__app_label=app, codename=codename)
    except Permission.DoesNotExist:
        raise CommandError(f"members/rights.py names {right}, which no model has. Run migrate first.") from None


def _enter_members() -> None:
    if not ParticipantCategory.objects.exists():
        ParticipantCategory.objects.bulk_create(
            ParticipantCategory(
                order=order,
                label=label,
                seat=seat,
                is_sensitive=sensitive,
                is_lived_experience=label in data.LIVED_EXPERIENCE,
                starts_on=starts_on,
                attestation=data.ATTESTATIONS.get(seat, ""),
            )
            for order, label, seat, sensitive, starts_on in data.CATEGORIES
        )
    if not Interest.objects.exists():
        Interest.objects.bulk_create(Interest(label=label) for label in data.INTERESTS)


def _enter_polls() -> None:
    if not SavedQuestion.objects.exists():
        SavedQuestion.objects.bulk_create(
            SavedQuestion(question=question, kind=kind, at_every_meeting=True)
            for question, kind in data.STANDING_QUESTIONS
        )
    keep_first_versions()


def _enter_notices() -> None:
    for key, parts in data.NOTICES.items():
        if not ConsentNotice.objects.filter(key=key).exists():
            ConsentNotice.objects.create(key=key, version=1, published_at=timezone.now(), **parts)


def _enter_stipends() -> None:
    starts_on, cap, minutes, days = data.STIPEND_POLICY
    if not StipendPolicy.objects.exists():
        StipendPolicy.objects.create(
            starts_on=starts_on, cap=cap, per=Per.DATE, minimum_minutes=minutes, claim_days=days
        )
    if not TaxThreshold.objects.exists():
        TaxThreshold.objects.bulk_create(
            TaxThreshold(year=year, amount=sum_) for year, sum_ in data.TAX_THRESHOLDS.items()
        )
