"""Requests for proposals: enter, publish, and add what everybody is to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from cop_portal.errors import Refused
from members.http import signed_in
from notices import actions
from notices.enums import RfpUpdateKind
from notices.forms import RfpForm, RfpUpdateForm
from notices.models import Rfp, RfpUpdate
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.read_only import ReadOnly


class RfpUpdateInline(ReadOnly, admin.TabularInline):
    model = RfpUpdate
    fields = ["kind", "number", "published_at", "author", "body"]
    readonly_fields = ["kind", "number", "published_at", "author", "body"]


@admin.register(Rfp)
class RfpAdmin(admin.ModelAdmin):
    form = RfpForm
    list_display = ["title", "due_at", "published_at"]
    show_full_result_count = False
    search_fields = ["title"]
    view_on_site = False  # before it is published there is no page
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["published_at"]
    inlines = [RfpUpdateInline]
    actions = ["publish"]
    change_form_template = "admin/notices/rfp/change_form.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) if obj and obj.published_at is None else False

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = ["slug"] if obj and obj.published_at else []  # its address is out in the world
        return [*super().get_readonly_fields(request, obj), *fixed]

    @admin.action(description="Publish the page…", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Rfp]) -> HttpResponse | None:
        if not is_confirmed(request):
            title = "Put these pages in front of everybody? A notice about each is drafted; somebody else releases it."
            return ask_first(self, request, queryset, action="publish", title=title)

        def act(rfp: Rfp) -> None:
            actions.publish_rfp(rfp, by=signed_in(request), now=timezone.now())
            self.log_change(request, rfp, "Published")

        apply_to_each(request, queryset, act, done="Published, with a draft notice each")
        return None

    def get_urls(self) -> list[URLPattern]:
        add = self.admin_site.admin_view(self.add_update)
        return [path("<int:pk>/update/", add, name="notices_rfp_update"), *super().get_urls()]

    def add_update(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add a batch of answers, an addendum or the award; a notice about it is drafted."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        rfp = get_object_or_404(Rfp, pk=pk)
        form = RfpUpdateForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            kind = RfpUpdateKind(form.cleaned_data["kind"])
            try:
                update = actions.add_update(
                    rfp, kind=kind, body=form.cleaned_data["body"], by=signed_in(request), now=timezone.now()
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                self.log_change(request, rfp, f"Added: {update}")
                messages.success(request, f"{update} is on the page. A notice about it waits among the drafts.")
                return HttpResponseRedirect(reverse("admin:notices_rfp_change", args=[pk]))
        context = {**self.admin_site.each_context(request), "title": f"Add to: {rfp}", "rfp": rfp, "form": form}
        return render(request, "admin/notices/rfp/update.html", context, status=422 if form.errors else 200)
