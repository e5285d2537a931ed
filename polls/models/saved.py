"""Questions that staff ask again and again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from polls.enums import PollKind, PollState
from polls.querysets import SavedQuestionQuerySet

ASKED = [(kind.value, kind.label) for kind in PollKind if kind != PollKind.CATEGORIES]


class SavedQuestion(models.Model):
    """A question to use again. A poll is prepared from it, and is its own from then on.

    Once it was put to a meeting its words stay, so that the answers of several can be set beside one another.
    """

    question = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=10, choices=ASKED, default=PollKind.CONSENSUS)
    labels = models.TextField("answers, one on each line", blank=True)
    minimum = models.PositiveSmallIntegerField("at least", default=1)
    maximum = models.PositiveSmallIntegerField("at most", default=1, help_text="For several choices. 0: all.")
    has_other = models.BooleanField("offers “other” with a text", default=False)
    at_every_meeting = models.BooleanField(
        "stands ready at every meeting",
        default=False,
        help_text="The portal prepares it, as it does the category poll; whoever runs the meeting opens it when it is time.",
    )
    is_in_use = models.BooleanField("in use", default=True, help_text="Off: facilitators are not offered it any more.")

    objects = SavedQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["question"]
        constraints = [
            models.CheckConstraint(
                condition=Q(maximum=0) | Q(maximum__gte=F("minimum")),
                name="saved_question_at_most_is_not_less_than_at_least",
                violation_error_message="“At most” must not be less than “at least”.",
            ),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def was_asked(self) -> bool:
        """Whether a poll of it was ever opened: what only stands ready can be worded anew."""
        return bool(self.pk) and self.polls.exclude(state=PollState.DRAFT).exists()
