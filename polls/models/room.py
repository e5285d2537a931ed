"""The room while a meeting runs: what is on, who wants to speak, what was commented and asked.

Nobody's account stands in these rows. Whoever speaks or comments gives the name they want to be called by, and knows
that it is public; a question has no name at all. ``person_key`` tells one person of this meeting from another.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from polls.enums import CommentState, OnScreen, QuestionState, SpeakerState
from polls.querysets import CommentQuerySet, QuestionQuerySet, SpeakerRequestQuerySet

WAITING_OR_SPEAKING = [SpeakerState.WAITING, SpeakerState.SPEAKING]
KEY_HELP = "Whose it is, for this meeting alone: an HMAC of the account or of the guest's device."


class Room(models.Model):
    """Where one meeting stands. Made when something first happens in it; without it, the agenda goes by the clock."""

    meeting = models.OneToOneField("meetings.Meeting", on_delete=models.PROTECT, related_name="room")
    item = models.ForeignKey(
        "meetings.AgendaItem",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="What is on now, once those who run the meeting said so. Empty: by the clock.",
    )
    since = models.DateTimeField(null=True)
    on_screen = models.CharField(max_length=10, choices=OnScreen, default=OnScreen.BY_ITSELF)
    version = models.PositiveIntegerField(default=0, help_text="Grows with each change that the room can see.")
    handout_at = models.DateTimeField("follow-up published", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(on_screen__in=OnScreen.values), name="room_screen_shows_what_is_known"),
        ]

    def __str__(self) -> str:
        return f"The room of {self.meeting}"


class SpeakerRequest(models.Model):
    """One person's wish to speak at one item of the agenda."""

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.PROTECT, related_name="speaker_requests")
    item = models.ForeignKey("meetings.AgendaItem", on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=80)
    person_key = models.CharField(max_length=64, editable=False, help_text=KEY_HELP)
    state = models.CharField(max_length=11, choices=SpeakerState, default=SpeakerState.WAITING)
    asked_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = SpeakerRequestQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person_key"],
                condition=Q(state__in=WAITING_OR_SPEAKING),
                name="speaker_waits_once",
            ),
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(state="speaking"), name="speaker_one_at_a_time_in_a_meeting"
            ),
            models.CheckConstraint(condition=Q(state__in=SpeakerState.values), name="speaker_state_is_known"),
            models.CheckConstraint(condition=~Q(name=""), name="speaker_says_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_state_display().lower()})"


class Comment(models.Model):
    """One comment sent in writing. Public under the name given, once those who run the meeting have shown it."""

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.PROTECT, related_name="comments")
    item = models.ForeignKey("meetings.AgendaItem", on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=80)
    text = models.TextField(max_length=1000)
    person_key = models.CharField(max_length=64, editable=False, help_text=KEY_HELP)
    form_key = models.UUIDField(editable=False, help_text="The form it came from: sent twice is one comment.")
    state = models.CharField(max_length=7, choices=CommentState, default=CommentState.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="decided_comments"
    )
    sent_at = models.DateTimeField()

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["sent_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "person_key", "form_key"], name="comment_once_per_form"),
            models.CheckConstraint(condition=Q(state__in=CommentState.values), name="comment_state_is_known"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(text=""), name="comment_says_who_and_what"),
        ]

    def __str__(self) -> str:
        return f"Comment by {self.name}"


class Question(models.Model):
    """One question to the meeting, without a name: answered in it, promised for later, or asked with another."""

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.PROTECT, related_name="questions")
    text = models.CharField("question", max_length=400)
    person_key = models.CharField(max_length=64, editable=False, help_text=KEY_HELP)
    form_key = models.UUIDField(editable=False, help_text="The form it came from: sent twice is one question.")
    state = models.CharField(max_length=13, choices=QuestionState, default=QuestionState.OPEN, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.RESTRICT, null=True, blank=True, related_name="merged", editable=False
    )
    answer = models.TextField(blank=True, help_text="For the follow-up. Markdown.")
    reference = models.CharField(
        "promised reference", max_length=300, blank=True, help_text="What was promised, such as a study or a link."
    )
    reference_url = models.URLField("its address", blank=True)
    earlier_votes = models.PositiveIntegerField(
        default=0, editable=False, help_text="Votes counted before it was forgotten whose they were."
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="decided_questions"
    )
    asked_at = models.DateTimeField()

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "person_key", "form_key"], name="question_once_per_form"),
            models.CheckConstraint(condition=Q(state__in=QuestionState.values), name="question_state_is_known"),
            models.CheckConstraint(condition=~Q(text=""), name="question_asks_something"),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | ~Q(state="merged") & Q(merged_into__isnull=True),
                name="question_merged_says_with_which",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="question_not_merged_with_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Upvote(models.Model):
    """That one person wants a question answered too. Forgotten, but for the number, when the follow-up is published."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="upvotes")
    person_key = models.CharField(max_length=64, editable=False, help_text=KEY_HELP)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "person_key"], name="upvote_one_per_person")]

    def __str__(self) -> str:
        return f"Vote for “{self.question}”"
