"""Which digests were made, and which were not, and why."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from notices.enums import DigestKind
from notices.querysets import DigestRunQuerySet


class DigestRun(models.Model):
    """One digest that was due: owed once, or left out with the reason. Its key is what keeps it from coming twice."""

    key = models.CharField(max_length=60, unique=True, help_text="Such as “daily:2027-01-20” or “week:12:20270217”.")
    kind = models.CharField(max_length=6, choices=DigestKind)
    until = models.DateTimeField(help_text="Up to when it tells what is new; before a meeting, its start.")
    owed = models.PositiveIntegerField(default=0, help_text="Messages owed.")
    skipped = models.CharField(max_length=120, blank=True, help_text="Why it was left out; empty where it was not.")
    made_at = models.DateTimeField(default=timezone.now)

    objects = DigestRunQuerySet.as_manager()

    class Meta:
        ordering = ["-until", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DigestKind.values), name="digest_run_kind_is_known"),
            models.CheckConstraint(condition=Q(skipped="") | Q(owed=0), name="digest_run_skipped_owes_nothing"),
        ]
        indexes = [models.Index(fields=["kind", "-until"], name="digest_run_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, until {self.until:%Y-%m-%d}"
