"""What is to be done for a meeting, and what it leaves behind."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from meetings.enums import (
    Audience,
    MaterialKind,
    WorkWhen,
)
from meetings.models.meetings import AgendaItem, Meeting
from meetings.querysets import (
    MaterialQuerySet,
)


class MeetingWork(models.Model):
    """Something to do before or after a meeting, by a day."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="work")
    title = models.CharField(max_length=160)
    description = models.TextField(blank=True, help_text="Markdown.")
    when = models.CharField(max_length=6, choices=WorkWhen, default=WorkWhen.BEFORE)
    due_on = models.DateField()
    done_by = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="work_done", editable=False)

    class Meta:
        verbose_name_plural = "meeting work"
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.title


class Material(models.Model):
    """A document or link of a meeting. Public, unless the law gives a reason to keep it to members."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="materials")
    item = models.ForeignKey(
        AgendaItem,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="papers",
        verbose_name="for the agenda item",
        help_text="Empty: for the whole meeting.",
    )
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=MaterialKind, default=MaterialKind.PRE_READ)
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.PUBLIC)
    legal_reason = models.CharField(
        max_length=200,
        blank=True,
        help_text="Why it is for members only: meeting papers are public unless the law says no.",
    )
    file = models.FileField(upload_to="materials/", blank=True)
    url = models.URLField("address", blank=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(file="", url__gt="") | Q(file__gt="", url=""),
                name="material_is_a_file_or_a_link",
                violation_error_message="Give either a file or an address.",
            ),
            models.CheckConstraint(
                condition=Q(audience="public") | ~Q(legal_reason=""),
                name="material_kept_back_says_why",
                violation_error_message="Say which legal reason keeps it from the public.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Summary(models.Model):
    """What a meeting came to, in words, published as a page and an accessible PDF."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="summary")
    body = models.TextField(help_text="Markdown.")
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="summaries"
    )

    class Meta:
        verbose_name_plural = "summaries"

    def __str__(self) -> str:
        return f"Summary of {self.meeting}"


class ChangeLogEntry(models.Model):
    """One change of a published meeting, public and kept as it was made."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="changes")
    what = models.CharField(max_length=40)
    before = models.CharField(max_length=300, blank=True)
    after = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="meeting_changes")

    class Meta:
        verbose_name = "change"
        ordering = ["-changed_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.what} changed"


class OwedChange(models.Model):
    """That people are still to be told how a meeting changed. At most one each: several edits become one message."""

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="owed_change")
    since = models.DateTimeField(help_text="The first edit that is not told yet.")
    due_at = models.DateTimeField(help_text="When the editing has come to rest, or has gone on for long enough.")
    join_url = models.URLField(blank=True, help_text="As it was before: the public log never holds it.")

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="owed_change_by_due_time")]

    def __str__(self) -> str:
        return f"Change of {self.meeting} to be told"
