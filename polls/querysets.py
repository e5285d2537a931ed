from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery

from meetings.models import Meeting
from polls.enums import CommentState, PollKind, PollState, QuestionState, SpeakerState, TextState


class PollQuerySet(models.QuerySet[Any]):
    def open(self) -> PollQuerySet:
        return self.filter(state=PollState.OPEN)

    def published(self) -> PollQuerySet:
        return self.filter(state=PollState.PUBLISHED)

    def to_publish(self) -> PollQuerySet:
        return self.filter(state=PollState.CLOSED)

    def of_categories(self) -> PollQuerySet:
        return self.filter(kind=PollKind.CATEGORIES)


class OptionQuerySet(models.QuerySet[Any]):
    def with_counts(self) -> OptionQuerySet:
        """Annotate ``chosen``: on how many ballots the option is marked."""
        return self.annotate(chosen=Count("choices"))


class PublishedTableQuerySet(models.QuerySet[Any]):
    def latest_of_each(self) -> PublishedTableQuerySet:
        """The version of each poll that stands now."""
        newest = self.model._default_manager.filter(poll=OuterRef("poll")).order_by("-version")
        return self.filter(version=Subquery(newest.values("version")[:1]))


class OtherTextQuerySet(models.QuerySet[Any]):
    def to_decide(self) -> OtherTextQuerySet:
        """Of polls that are closed: while one is open its texts are still their writers' to change."""
        return self.filter(state=TextState.WAITING).exclude(poll__state=PollState.OPEN)

    def shown(self) -> OtherTextQuerySet:
        return self.filter(state=TextState.SHOWN)


class SavedQuestionQuerySet(models.QuerySet[Any]):
    def in_use(self) -> SavedQuestionQuerySet:
        return self.filter(is_in_use=True)

    def standing(self) -> SavedQuestionQuerySet:
        """What the portal prepares for each meeting by itself."""
        return self.in_use().filter(at_every_meeting=True)

    def asked_in_public(self) -> SavedQuestionQuerySet:
        """Those of which a meeting's results are published, with the number of ``meetings``."""
        public = Q(polls__state=PollState.PUBLISHED, polls__meeting__in=Meeting.objects.public())
        return self.annotate(meetings=Count("polls__meeting", filter=public, distinct=True)).filter(meetings__gt=0)


class SpeakerRequestQuerySet(models.QuerySet[Any]):
    def waiting(self) -> SpeakerRequestQuerySet:
        """The queue, first come first."""
        return self.filter(state=SpeakerState.WAITING).order_by("asked_at", "pk")

    def speaking(self) -> SpeakerRequestQuerySet:
        return self.filter(state=SpeakerState.SPEAKING)

    def standing(self) -> SpeakerRequestQuerySet:
        """Those who wait or speak: neither heard nor gone."""
        return self.filter(state__in=[SpeakerState.WAITING, SpeakerState.SPEAKING])


class CommentQuerySet(models.QuerySet[Any]):
    def shown(self) -> CommentQuerySet:
        return self.filter(state=CommentState.SHOWN)

    def to_read(self) -> CommentQuerySet:
        return self.filter(state=CommentState.PENDING)


class QuestionQuerySet(models.QuerySet[Any]):
    def shown(self) -> QuestionQuerySet:
        """What everybody may read: neither hidden nor asked together with another."""
        return self.exclude(state__in=[QuestionState.HIDDEN, QuestionState.MERGED])

    def open(self) -> QuestionQuerySet:
        return self.filter(state=QuestionState.OPEN)

    def to_follow_up(self) -> QuestionQuerySet:
        """What the follow-up owes the room: whatever was not answered, and every promised reference."""
        unanswered = self.filter(state__in=[QuestionState.OPEN, QuestionState.LATER])
        return unanswered | self.filter(state=QuestionState.ANSWERED_LIVE).exclude(reference="")

    def with_votes(self) -> QuestionQuerySet:
        """Annotate ``votes``; the most wanted first."""
        votes = F("earlier_votes") + Count("upvotes", distinct=True)
        return self.annotate(votes=votes).order_by("-votes", "asked_at", "pk")
