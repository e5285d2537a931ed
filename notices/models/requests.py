"""Requests for proposals, and what is added to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from notices.enums import RfpUpdateKind
from notices.querysets import RfpQuerySet

if TYPE_CHECKING:
    from datetime import datetime


class Rfp(models.Model):
    """A notice that a request for proposals is out. The official posting governs; no proposal is accepted here."""

    title = models.CharField(max_length=160)
    slug = models.SlugField(max_length=80, unique=True)
    summary = models.TextField(help_text="Markdown.")
    official_url = models.URLField("official posting", help_text="The posting that governs.")
    contact = models.CharField(max_length=200)
    amount = models.CharField(max_length=120, blank=True, help_text="Total amount and number of awards, in words.")
    questions_due_at = models.DateTimeField("questions due", null=True, blank=True)
    letter_due_at = models.DateTimeField(
        "letters of intent due", null=True, blank=True, help_text="Empty where none is asked for."
    )
    due_at = models.DateTimeField("proposals due")
    zone = models.CharField(max_length=40, default="America/Chicago")
    published_at = models.DateTimeField("public since", null=True, blank=True, editable=False)

    objects = RfpQuerySet.as_manager()

    class Meta:
        verbose_name = "request for proposals"
        verbose_name_plural = "requests for proposals"
        ordering = ["-due_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(questions_due_at__isnull=True) | Q(questions_due_at__lte=F("due_at")),
                name="rfp_questions_end_before_proposals",
                violation_error_message="Questions must be due before the proposals are.",
            ),
            models.CheckConstraint(
                condition=Q(letter_due_at__isnull=True) | Q(letter_due_at__lte=F("due_at")),
                name="rfp_letters_end_before_proposals",
                violation_error_message="Letters of intent must be due before the proposals are.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("notices:rfp_detail", args=[self.slug])

    @property
    def deadlines(self) -> list[tuple[str, datetime]]:
        """What is due when, the first first. A letter of intent binds nobody, and many requests ask for none."""
        dates = (
            ("Questions due", self.questions_due_at),
            ("Letters of intent due", self.letter_due_at),
            ("Proposals due", self.due_at),
        )
        return sorted(((label, at) for label, at in dates if at), key=lambda date: date[1])


class RfpUpdate(models.Model):
    """A dated batch of answers, an addendum or the award. Only ever added: fairness needs the record as it was."""

    rfp = models.ForeignKey(Rfp, on_delete=models.PROTECT, related_name="updates")
    kind = models.CharField(max_length=10, choices=RfpUpdateKind)
    number = models.PositiveSmallIntegerField()
    body = models.TextField("text", help_text="Markdown.")
    published_at = models.DateTimeField("on the page since")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rfp_updates")

    class Meta:
        ordering = ["published_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["rfp", "kind", "number"], name="rfp_update_numbered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
