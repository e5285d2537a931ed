"""What is kept beside the ballots: the words of those who chose "other", and which forms were counted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from polls.enums import TextState
from polls.querysets import OtherTextQuerySet


class OtherText(models.Model):
    """What somebody wrote beside "other". Its key is the ballot's while the poll is open, and random afterwards.

    After the close it hangs on no ballot: nobody can say who wrote it, nor what else they chose.
    """

    poll = models.ForeignKey("polls.Poll", on_delete=models.PROTECT, related_name="other_texts")
    voter_key = models.CharField(max_length=64, editable=False)
    text = models.CharField(max_length=120)
    state = models.CharField(max_length=7, choices=TextState, default=TextState.WAITING, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="decided_texts"
    )
    decided_at = models.DateTimeField(null=True, editable=False)

    objects = OtherTextQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "voter_key"], name="other_text_one_per_voter"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="other_text_decided_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Receipt(models.Model):
    """That one form was counted, so that the same form sent again is told so. It says neither who sent it nor what."""

    poll = models.ForeignKey("polls.Poll", on_delete=models.CASCADE, related_name="receipts")
    form_key = models.CharField(max_length=64, help_text="A hash of the random key that stood in the form.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "form_key"], name="receipt_one_per_form")]

    def __str__(self) -> str:
        return f"Receipt in {self.poll}"
