from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from privacy.enums import ExportState, Language, NoticeKey, RequestState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from members.models import Member
    from privacy.models import ConsentNotice

FEW = 5000  # looks that are listed by their numbers


class ConsentNoticeQuerySet(models.QuerySet[Any]):
    def published(self) -> ConsentNoticeQuerySet:
        return self.filter(published_at__isnull=False)

    def in_force(self, key: str, *, language: str = Language.ENGLISH) -> ConsentNotice | None:
        """The newest published version for this purpose in this language, or its English text where there is none.

        English governs: a translation of an older version is out of force with that version.
        """
        rows = self.readable(key)
        return next((row for row in rows if row.language == language), rows[0] if rows else None)

    def readable(self, key: str) -> list[ConsentNotice]:
        """The version in force for this purpose in every language it is published in, English first."""
        newest = self._english().filter(key=key).order_by("-version").values("version")[:1]
        rows = self.published().filter(key=key, version=Subquery(newest))
        return sorted(rows, key=lambda row: (row.language != Language.ENGLISH, row.get_language_display()))

    def unanswered_by(self, member: Member) -> ConsentNoticeQuerySet:
        """The newest version of each purpose that must be agreed to and that this person has not agreed to (English).

        Asked of somebody who agreed to an earlier version and has not withdrawn; about membership, of everybody who
        is neither staff nor facilitator.
        """
        asking = self._english().filter(asks_again=True)
        newer = asking.filter(key=OuterRef("key"), version__gt=OuterRef("version"))
        consents = self.model._meta.get_field("consents").related_model.objects.standing()
        mine = consents.filter(member=member, notice__key=OuterRef("key"))
        is_member = not (member.is_staff or member.is_facilitator)
        return asking.filter(
            ~Exists(newer),
            ~Exists(mine.filter(notice__version__gte=OuterRef("version"))),
            Exists(mine) | Q(key=NoticeKey.MEMBERSHIP if is_member else None),
        ).order_by("key")

    def changes_since(self, key: str, version: int) -> ConsentNoticeQuerySet:
        """The later published versions, in English, oldest first: each says what changed."""
        return self._english().filter(key=key, version__gt=version).order_by("version")

    def _english(self) -> ConsentNoticeQuerySet:
        return self.published().filter(language=Language.ENGLISH)


class ConsentQuerySet(models.QuerySet[Any]):
    def standing(self) -> ConsentQuerySet:
        """Given and not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def current(self, key: str) -> ConsentQuerySet:
        """Standing consents, in whatever language, to the newest version that everybody agrees to, or a later one."""
        notices = self.model._meta.get_field("notice").related_model.objects.published()
        newer = notices.filter(
            key=key, language=Language.ENGLISH, asks_again=True, version__gt=OuterRef("notice__version")
        )
        return self.standing().filter(~Exists(newer), notice__key=key)


class SensitiveViewQuerySet(models.QuerySet[Any]):
    def about(self, members: Iterable[int]) -> SensitiveViewQuerySet:
        """Looks that showed one of these people (ids), on a page of their own or in a list."""
        ids = list(members)
        listed = self.model._meta.get_field("people").related_model.objects.filter(member__in=ids).values("look")
        alone = self.model.objects.filter(subject__in=ids).order_by().values("pk")
        # A union, not an OR: each half has its index.
        return self.filter(pk__in=alone.union(listed))

    def by_or_about(self, members: Iterable[int]) -> SensitiveViewQuerySet:
        """Looks by these people (ids), or that showed them. Asks at once whether they are few."""
        ids = list(members)
        looked = self.model.objects.filter(viewer__in=ids).order_by().values_list("pk")
        alone = self.model.objects.filter(subject__in=ids).order_by().values_list("pk")
        people = self.model._meta.get_field("people").related_model
        listed = people.objects.filter(member__in=ids).values_list("look")
        found = [pk for (pk,) in looked.union(alone, listed, all=True)[: FEW + 1]]
        if len(found) <= FEW:
            return self.filter(pk__in=found)
        # So many that the newest of them are soon met on the way back through time: no need to gather them all.
        return self.filter(Q(viewer__in=ids) | Q(subject__in=ids) | Q(pk__in=listed))


class DataRequestQuerySet(models.QuerySet[Any]):
    def open(self) -> DataRequestQuerySet:
        return self.filter(state=RequestState.OPEN)

    def overdue(self, today: date) -> DataRequestQuerySet:
        return self.open().filter(due_on__lt=today)


class LegalHoldQuerySet(models.QuerySet[Any]):
    def standing(self) -> LegalHoldQuerySet:
        return self.filter(released_at__isnull=True)


class DataExportQuerySet(models.QuerySet[Any]):
    def waiting(self) -> DataExportQuerySet:
        return self.filter(state=ExportState.WAITING)

    def ready(self, now: datetime) -> DataExportQuerySet:
        """Made, and not expired."""
        return self.filter(state=ExportState.READY, expires_at__gt=now)

    def without_archive(self) -> DataExportQuerySet:
        """For lists and pages: the archive itself stays in the database."""
        return self.defer("archive")
