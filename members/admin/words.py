"""The words by which people say who they are and what they care about: participant categories, fields of interest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from members.models import Interest, ParticipantCategory
from privacy.read_only import NeverDeleted

if TYPE_CHECKING:
    pass


@admin.register(ParticipantCategory)
class ParticipantCategoryAdmin(NeverDeleted, admin.ModelAdmin):
    """Dated, never deleted: tables of past meetings keep their rows."""

    list_display = ["label", "order", "seat", "is_sensitive", "starts_on", "ends_on"]
    show_full_result_count = False


@admin.register(Interest)
class InterestAdmin(admin.ModelAdmin):
    list_display = ["label"]
    show_full_result_count = False
    search_fields = ["label"]
