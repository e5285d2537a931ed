"""The staff's room for polls. Ballots and choices have no page here: nobody reads them one by one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html

from cop_portal.errors import Refused
from meetings.models import Meeting
from polls import actions
from polls.admin.report_forms import MeetingField
from polls.admin.reports import ReportPages, address
from polls.admin.tables import TablePages
from polls.enums import PollKind, PollState
from polls.forms import PreparePollForm, ReasonForm
from polls.models import Option, Poll, PollEvent
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.read_only import NeverDeleted, ReadOnly

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

NO_SECOND = (
    "A table is published already",
    [
        "If the question is asked again, everybody reads how many answered, and no breakdown: two of nearly the same people "
        "would tell what the few who differ chose. The published table stays readable, and those with the right see all."
    ],
)


class NothingToEdit(ReadOnly):
    """Lines that tell and are not written by hand."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees the poll sees its lines: they say nothing of voters."""
        return True


class OptionInline(NothingToEdit, admin.TabularInline):
    model = Option
    fields = ("order", "label")


class PollEventInline(NothingToEdit, admin.TabularInline):
    model = PollEvent
    fields = ("at", "state", "actor", "reason")
    verbose_name_plural = "what was done"


class ForgottenFilter(admin.SimpleListFilter):
    title = "forgotten"
    parameter_name = "forgotten"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Still open after the meeting")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.open().filter(meeting__ends_at__lt=timezone.now()) if self.value() else queryset


@admin.register(Poll)
class PollAdmin(ReportPages, TablePages, NeverDeleted, admin.ModelAdmin):
    list_display = ("question", "meeting", "kind", "state", "code", "answers")
    list_filter = ("state", ForgottenFilter, "kind")
    list_select_related = ("meeting",)
    search_fields = ("question", "meeting__title", "code")
    show_full_result_count = False
    ordering = ("-meeting__starts_at", "pk")
    fields = readonly_fields = (
        "meeting", "kind", "question", "minimum", "maximum", "state", "code", "answers", "opened_at", "closed_at",
        "published_at", "came_from",
    )  # fmt: skip
    inlines = (OptionInline, PollEventInline)
    actions = ("open_polls", "close_polls", "publish_polls", "reset_polls", "save_questions")
    change_form_template = "admin/polls/poll_change.html"
    change_list_template = "admin/polls/poll_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(ballots_in=Count("ballots", distinct=True))

    @admin.display(description="answers")
    def answers(self, poll: Any) -> int | str:
        if poll.is_from_report:
            return f"{poll.ballots_in}, from a tool’s report"
        return "imported" if poll.is_imported else poll.ballots_in

    @admin.display(description="came from")
    def came_from(self, poll: Any) -> str:
        """The room, or a meeting tool's report: which, by whom, when, and the sum that tells its file again."""
        if not poll.is_from_report:
            return "a table published before the portal" if poll.is_imported else "the room"
        report, day = poll.report, timezone.localtime(poll.report.finished_at)
        return format_html(
            "<a href='{}'>{}</a> of {}, imported by {} on {}. SHA-256 of what was given: <code>{}</code>",
            address(report), report, actions.source_words(report), report.confirmed_by, f"{day:%B %-d, %Y, %-I:%M %p}",
            report.checksum,
        )  # fmt: skip

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Prepare a poll of one meeting."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PreparePollAdminForm(request.POST or None, initial={"meeting": request.GET.get("meeting")})
        if request.method == "POST" and form.is_valid():
            try:
                poll = _prepare(request, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                self.log_addition(request, poll, "Prepared.")
                messages.success(request, "The poll is prepared. Open it when the room is ready.")
                return redirect("admin:polls_poll_change", poll.pk)
        context = self._context(request, "Prepare a poll", form=form)
        return TemplateResponse(request, "admin/polls/prepare.html", context, status=422 if form.errors else 200)

    @admin.action(description="Open", permissions=["change"])
    def open_polls(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._move(request, queryset, actions.open_poll, "open_polls", "Open for answers", "Opened")

    @admin.action(description="Close for good", permissions=["change"])
    def close_polls(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        title = "Close for good: the link between people and answers is destroyed"
        return self._move(request, queryset, actions.close_poll, "close_polls", title, "Closed")

    @admin.action(description="Publish the results", permissions=["change"])
    def publish_polls(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._move(
            request, queryset, actions.publish_poll, "publish_polls", "Show the results to everybody", "Published"
        )

    @admin.action(description="Reset: throw the answers away", permissions=["change"])
    def reset_polls(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        form = ReasonForm(request.POST if is_confirmed(request) else None)
        title = "Throw the answers away and begin again"
        if not is_confirmed(request) or not form.is_valid():
            note = NO_SECOND if queryset.filter(kind=PollKind.CATEGORIES, state=PollState.PUBLISHED).exists() else None
            return ask_first(self, request, queryset, action="reset_polls", title=title, form=form, note=note)
        reason = form.cleaned_data["reason"]
        act = partial(actions.reset_poll, reason=reason, by=request.user, now=timezone.now())  # type: ignore[arg-type]
        apply_to_each(request, queryset, act, done="Reset")
        return None

    @admin.action(description="Save the question to use it again", permissions=["change"])
    def save_questions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        apply_to_each(request, queryset, actions.save_question, done="Saved")

    def _move(
        self, request: HttpRequest, queryset: QuerySet[Any], act: Any, action: str, title: str, done: str
    ) -> HttpResponse | None:
        if not is_confirmed(request):
            return ask_first(self, request, queryset, action=action, title=title)
        apply_to_each(request, queryset, partial(act, by=request.user, now=timezone.now()), done=done)
        return None


class PreparePollAdminForm(PreparePollForm):
    """The same as on the facilitators' tablet, for any meeting to come or of late."""

    field_order = ("meeting",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"] = MeetingField(
            queryset=Meeting.objects.public().filter(is_historical=False).order_by("-starts_at")
        )
        self.order_fields(self.field_order)


def _prepare(request: HttpRequest, *, meeting: Meeting, kind: str, **fields: Any) -> Poll:
    by, now = request.user, timezone.now()
    if kind == PollKind.CATEGORIES:
        return actions.prepare_category_poll(meeting, by=by, now=now)  # type: ignore[arg-type]
    return actions.prepare_poll(meeting, kind=kind, by=by, now=now, **fields)  # type: ignore[arg-type]
