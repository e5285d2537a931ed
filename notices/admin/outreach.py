"""Partners who pass notices on, their links, and how often each was followed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from notices import actions
from notices.forms import RelayForm
from notices.models import JOIN_PAGE, OutreachPartner, Relay
from notices.qr import qr
from privacy.read_only import NeverDeleted


def relay_url(relay: Relay) -> str:
    return settings.PUBLIC_URL + reverse("notices:relay", args=[relay.code])


class RelayInline(NeverDeleted, admin.TabularInline):
    model = Relay
    verbose_name = "link"
    extra = 1
    form = RelayForm
    fields = ["label", "page", "last_day", "link", "visits", "joined"]
    readonly_fields = ["link", "visits", "joined"]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:  # the heading of a column is no label
            field.widget.attrs["aria-label"] = db_field.verbose_name.capitalize()
        return field

    @admin.display(description="link to pass on")
    def link(self, relay: Relay) -> str:
        if not relay.pk:
            return "–"
        to_print, text = (reverse(name, args=[relay.pk]) for name in ("admin:notices_relay_print", "relay_text"))
        words = '{} (<a href="{}">text and flyer</a>, <a href="{}">page to print</a>)'
        return format_html(words, relay_url(relay), text, to_print)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a link that somebody has printed leads where it led


@admin.register(OutreachPartner)
class OutreachPartnerAdmin(NeverDeleted, admin.ModelAdmin):
    """The list is the report of reach by partner and kind."""

    list_display = ["name", "kind", "links", "visits", "joined"]
    show_full_result_count = False
    list_filter = ["kind"]
    search_fields = ["name"]
    inlines = [RelayInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutreachPartner]:
        return (
            super()
            .get_queryset(request)
            .annotate(link_count=Count("relays"), visit_sum=Sum("relays__visits"), joined_sum=Sum("relays__joined"))
        )

    @admin.display(description="links", ordering="link_count")
    def links(self, partner: Any) -> int:
        return partner.link_count

    @admin.display(description="visits by their links", ordering="visit_sum")
    def visits(self, partner: Any) -> int:
        return partner.visit_sum or 0

    @admin.display(description="joined by their links", ordering="joined_sum")
    def joined(self, partner: Any) -> int:
        return partner.joined_sum or 0

    def get_urls(self) -> list[URLPattern]:
        to_print = self.admin_site.admin_view(self.print_link)
        return [path("link/<int:pk>/", to_print, name="notices_relay_print"), *super().get_urls()]

    def print_link(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One sheet to hang up or hand out: what it is, the drawing for a phone, and the link in words."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        relay = get_object_or_404(Relay.objects.select_related("partner"), pk=pk)
        address = relay_url(relay)
        context = {
            **self.admin_site.each_context(request),
            "title": "Page to print",
            "relay": relay,
            "to_join": relay.page == JOIN_PAGE,
            "words": urlsplit(address).netloc + urlsplit(address).path.rstrip("/"),
            "drawing": qr(address),
        }
        return render(request, "admin/notices/relay_print.html", context)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for relay in formset.save(commit=False):
            actions.make_relay(relay.partner, page=relay.page, label=relay.label, last_day=relay.last_day)
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
