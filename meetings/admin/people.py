"""Answers, accommodation requests and attendance in the staff's room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from meetings.models import Attendance, AttendanceEvent, Rsvp
from privacy.logged_reads import LoggedReads
from privacy.read_only import ReadOnly

if TYPE_CHECKING:
    from django.http import HttpRequest


class _LookOnly(ReadOnly, LoggedReads):
    """Rows that come about elsewhere: read here, changed by actions only."""

    show_full_result_count = False
    list_per_page = 50
    actions = None


class WaitingFilter(admin.SimpleListFilter):
    title = "waiting list"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Waiting for a seat")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(waiting_since__isnull=False) if self.value() else queryset


class TellFilter(admin.SimpleListFilter):
    title = "to tell by phone"
    parameter_name = "tell"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "To tell")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.to_tell() if self.value() else queryset


@admin.register(Rsvp)
class RsvpAdmin(_LookOnly):
    reads = "an answer to a meeting"
    why = "preparing a meeting"
    list_display = ["name", "meeting", "answer_text", "language", "needs_interpreter", "answered_at", "answers_page"]
    list_filter = ["answer", WaitingFilter, TellFilter, "needs_interpreter"]
    search_fields = ["member__name", "member__email", "guest_name", "guest_email", "meeting__title"]
    list_select_related = ["member", "meeting"]
    ordering = ["-answered_at"]
    fields = [
        "meeting", "name", "guest_phone", "answer_text", "waiting_since", "offered_until", "to_tell", "language", "needs_interpreter", "note", "answered_at",
        "notice",
    ]  # fmt: skip

    @admin.display(description="answer on behalf")
    def answers_page(self, row: Rsvp) -> str:
        address = reverse("admin:meetings_meeting_answers", args=[row.meeting_id])
        return format_html('<a href="{}">All answers</a>', address)


class ConfirmedFilter(admin.SimpleListFilter):
    title = "confirmation"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("to_confirm", "To confirm"), ("confirmed", "Confirmed")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "to_confirm":
            return queryset.to_confirm()
        return queryset.confirmed() if self.value() == "confirmed" else queryset


@admin.register(Attendance)
class AttendanceAdmin(_LookOnly):
    reads = "an attendance"
    why = "recording who came"
    list_display = ["who", "meeting", "role", "minutes", "source", "recorded_by", "confirmed_by", "tick_list", "steps"]
    list_filter = [ConfirmedFilter, "role", "source"]
    search_fields = ["member__name", "member__email", "guest_name", "meeting__title"]
    list_select_related = ["member", "meeting", "recorded_by", "confirmed_by"]
    ordering = ["-recorded_at"]

    @admin.display(description="who")
    def who(self, row: Attendance) -> str:
        return row.member.name if row.member else row.guest_name

    @admin.display(description="confirm")
    def tick_list(self, row: Attendance) -> str:
        address = reverse("admin:meetings_meeting_attendance", args=[row.meeting_id])
        return format_html('<a href="{}">Tick list</a>', address)

    @admin.display(description="record")
    def steps(self, row: Attendance) -> str:
        address = reverse("admin:meetings_attendanceevent_changelist")
        return format_html('<a href="{}?number={}">Each step</a>', address, row.pk)


class CorrectionFilter(admin.SimpleListFilter):
    title = "what"
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("corrections", "Corrections of what was confirmed")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.corrections() if self.value() else queryset


class NumberFilter(admin.SimpleListFilter):
    """One attendance, by the link from its line."""

    title = "attendance"
    parameter_name = "number"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = request.GET.get(self.parameter_name, "")
        return [(asked, f"Attendance {asked}")] if asked.isascii() and asked.isdigit() and len(asked) < 18 else []

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(number=self.value()) if self.value() and self.lookup_choices else queryset


@admin.register(AttendanceEvent)
class AttendanceEventAdmin(_LookOnly):
    """Each step of each attendance: what it was, what it became, who and why. For corrections, and for the auditor."""

    reads = "a step of an attendance"
    why = "recording who came"
    list_display = ["what", "name", "meeting", "before_text", "after_text", "reason", "by", "at"]
    list_filter = [CorrectionFilter, NumberFilter, "source"]
    search_fields = ["member__name", "member__email", "guest_name", "meeting__title"]
    list_select_related = ["member", "meeting", "by"]
    ordering = ["-at", "-pk"]
    fields = [
        "what", "name", "meeting", "before_text", "after_text", "source", "reason", "by", "report", "at",
    ]  # fmt: skip
