"""What was sent to whom: read, and decide what became of what is unknown. Millions of rows, so nothing is counted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from cop_portal.errors import Refused
from members.http import signed_in
from notices import actions
from notices.admin.notice_pages import WHY_NOT_AGAIN
from notices.admin.persons import named
from notices.enums import DeliveryState, list_name
from notices.forms import DecisionForm
from notices.models import Delivery, DeliveryEvent
from privacy.confirmation import ask_first, is_confirmed
from privacy.logged_reads import LoggedReads
from privacy.read_only import ReadOnly
from privacy.uncounted import UncountedPaginator

RETRIED_AT_ONCE = 900  # the page that asks first carries each in a field, and Django takes a thousand of them


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(DeliveryState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        return queryset.filter(state=self.value()) if self.value() in DeliveryState.values else queryset


class EventInline(ReadOnly, admin.TabularInline):
    """What the mail provider said, where one is heard."""

    model = DeliveryEvent
    readonly_fields = ["kind", "happened_at", "detail"]
    exclude = ["told_at", "fingerprint"]
    verbose_name_plural = "what the mail provider said"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, LoggedReads):
    reads = "a message sent to a person"
    why = "seeing that mail arrives"
    list_display = ["what", "address", "state", "attempts", "owed_at", "sent_at", "reason"]
    list_filter = [StateFilter]
    search_fields = ["address__exact", "key__exact"]
    search_help_text = (
        "A whole e-mail address, or a whole key such as notice:12: it stands on the page of each message."
    )
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # it would count every state
    paginator = UncountedPaginator
    list_per_page = 50
    # The text is a letter to somebody: staff see that it went, not what it said.
    fields = [
        "subject_line", "address", "state", "reason", "attempts", "owed_at", "due_at", "sent_at",
        "subject", "key", "message_id", "decider", "decided_at",
    ]  # fmt: skip
    readonly_fields = ["decider", "subject"]
    decider = named("decided_by")
    inlines = [EventInline]
    actions = ["retry"]
    change_form_template = "admin/notices/delivery/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).defer("text", "html", "calendar")

    @admin.display(description="subject line", ordering="subject_line")
    def what(self, row: Delivery) -> str:
        return row.subject_line or row.key  # the words of an old message are forgotten

    @admin.display(description="can be stopped with")
    def subject(self, row: Delivery) -> str:
        return list_name(row.unsubscribe_from) if row.unsubscribe_from else "–"

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notices.decide_delivery")

    @admin.action(description="Try the failed again…", permissions=["decide"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        failed = queryset.filter(state=DeliveryState.FAILED)[:RETRIED_AT_ONCE]
        if not failed:
            messages.error(request, "None of the chosen messages failed: there is nothing to send again.")
            return None
        if not is_confirmed(request):
            title = "Try to send these failed messages again?"
            return ask_first(self, request, failed, action="retry", title=title, words=_to_whom)
        rows = list(failed)
        queued = actions.retry(rows, by=signed_in(request), now=timezone.now())
        for row in self.model.objects.filter(pk__in=[row.pk for row in rows], state=DeliveryState.QUEUED):
            self.log_change(request, row, "To be sent again")
        if queued:
            messages.success(request, f"To be sent again: {queued}.")
        if len(rows) > queued:
            messages.warning(request, f"Not tried again: {len(rows) - queued}. {WHY_NOT_AGAIN}")
        return None

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        return [path("<int:pk>/decide/", decide, name="notices_delivery_decide"), *super().get_urls()]

    @transaction.atomic
    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what became of an unknown message: it arrived, or it is sent again. One by one, never in bulk."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request).select_related("notice"), pk=pk)
        if row.state != DeliveryState.UNKNOWN:
            messages.info(
                request,
                f"Nothing is to be decided about this message any more. Its state: {row.get_state_display()}.",
            )
            return HttpResponseRedirect(_after_deciding(row))
        form = DecisionForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            arrived = form.cleaned_data["decision"] == "arrived"
            try:
                actions.decide(row, arrived=arrived, by=signed_in(request), now=timezone.now())
            except Refused as refusal:
                messages.error(request, str(refusal))
            else:
                self.log_change(request, row, "Decided: it arrived" if arrived else "Decided: send it again")
                words = "It is counted as sent." if arrived else "It is sent again."
                messages.success(request, f"Written down. {words}")
            return HttpResponseRedirect(_after_deciding(row))
        context = {**self.admin_site.each_context(request), "title": "What became of it?", "row": row, "form": form}
        context["back"] = _after_deciding(row)
        self._record(request, self.reads, subject=row.member)
        return render(request, "admin/notices/delivery/decide.html", context, status=422 if form.errors else 200)


def _to_whom(row: Delivery) -> str:
    return f"{row.address}: {row.subject_line or row.key}. {row.reason}"


def _after_deciding(row: Delivery) -> str:
    """Where the other unknown ones are: of the same notice, or of all messages."""
    if row.notice_id:
        return reverse("admin:notices_notice_progress", args=[row.notice_id])
    return reverse("admin:notices_delivery_changelist") + "?state=unknown"
