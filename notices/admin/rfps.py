"""Requests for proposals: enter, publish, and add what everybody is to read."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from cop_portal.errors import Refused
from members.http import signed_in
from notices import actions
from notices.admin.persons import named
from notices.admin.previews import INERT_IN_FRAME
from notices.enums import RfpUpdateKind
from notices.forms import DATES, RfpForm, RfpUpdateForm
from notices.markup import to_html
from notices.models import Notice, Rfp, RfpUpdate
from notices.moments import in_zone
from notices.rules import lead_time_warnings
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.read_only import ReadOnly


class RfpUpdateInline(ReadOnly, admin.TabularInline):
    model = RfpUpdate
    verbose_name_plural = "what was added to the page"
    fields = ("kind", "number", "published_at", "writer", "body", "told")
    writer = named("author")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[RfpUpdate]:
        return super().get_queryset(request).select_related("notice", "author")

    @admin.display(description="notice about it")
    def told(self, update: RfpUpdate) -> str:
        notice: Notice | None = getattr(update, "notice", None)
        return _link(notice, notice.get_state_display()) if notice else "–"


@admin.register(Rfp)
class RfpAdmin(admin.ModelAdmin):
    form = RfpForm
    list_display = ["title", "due", "published_at"]
    show_full_result_count = False
    search_fields = ["title"]
    view_on_site = False  # before it is published there is no page
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["published_at"]
    inlines = [RfpUpdateInline]
    actions = ["publish"]
    change_form_template = "admin/notices/rfp/change_form.html"

    @admin.display(description="proposals due", ordering="due_at")
    def due(self, rfp: Rfp) -> str:
        return in_zone(rfp.due_at, rfp.zone)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) if obj and obj.published_at is None else False

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = ["slug"] if obj and obj.published_at else []  # its address is out in the world
        return [*super().get_readonly_fields(request, obj), *fixed]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["little_time"] = _little_time(kwargs.get("obj"))
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Rfp, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.published_at and {*DATES, "zone"} & set(form.changed_data):  # at another clock it is another moment
            words = "The page shows the new dates, and nobody is told by that. Add an addendum that says what changed."
            messages.warning(request, words)

    def response_post_save_add(self, request: HttpRequest, obj: Rfp) -> HttpResponseRedirect:
        self._say_little_time(request, obj)
        return super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Rfp) -> HttpResponseRedirect:
        self._say_little_time(request, obj)
        return super().response_post_save_change(request, obj)

    def _say_little_time(self, request: HttpRequest, obj: Rfp) -> None:
        """Where the form itself is left, which would say it."""
        for warning in _little_time(obj):
            messages.warning(request, warning)

    @admin.action(description="Publish the page…", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Rfp]) -> HttpResponse | None:
        if not is_confirmed(request):
            title = "Put these pages in front of everybody? A notice about each is drafted; somebody else releases it."
            lines = [f"{rfp}: {warning}" for rfp in queryset for warning in _little_time(rfp)]
            note = ("There is little time", lines) if lines else None
            return ask_first(self, request, queryset, action="publish", title=title, note=note)

        def act(rfp: Rfp) -> None:
            actions.publish_rfp(rfp, by=signed_in(request), now=timezone.now())
            self.log_change(request, rfp, "Published")

        apply_to_each(request, queryset, act, done="Published, with a draft notice each")
        return None

    def get_urls(self) -> list[URLPattern]:
        add, publish = self.admin_site.admin_view(self.add_update), self.admin_site.admin_view(self.publish_one)
        look = self.admin_site.admin_view(self.look)
        return [
            path("<int:pk>/update/", add, name="notices_rfp_update"),
            path("<int:pk>/update/look/", look, name="notices_rfp_look"),
            path("<int:pk>/publish/", publish, name="notices_rfp_publish"),
            *super().get_urls(),
        ]

    def publish_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Look at the dates and the words once more, then put the page in front of everybody."""
        rfp = self._to_change(request, pk)
        if request.method == "POST":
            try:
                notice = actions.publish_rfp(rfp, by=signed_in(request), now=timezone.now())
            except Refused as refusal:
                messages.error(request, str(refusal))
            else:
                self.log_change(request, rfp, "Published")
                messages.success(request, format_html("The page is public. {}", _waits(notice)))
        if request.method == "POST" or rfp.published_at:
            return HttpResponseRedirect(reverse("admin:notices_rfp_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request), "title": f"Publish: {rfp}", "rfp": rfp,
            "summary": to_html(rfp.summary), "little_time": _little_time(rfp),
            "dates": [(label, in_zone(at, rfp.zone)) for label, at in rfp.deadlines],
        }  # fmt: skip
        return render(request, "admin/notices/rfp/publish.html", context)

    def add_update(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add a batch of answers, an addendum or the award; a notice about it is drafted.

        Nothing on the page can be taken back, so that it is seen beside the form first (``look``).
        """
        rfp = self._to_change(request, pk)
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
                messages.success(request, format_html("{} is on the page. {}", update, _waits(update.notice)))
                return HttpResponseRedirect(reverse("admin:notices_rfp_change", args=[pk]))
        context = {**self.admin_site.each_context(request), "title": f"Add to: {rfp}", "rfp": rfp, "form": form}
        response = render(request, "admin/notices/rfp/update.html", context, status=422 if form.errors else 200)
        response._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]
        return response

    @method_decorator(require_POST)
    @method_decorator(xframe_options_sameorigin)
    def look(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What stands in the form, as it will stand on the page: one document, for the frame beside the form."""
        rfp = self._to_change(request, pk)
        body = request.POST.get("body", "")
        page = render(request, "admin/notices/rfp/look.html", {"rfp": rfp, "body": to_html(body)})
        page["Content-Security-Policy"] = INERT_IN_FRAME.replace("'unsafe-inline'", "'self'")
        return page

    def _to_change(self, request: HttpRequest, pk: int) -> Rfp:
        if not self.has_change_permission(request):
            raise PermissionDenied
        found: Rfp = get_object_or_404(Rfp, pk=pk)
        return found


def _little_time(rfp: Rfp | None) -> list[str]:
    """What is too soon, while something can be done about it: before everybody reads it."""
    if rfp is None or rfp.pk is None or rfp.published_at:
        return []
    return lead_time_warnings(rfp, timezone.now())


def _waits(notice: Notice) -> str:
    return format_html("{} is a draft; somebody else releases it.", _link(notice, "The notice about it"))


def _link(notice: Notice, words: str) -> str:
    return format_html('<a href="{}">{}</a>', reverse("admin:notices_notice_change", args=[notice.pk]), words)
