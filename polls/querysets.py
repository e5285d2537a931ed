from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Count, OuterRef, Subquery

from polls.enums import PollKind, PollState, TextState


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
