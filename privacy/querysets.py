from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef

from privacy.enums import RequestState

if TYPE_CHECKING:
    from datetime import date

    from privacy.models import ConsentNotice


class ConsentNoticeQuerySet(models.QuerySet[Any]):
    def published(self) -> ConsentNoticeQuerySet:
        return self.filter(published_at__isnull=False)

    def in_force(self, key: str, *, language: str = "en") -> ConsentNotice | None:
        """The newest published version for this purpose in this language, or in English where there is none."""
        ordered = self.published().filter(key=key).order_by("-version")
        return ordered.filter(language=language).first() or ordered.filter(language="en").first()


class ConsentQuerySet(models.QuerySet[Any]):
    def standing(self) -> ConsentQuerySet:
        """Given and not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def current(self, key: str) -> ConsentQuerySet:
        """Standing consents to the newest version of this notice in the language that was read."""
        newer = self.model._meta.get_field("notice").related_model.objects.published()
        newer = newer.filter(
            key=OuterRef("notice__key"), language=OuterRef("notice__language"), version__gt=OuterRef("notice__version")
        )
        return self.standing().filter(~Exists(newer), notice__key=key)


class DataRequestQuerySet(models.QuerySet[Any]):
    def open(self) -> DataRequestQuerySet:
        return self.filter(state=RequestState.OPEN)

    def overdue(self, today: date) -> DataRequestQuerySet:
        return self.open().filter(due_on__lt=today)
