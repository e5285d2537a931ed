"""What was published of a poll, version by version."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from polls.querysets import PublishedTableQuerySet


class PublishedTable(models.Model):
    """One version of a poll's table, whole, as everybody could read it from that moment on. None is ever changed.

    A later version says why there is one and what differs; it is worked out from this row and never from the ballots
    (docs/decisions/0017).
    """

    poll = models.ForeignKey("polls.Poll", on_delete=models.PROTECT, related_name="tables")
    version = models.PositiveSmallIntegerField()
    shown = models.JSONField(help_text="The table as polls.versions writes it.")
    answers_closed_at = models.DateTimeField(
        null=True, help_text="When the answers behind it were closed: after a reset there are others."
    )
    reason = models.CharField(max_length=300, blank=True, help_text="Why there is a version after the first.")
    changes = models.JSONField(default=list, help_text="What differs from the version before, in words.")
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="published_tables"
    )
    published_at = models.DateTimeField()

    objects = PublishedTableQuerySet.as_manager()

    class Meta:
        ordering = ["poll", "version"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "version"], name="table_version_once_per_poll"),
            models.CheckConstraint(condition=Q(version__gte=1), name="table_version_from_one"),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(reason=""), name="table_says_why_there_is_another_version"
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.version} of {self.poll}"
