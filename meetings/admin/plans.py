"""Series, workgroups, duties, summaries and the change log in the staff's room."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone

from meetings import actions
from meetings.admin import rearrange
from meetings.admin.forms import SeriesForm
from meetings.admin.leads import people_page
from meetings.models import ChangeLogEntry, Duty, Meeting, Series, Summary, Workgroup
from meetings.recurrence import NoSuchTime
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.read_only import NeverDeleted, ReadOnly

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


@admin.register(Series)
class SeriesAdmin(NeverDeleted, admin.ModelAdmin):
    form = SeriesForm
    change_form_template = "admin/meetings/series/change_form.html"
    list_display = ["title", "kind", "cadence", "first_on", "starts_at", "zone", "meetings_planned"]
    show_full_result_count = False
    list_select_related = ["workgroup"]

    def get_readonly_fields(self, request: HttpRequest, obj: Series | None = None) -> Any:
        """Once its meetings are planned, they are moved where everybody sees what that does: on a page of its own."""
        return ["slug", "first_on", "starts_at", "zone"] if obj and obj.meetings.exists() else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Series | None = None) -> Any:
        return {} if self.get_readonly_fields(request, obj) else {"slug": ["title"]}

    def get_urls(self) -> list[URLPattern]:
        plan, meetings = self.admin_site.admin_view(self.plan_page), self.admin_site.admin_view(self.meetings_page)
        return [
            path("<int:pk>/plan/", plan, name="meetings_series_plan"),
            path("<int:pk>/meetings/", meetings, name="meetings_series_meetings"),
            *super().get_urls(),
        ]

    def response_add(self, request: HttpRequest, obj: Series, post_url_continue: str | None = None) -> HttpResponse:
        """A series is made for its meetings: look at them next."""
        response = super().response_add(request, obj, post_url_continue)
        if {"_continue", "_addanother"} & request.POST.keys() or not request.user.has_perm("meetings.add_meeting"):
            return response
        return redirect("admin:meetings_series_plan", obj.pk)

    def meetings_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("meetings.change_meeting"):
            raise PermissionDenied
        series = get_object_or_404(Series, pk=pk)
        if request.method == "POST":
            # The actions of the list of all meetings, done from here: whatever comes of them, staff come back here.
            return self.admin_site.get_model_admin(Meeting).changelist_view(request)
        return rearrange.series_page(self.admin_site, request, series)

    def plan_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the dates that the rule gives; on POST plan those that are not planned yet."""
        if not request.user.has_perm("meetings.add_meeting"):
            raise PermissionDenied
        series = get_object_or_404(Series, pk=pk)
        try:
            if request.method == "POST":
                created = actions.plan_series(series)
                self.log_change(request, series, f"Planned {len(created)} meetings.")
                messages.success(request, _planned_words(len(created)))
                return redirect("admin:meetings_series_meetings", series.pk)
            preview = [
                Meeting(title=series.title, zone=series.zone, starts_at=start, ends_at=end)
                for _, start, end in actions.to_plan(series)
            ]
        except NoSuchTime as error:
            messages.error(request, str(error))
            return redirect("admin:meetings_series_change", series.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": Series._meta,
            "title": f"Plan “{series}”",
            "series": series,
            "preview": preview,
            "planned": Meeting.objects.of_series(series).count(),
        }
        return render(request, "admin/meetings/series/plan.html", context)


def _planned_words(count: int) -> str:
    if not count:
        return "All meetings of this series are planned already."
    are = "meeting is" if count == 1 else "meetings are"
    return f"{count} {are} planned, as drafts. Tick those that people may see, and publish them."


@admin.register(Workgroup)
class WorkgroupAdmin(NeverDeleted, admin.ModelAdmin):
    list_display = ["name", "address"]
    show_full_result_count = False
    search_fields = ["name"]
    fields = ["name", "slug", "purpose", "interests"]
    prepopulated_fields = {"slug": ["name"]}
    change_form_template = "admin/meetings/workgroup/change_form.html"

    @admin.display(description="page", ordering="slug")
    def address(self, workgroup: Workgroup) -> str:
        return workgroup.get_absolute_url()

    def get_urls(self) -> list[URLPattern]:
        people = self.admin_site.admin_view(partial(people_page, self))
        return [path("<int:pk>/people/", people, name="meetings_workgroup_people"), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Workgroup, form: Any, change: bool) -> None:
        actions.save_workgroup(obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        words = {
            "labels": {"slug": "Address of its page"},
            "help_texts": {"slug": "What comes after /meetings/workgroups/."},
        }
        return super().get_form(request, obj, change, **{**words, **kwargs})

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        # A box to tick for each: admin's own list needs a held key to choose several.
        return super().formfield_for_manytomany(db_field, request, widget=forms.CheckboxSelectMultiple, **kwargs)


@admin.register(Duty)
class DutyAdmin(NeverDeleted, admin.ModelAdmin):
    list_display = ["number", "text"]
    show_full_result_count = False


class PublishedFilter(admin.SimpleListFilter):
    title = "published"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("draft", "Not published")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(published_at__isnull=True) if self.value() else queryset


class DatedMeetingField(forms.ModelChoiceField):
    """The meetings of a series have one title: the day tells them apart."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.title}, {obj.held_on:%B %-d, %Y}"


@admin.register(Summary)
class SummaryAdmin(NeverDeleted, admin.ModelAdmin):
    list_display = ["meeting", "held", "published_at", "published_by"]
    list_filter = [PublishedFilter]
    list_select_related = ["meeting", "published_by"]
    show_full_result_count = False
    readonly_fields = ["published_at", "published_by"]
    ordering = ["-meeting__starts_at"]
    actions = ["publish_selected"]

    def get_readonly_fields(self, request: HttpRequest, obj: Summary | None = None) -> Any:
        """A summary stays with its meeting."""
        return [*self.readonly_fields, "meeting"] if obj else self.readonly_fields

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        # A plain list, for autocomplete shows nothing without JavaScript: the meetings that have no summary yet.
        if db_field.name == "meeting":
            kwargs["queryset"] = Meeting.objects.public().filter(summary__isnull=True).order_by("-starts_at")
            kwargs["form_class"] = DatedMeetingField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="held", ordering="meeting__starts_at")
    def held(self, row: Summary) -> str:
        return row.meeting.date_text

    @admin.action(description="Publish the selected summaries…", permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Summary]) -> HttpResponse | None:
        rows = queryset.select_related("meeting")
        if not is_confirmed(request):
            title = "Put these summaries on their meetings’ pages, for everybody?"
            return ask_first(self, request, rows, action="publish_selected", title=title)

        def act(row: Summary) -> None:
            actions.publish_summary(row, by=request.user, now=timezone.now())  # type: ignore[arg-type]
            self.log_change(request, row, "Published.")

        apply_to_each(request, rows, act, done="Published")
        return None


@admin.register(ChangeLogEntry)
class ChangeLogAdmin(ReadOnly, admin.ModelAdmin):
    """The public record of changes: read, never changed."""

    list_display = ["meeting", "what", "before", "after", "reason", "changed_at", "changed_by"]
    list_select_related = ["meeting", "changed_by"]
    search_fields = ["meeting__title"]
    show_full_result_count = False
    actions = None
