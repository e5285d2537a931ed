"""One text for many people."""

from __future__ import annotations

import json
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from notices.enums import NoticeState, Subject
from notices.models.outreach import own_path
from notices.models.requests import Rfp, RfpUpdate
from notices.models.subjects import label_of
from notices.querysets import NoticeQuerySet


class Notice(models.Model):
    """One text for many people: drafted by one of the staff, released by another, a page before it is a mail."""

    title = models.CharField(max_length=160, help_text="Also the subject line of the mail.")
    slug = models.SlugField(max_length=80, unique=True)
    subject = models.CharField("about", max_length=24, default=Subject.MEETINGS)
    body = models.TextField(help_text="Markdown. {name} becomes the reader's name in the mail.")
    page = models.CharField(
        max_length=200, blank=True, validators=[own_path], help_text="The page of this portal it leads to."
    )
    rfp = models.ForeignKey(
        Rfp,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name="request for proposals",
    )
    rfp_update = models.OneToOneField(
        RfpUpdate, on_delete=models.PROTECT, null=True, editable=False, related_name="notice",
        help_text="The answers, addendum or award that it tells of.",
    )  # fmt: skip
    # No foreign key: meetings stand a floor above (docs/decisions/0018-whom-a-notice-is-for.md).
    meeting = models.PositiveBigIntegerField("about the meeting", null=True, blank=True)
    levels = models.JSONField(
        "to members", default=list, blank=True, help_text="Levels of members it goes to, if they want this subject."
    )
    to_subscribers = models.BooleanField("to subscribers of this subject", default=True)
    audience = models.JSONField(
        default=dict, blank=True, help_text="Narrower than levels: kind of choice -> what was chosen."
    )
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="corrections"
    )
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    what_changed = models.CharField(
        "what is different", max_length=300, blank=True,
        help_text="Of a correction, in a sentence or two: it stands above the text.",
    )  # fmt: skip
    words = models.JSONField(
        null=True, editable=False, help_text="What its placeholders about the meeting stood for when it was released."
    )
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.DRAFT, editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drafted_notices", editable=False
    )
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="released_notices", null=True, editable=False
    )
    scheduled_for = models.DateTimeField(null=True, editable=False)
    zone = models.CharField(
        max_length=40, default="America/Chicago", editable=False, help_text="Whose clock its time was chosen by."
    )
    counted = models.JSONField(
        default=dict,
        editable=False,
        help_text="How many were to get it and why others not: at its release, and at its start.",
    )
    released_at = models.DateTimeField("out since", null=True, editable=False)

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
            models.CheckConstraint(condition=Q(state__in=NoticeState.values), name="notice_state_is_known"),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, version=1) | Q(corrects__isnull=False, version__gt=1),
                name="notice_a_correction_has_a_higher_version",
            ),
            models.UniqueConstraint(
                fields=["corrects"], condition=~Q(state="cancelled"), name="notice_has_one_correction"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("notices:detail", args=[self.slug])

    def get_subject_display(self) -> str:
        return label_of(self)

    @property
    def fingerprint(self) -> str:
        """Another one whenever somebody has changed what it says, or whom it is for."""
        said = [self.title, self.slug, self.subject, self.body, self.page, self.what_changed]
        whom = [self.rfp_id, self.meeting, self.levels, self.to_subscribers, self.audience]
        return sha256(json.dumps([said, whom], sort_keys=True).encode()).hexdigest()[:32]
