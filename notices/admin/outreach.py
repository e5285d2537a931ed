"""Partners who pass notices on, their links, and how often each was followed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse

from notices import actions
from notices.models import OutreachPartner, Relay
from privacy import legible
from privacy.read_only import NeverDeleted


class RelayInline(NeverDeleted, admin.TabularInline):
    model = Relay
    form = legible.ModelForm
    extra = 1
    fields = ["page", "link", "visits"]
    readonly_fields = ["link", "visits"]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:  # the heading of a column is no label
            field.widget.attrs["aria-label"] = db_field.verbose_name.capitalize()
        return field

    @admin.display(description="link to pass on")
    def link(self, relay: Relay) -> str:
        return settings.PUBLIC_URL + reverse("notices:relay", args=[relay.code]) if relay.pk else "–"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a link that somebody has printed leads where it led


@admin.register(OutreachPartner)
class OutreachPartnerAdmin(NeverDeleted, admin.ModelAdmin):
    """The list is the report of reach by partner and kind."""

    list_display = ["name", "kind", "links", "visits"]
    show_full_result_count = False
    list_filter = ["kind"]
    search_fields = ["name"]
    inlines = [RelayInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutreachPartner]:
        return super().get_queryset(request).annotate(link_count=Count("relays"), visit_sum=Sum("relays__visits"))

    @admin.display(description="links", ordering="link_count")
    def links(self, partner: Any) -> int:
        return partner.link_count

    @admin.display(description="visits by their links", ordering="visit_sum")
    def visits(self, partner: Any) -> int:
        return partner.visit_sum or 0

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for relay in formset.save(commit=False):
            actions.make_relay(relay.partner, page=relay.page)
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
