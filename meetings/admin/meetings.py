"""Meetings in the staff's room. Every change of state or of a published fact goes through an action."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import CheckboxSelectMultiple
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from cop_portal.errors import Refused
from meetings import actions
from meetings.admin import agendas, answers, attendance, invitations, pages, rearrange, reports
from meetings.admin.forms import (
    EDITED,
    AgendaFormSet,
    AgendaItemForm,
    MaterialForm,
    MaterialFormSet,
    MeetingForm,
    ShortNoticeForm,
)
from meetings.enums import MeetingState
from meetings.models import AgendaItem, Material, Meeting, MeetingWork, Summary
from privacy import legible
from privacy.kept_forms import KeptForms

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

PAGES: dict[str, Callable[..., HttpResponse]] = {
    "publish": pages.publish_page,
    "move": rearrange.move_page,
    "cancel": rearrange.cancel_page,
    "carry": agendas.carry_page,
    "invite": invitations.invite_page,
    "answers": answers.answers_page,
    "answer": answers.answer_page,
    "attendance": attendance.attendance_page,
    "report": reports.upload_page,
}


class AgendaItemInline(admin.StackedInline):
    model = AgendaItem
    form = AgendaItemForm
    formset = AgendaFormSet
    fields = [("order", "title"), ("kind", "minutes", "presenter"), "notes", "duties"]
    extra = 3  # blank rows: without JavaScript there is no “add another”, and each “save and continue” gives new ones


class MaterialInline(admin.StackedInline):
    model = Material
    form = MaterialForm
    formset = MaterialFormSet
    extra = 1


class MeetingWorkInline(admin.StackedInline):
    model = MeetingWork
    form = legible.ModelForm
    fields = ["title", ("when", "due_on"), "description"]
    extra = 1


class SummaryInline(admin.StackedInline):
    model = Summary
    form = legible.ModelForm
    fields = ["body"]
    extra = 1


class SummaryFilter(admin.SimpleListFilter):
    title = "summary"
    parameter_name = "summary"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("missing", "Missing")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.without_summary().filter(ends_at__lte=timezone.now()) if self.value() else queryset


@admin.register(Meeting)
class MeetingAdmin(KeptForms):
    form = MeetingForm
    change_form_template = "admin/meetings/meeting/change_form.html"
    list_display = ["title", "when", "kind", "state", "capacity"]
    list_filter = ["state", SummaryFilter, "kind", "workgroup", "series"]
    search_fields = ["title", "slug"]
    ordering = ["-starts_at"]
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = ["state", "published_at", "cancel_reason", "told_to_calendars", "checkin_code", "checkin_page"]
    inlines = [AgendaItemInline, MaterialInline, MeetingWorkInline, SummaryInline]
    actions = ["publish_selected", "invite_selected"]
    fieldsets = [
        (None, {"fields": ["title", "kind", "purpose", "workgroup", "rfp"]}),
        ("When", {"fields": ["starts_at", "starts_which", "ends_at", "ends_which", "zone"]}),
        ("Where", {"fields": ["place", "join_url", "capacity", "always_provided", "facilitators"]}),
        ("Agenda", {"fields": ["agenda_public_on"]}),
        ("Change", {"fields": ["reason"]}),
        (
            "Where it stands",
            {"fields": ["state", "published_at", "cancel_reason", "told_to_calendars", "checkin_code", "checkin_page"]},
        ),
    ]

    @admin.display(description="when", ordering="starts_at")
    def when(self, meeting: Meeting) -> str:
        return f"{meeting.date_text}, {meeting.time_text}"

    @admin.display(description="changes told to calendars")
    def told_to_calendars(self, meeting: Meeting) -> int:
        return meeting.sequence

    @admin.display(description="check-in page")
    def checkin_page(self, meeting: Meeting) -> str:
        if not meeting.pk:
            return "-"
        address = reverse("meetings:checkin_code", args=[meeting.slug, meeting.checkin_code])
        return format_html('<a href="{0}">{0}</a>', address)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(partial(self._show_page, name)),
                name=f"meetings_meeting_{name}",
            )
            for name in PAGES
        ]
        help_page = self.admin_site.admin_view(partial(pages.people_to_help_page, self.admin_site))
        return [path("people-to-help/", help_page, name="meetings_meeting_help"), *own, *super().get_urls()]

    def _show_page(self, name: str, request: HttpRequest, pk: int) -> HttpResponse:
        meeting = get_object_or_404(Meeting, pk=pk)
        right = {
            "answers": "meetings.change_rsvp",
            "answer": "meetings.change_rsvp",
            "attendance": "meetings.change_attendance",
            "report": "meetings.change_attendance",
        }.get(name, "meetings.change_meeting")
        if not request.user.has_perm(right):
            raise PermissionDenied
        response = PAGES[name](self.admin_site, request, meeting)
        if request.method == "POST" and response.status_code == 302:
            self.log_change(request, meeting, f"Page “{name}” used.")
        return response

    def save_model(self, request: HttpRequest, obj: Meeting, form: Any, change: bool) -> None:
        if change:
            before = Meeting.objects.get(pk=obj.pk)
            # Kept on the form: an admin object is shared by every request.
            form.agenda_before = actions.agenda_words(before)
            actions.change(
                obj,
                changes=form.changes(before),
                by=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
                reason=form.cleaned_data["reason"],
            )
            if form.changes(before).keys() & {"title", "starts_at", "ends_at", "zone", "place"}:
                invitations.warn_of_unsent(request, [before])
        else:
            fields = {name: form.cleaned_data[name] for name in EDITED}
            obj.pk = actions.create(**fields).pk
        obj.refresh_from_db()
        obj._state.adding = False
        if "capacity" in form.changed_data:
            answers.warn_if_over(request, obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        meeting = Meeting.objects.get(pk=form.instance.pk)
        agendas.warn_of_overrun(request, meeting, formsets)
        if change and any(formset.model is AgendaItem and formset.has_changed() for formset in formsets):
            actions.log_agenda_change(
                meeting,
                before=form.agenda_before,
                after=actions.agenda_words(meeting),
                by=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
            )

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "facilitators":
            kwargs["queryset"] = db_field.remote_field.model.objects.active().filter(is_facilitator=True)
            # Admin's own two boxes fail the accessibility check, and there are few facilitators.
            kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_actions(self, request: HttpRequest) -> Any:
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def has_delete_permission(self, request: HttpRequest, obj: Meeting | None = None) -> bool:
        """A draft is only a plan; what was published once is kept."""
        is_draft = obj is None or obj.state == MeetingState.DRAFT
        return is_draft and super().has_delete_permission(request, obj)

    @admin.action(description="Publish the selected drafts", permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Meeting]) -> Any:
        drafts = list(queryset.filter(state=MeetingState.DRAFT).order_by("starts_at"))
        form = ShortNoticeForm(request.POST if "confirm" in request.POST else None)
        if not form.is_valid():
            return pages.publish_many_page(self.admin_site, request, drafts, form)
        done = []
        for meeting in drafts:
            try:
                actions.publish(
                    meeting,
                    by=request.user,  # type: ignore[arg-type]
                    now=timezone.now(),
                    reason=form.cleaned_data["reason"],
                )
            except Refused as refusal:
                self.message_user(request, f"{meeting}, {meeting.date_text}: {refusal}", messages.ERROR)
            else:
                self.log_change(request, meeting, "Published.")
                done.append(f"{meeting}, {meeting.date_text}: published.")
        if done:
            words = done[0] if len(done) == 1 else f"{len(done)} meetings are published."
            self.message_user(request, f"{words} To tell people of them, prepare a notice.", messages.SUCCESS)
        series = {meeting.series_id for meeting in drafts}
        return redirect("admin:meetings_series_meetings", *series) if len(series) == 1 and None not in series else None

    @admin.action(description="Prepare a notice about the selected meetings…", permissions=["change"])
    def invite_selected(self, request: HttpRequest, queryset: QuerySet[Meeting]) -> Any:
        return invitations.invite_selected(self, request, queryset)
