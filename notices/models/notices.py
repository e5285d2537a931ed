"""One text for many people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from notices.enums import NoticeState, Subject
from notices.models.outreach import own_path
from notices.models.requests import Rfp
from notices.querysets import NoticeQuerySet


class Notice(models.Model):
    """One text for many people: drafted by one of the staff, released by another, a page before it is a mail."""

    title = models.CharField(max_length=160, help_text="Also the subject line of the mail.")
    slug = models.SlugField(max_length=80, unique=True)
    subject = models.CharField("about", max_length=12, choices=Subject, default=Subject.MEETINGS)
    body = models.TextField(help_text="Markdown. {name} becomes the reader's name in the mail.")
    page = models.CharField(
        max_length=200, blank=True, validators=[own_path], help_text="The page of this portal it leads to."
    )
    rfp = models.ForeignKey(Rfp, on_delete=models.PROTECT, null=True, blank=True, related_name="notices")
    levels = models.JSONField(
        "to members", default=list, blank=True, help_text="Levels of members it goes to, if they want this subject."
    )
    to_subscribers = models.BooleanField("to subscribers of this subject", default=True)
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.DRAFT, editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drafted_notices", editable=False
    )
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="released_notices", null=True, editable=False
    )
    scheduled_for = models.DateTimeField(null=True, editable=False)
    released_at = models.DateTimeField(null=True, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [("release_notice", "Can release, test and cancel notices")]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("drafted_by")),
                name="notice_released_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"])
                | Q(released_by__isnull=False, scheduled_for__isnull=False),
                name="notice_released_says_by_whom_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("notices:detail", args=[self.slug])
