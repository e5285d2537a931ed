"""How the list of people is narrowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils import timezone

from members.enums import Level

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from members.models import Member


class ActiveFilter(admin.SimpleListFilter):
    """The living first: whoever left is found when asked for."""

    title = "active"
    parameter_name = "active"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("unconfirmed", "Address not confirmed yet"), ("no", "Closed or deactivated"), ("all", "Everybody")]

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        return [{**default, "display": "Active"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        if self.value() == "all":
            return queryset
        if self.value() == "no":
            return queryset.filter(is_active=False)
        active = queryset.active()  # type: ignore[attr-defined]
        if self.value() == "unconfirmed":
            return queryset.filter(is_active=True).exclude(pk__in=active.values("pk"))
        return active


class LevelFilter(admin.SimpleListFilter):
    title = "level now"
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*Level.choices, ("none", "None, though neither staff nor facilitator")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        today = timezone.localdate()
        if self.value() == "none":
            return queryset.without_level(today)  # type: ignore[attr-defined]
        if self.value() in Level.values:
            return queryset.filter(level_then=self.value())  # type: ignore[misc]  # annotated in get_queryset
        return queryset


class NoticeFilter(admin.SimpleListFilter):
    title = "notice in force"
    parameter_name = "notice"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("unread", "Without e-mail, to be read to them")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        return queryset.to_read_notice_to() if self.value() else queryset  # type: ignore[attr-defined]
