"""The words by which people say who they are and what they care about: participant categories, fields of interest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.utils import timezone

from cop_portal.errors import Refused
from members import actions
from members.models import Interest, ParticipantCategory
from privacy import legible
from privacy.confirmation import ask_first, is_confirmed
from privacy.read_only import NeverDeleted

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

# What a category means. Once somebody chose it, or a poll asked it, these stay.
MEANING = ["label", "seat", "is_sensitive", "attestation", "starts_on"]
MEANING_STAYS = (
    "This category is in use, so what it means stays as it is: tables of past meetings and people's profiles rest on "
    "it. To change it, choose it in the list and “Replace from a day on…”: it ends, and a new one begins."
)


class ReplaceForm(legible.ModelForm):
    class Meta:
        model = ParticipantCategory
        fields = ["label", "seat", "is_sensitive", "attestation", "starts_on"]
        widgets = {
            "starts_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "attestation": forms.Textarea(attrs={"rows": 3}),
        }


@admin.register(ParticipantCategory)
class ParticipantCategoryAdmin(NeverDeleted, admin.ModelAdmin):
    """Dated, never deleted: tables of past meetings keep their rows."""

    list_display = ["label", "order", "seat", "is_sensitive", "starts_on", "ends_on"]
    show_full_result_count = False
    actions = ["replace"]

    def get_fieldsets(self, request: HttpRequest, obj: ParticipantCategory | None = None) -> Any:
        words = MEANING_STAYS if obj and obj.is_used() else ""
        return [(None, {"fields": ["order", *MEANING, "ends_on", "is_lived_experience"], "description": words})]

    def get_readonly_fields(self, request: HttpRequest, obj: ParticipantCategory | None = None) -> list[str]:
        return MEANING if obj and obj.is_used() else []

    @admin.action(description="Replace from a day on…", permissions=["change"])
    def replace(self, request: HttpRequest, queryset: QuerySet[ParticipantCategory]) -> HttpResponse | None:
        category = queryset.first()
        if category is None or queryset.count() != 1:
            messages.error(request, "Please choose one category at a time.")
            return None
        initial = {name: getattr(category, name) for name in MEANING} | {"starts_on": timezone.localdate()}
        form = ReplaceForm(request.POST if is_confirmed(request) else None, initial=initial)
        if form.is_valid():
            try:
                new = actions.replace_category(category, **form.cleaned_data, today=timezone.localdate())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                self.log_change(request, category, f"Replaced from {new.starts_on} on")
                self.log_addition(request, new, "Replaces another")
                messages.success(request, f"“{category}” ends; “{new}” begins on {new.starts_on:%B %-d, %Y}.")
                return None
        return ask_first(self, request, queryset, action="replace", title="End this category, and begin:", form=form)


@admin.register(Interest)
class InterestAdmin(admin.ModelAdmin):
    list_display = ["label"]
    show_full_result_count = False
    search_fields = ["label"]
