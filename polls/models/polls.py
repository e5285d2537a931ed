"""Polls held in a meeting. A ballot says what was chosen; nothing kept says by whom once the poll is closed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from polls.enums import MULTIPLE, NEXT_VERB, PollKind, PollState
from polls.querysets import OptionQuerySet, PollQuerySet


class Poll(models.Model):
    """One question put to those in a meeting."""

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.PROTECT, related_name="polls")
    kind = models.CharField(max_length=10, choices=PollKind, default=PollKind.CATEGORIES)
    question = models.CharField(max_length=200)
    minimum = models.PositiveSmallIntegerField("at least", default=1)
    maximum = models.PositiveSmallIntegerField("at most", default=1, help_text="0: as many as there are.")
    state = models.CharField(max_length=9, choices=PollState, default=PollState.DRAFT, editable=False)
    code = models.CharField(max_length=8, unique=True, editable=False, help_text="What guests type to answer.")
    secret = models.BinaryField(max_length=32, null=True, editable=False)
    version = models.PositiveIntegerField(
        default=0, editable=False, help_text="Grows with each change, of its state or of what is shown."
    )
    opened_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    # Figures that were published before this portal existed are kept as they were published.
    imported_participants = models.PositiveIntegerField(null=True, editable=False)
    imported_facilitators = models.PositiveIntegerField(null=True, editable=False)
    imported_submissions = models.PositiveIntegerField(null=True, editable=False)
    imported_remark = models.TextField(blank=True, editable=False)
    # The answers were given in a meeting tool and read from its report; counted here as any others.
    report = models.ForeignKey(
        "meetings.ToolReport", on_delete=models.PROTECT, null=True, editable=False, related_name="polls"
    )

    # What was said to be on when it was opened: a consensus belongs to what it was about.
    item = models.ForeignKey(
        "meetings.AgendaItem", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    # The saved question it was prepared from: what the same words were answered with, meeting after meeting.
    saved = models.ForeignKey(
        "polls.SavedQuestion", on_delete=models.PROTECT, null=True, editable=False, related_name="polls"
    )

    objects = PollQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        permissions = [
            ("view_full_representation", "Can read representation tables without hidden cells"),
            ("start_outreach", "Can see which seats stay empty and begin a notice about one"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting"],
                condition=Q(kind="categories"),
                name="poll_one_category_poll_per_meeting",
                violation_error_message="This meeting has its category poll already.",
            ),
            models.CheckConstraint(
                condition=Q(maximum=0) | Q(maximum__gte=F("minimum")),
                name="poll_at_most_is_not_less_than_at_least",
                violation_error_message="“At most” must not be less than “at least”.",
            ),
            models.CheckConstraint(
                condition=Q(state="open", secret__isnull=False) | ~Q(state="open") & Q(secret__isnull=True),
                name="poll_keeps_its_secret_only_while_open",
            ),
            models.CheckConstraint(
                condition=Q(report__isnull=True)
                | Q(state__in=["closed", "published"], imported_submissions__isnull=True),
                name="poll_from_a_report_is_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def is_open(self) -> bool:
        return self.state == PollState.OPEN

    @property
    def is_published(self) -> bool:
        return self.state == PollState.PUBLISHED

    @property
    def takes_several(self) -> bool:
        return self.kind in MULTIPLE

    @property
    def next_verb(self) -> str:
        """What those who run the meeting do with it next."""
        return NEXT_VERB.get(self.state, ("", ""))[0]

    @property
    def next_words(self) -> str:
        return NEXT_VERB.get(self.state, ("", ""))[1]

    @property
    def is_imported(self) -> bool:
        """Its figures were published before this portal existed, and nobody can count them again."""
        return self.imported_submissions is not None

    @property
    def is_from_report(self) -> bool:
        return self.report_id is not None


class Option(models.Model):
    """One answer that can be chosen."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="options")
    order = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=120)
    category = models.ForeignKey(
        "members.ParticipantCategory", on_delete=models.PROTECT, null=True, blank=True, related_name="options"
    )
    is_other = models.BooleanField(default=False, help_text="“Other”: whoever chooses it may write what they mean.")
    imported_percent = models.PositiveSmallIntegerField(null=True, editable=False)

    objects = OptionQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "label"], name="option_once_per_poll"),
            models.UniqueConstraint(fields=["poll", "category"], name="option_category_once_per_poll"),
            models.UniqueConstraint(fields=["poll"], condition=Q(is_other=True), name="option_other_once_per_poll"),
        ]

    def __str__(self) -> str:
        return self.label


class Ballot(models.Model):
    """One voter's answer. The key is an HMAC under the poll's secret while it is open, and random afterwards.

    The database takes no ballot, choice or text for a poll that is not open, whoever brings it (migration 0006).
    """

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="ballots")
    voter_key = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "voter_key"], name="ballot_one_per_voter"),
        ]

    def __str__(self) -> str:
        return f"Ballot in {self.poll}"


class Choice(models.Model):
    """One option marked on one ballot."""

    ballot = models.ForeignKey(Ballot, on_delete=models.CASCADE, related_name="choices")
    option = models.ForeignKey(Option, on_delete=models.PROTECT, related_name="choices")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ballot", "option"], name="choice_once_per_ballot"),
        ]

    def __str__(self) -> str:
        return str(self.option)


class PollEvent(models.Model):
    """What was done to a poll: prepared, opened, closed, published, reset, and why. Says nothing of voters."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=9, choices=PollState)
    # Nobody where the portal did it by itself.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="poll_events")
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_state_display()} by {self.actor or 'the portal'}"
