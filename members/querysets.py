from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


def _in_force(on: date, prefix: str = "") -> Q:
    """Rows whose half-open span [starts_on, ends_on) holds this date."""
    begun = Q(**{f"{prefix}starts_on__lte": on})
    return begun & (Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gt": on}))


class MemberQuerySet(models.QuerySet[Any]):
    def active(self) -> MemberQuerySet:
        return self.filter(is_active=True)

    def at_level(self, levels: Iterable[str], on: date) -> MemberQuerySet:
        """Members whose level on this date is one of ``levels``."""
        return self.filter(_in_force(on, "periods__"), periods__level__in=list(levels)).distinct()

    def with_level(self, on: date) -> MemberQuerySet:
        """Annotate ``level_then``: the level on this date, or None."""
        periods = self.model._meta.get_field("periods").related_model
        current = periods.objects.filter(_in_force(on), member=OuterRef("pk")).order_by("-starts_on")
        return self.annotate(level_then=Subquery(current.values("level")[:1]))


class MembershipPeriodQuerySet(models.QuerySet[Any]):
    def on(self, day: date) -> MembershipPeriodQuerySet:
        return self.filter(_in_force(day))


class ParticipantCategoryQuerySet(models.QuerySet[Any]):
    def in_force(self, on: date) -> ParticipantCategoryQuerySet:
        """The categories that a poll held on this date offers, in their order."""
        return self.filter(_in_force(on)).order_by("order")
