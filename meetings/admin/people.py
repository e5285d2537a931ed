"""Answers, accommodation requests and attendance in the staff's room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from cop_portal.errors import Refused
from meetings import actions
from meetings.enums import AccommodationState
from meetings.models import Accommodation, Attendance, Meeting, Rsvp
from privacy.kept_forms import KeptForms
from privacy.logged_reads import LoggedReads
from privacy.read_only import NeverDeleted, ReadOnly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from members.models import Member


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


@admin.register(Rsvp)
class RsvpAdmin(_LookOnly):
    reads = "an answer to a meeting"
    why = "preparing a meeting"
    list_display = ["name", "meeting", "answer_text", "language", "needs_interpreter", "answered_at", "answers_page"]
    list_filter = ["answer", WaitingFilter, "needs_interpreter"]
    search_fields = ["member__name", "member__email", "guest_name", "guest_email", "meeting__title"]
    list_select_related = ["member", "meeting"]
    ordering = ["-answered_at"]
    fields = [
        "meeting", "name", "answer_text", "waiting_since", "language", "needs_interpreter", "note", "answered_at",
        "notice",
    ]  # fmt: skip

    @admin.display(description="answer on behalf")
    def answers_page(self, row: Rsvp) -> str:
        address = reverse("admin:meetings_meeting_answers", args=[row.meeting_id])
        return format_html('<a href="{}">All answers</a>', address)


class OpenFilter(admin.SimpleListFilter):
    title = "work"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), *AccommodationState.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "open":
            return queryset.open()
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Accommodation)
class AccommodationAdmin(NeverDeleted, LoggedReads, KeptForms):
    """The queue of what people need."""

    reads = "an accommodation request"
    why = "arranging accommodations"
    list_display = ["need", "person", "meeting", "starts", "state", "owner"]
    list_filter = [OpenFilter]
    list_select_related = ["rsvp__member", "rsvp__meeting", "owner"]
    list_per_page = 50
    show_full_result_count = False
    fields = ["meeting", "person", "need", "asked_at", "state", "answer", "owner"]
    readonly_fields = ["meeting", "person", "need", "asked_at", "owner"]
    actions = ["mark_arranged", "mark_confirmed"]

    @admin.display(description="person")
    def person(self, row: Accommodation) -> str:
        return row.rsvp.name

    @admin.display(description="meeting")
    def meeting(self, row: Accommodation) -> Meeting:
        return row.rsvp.meeting

    @admin.display(description="starts", ordering="rsvp__meeting__starts_at")
    def starts(self, row: Accommodation) -> str:
        return row.rsvp.meeting.date_text

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def subject_of(self, obj: Accommodation) -> Member | None:
        return obj.rsvp.member

    def subject_ids(self, rows: Iterable[Accommodation]) -> list[int | None]:
        return [row.rsvp.member_id for row in rows]

    def save_model(self, request: HttpRequest, obj: Accommodation, form: Any, change: bool) -> None:
        data = form.cleaned_data
        actions.set_accommodation(
            obj,
            state=data["state"],
            answer=data["answer"],
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )

    @admin.action(description="Mark as arranged", permissions=["change"])
    def mark_arranged(self, request: HttpRequest, queryset: QuerySet[Accommodation]) -> None:
        self._mark(request, queryset, AccommodationState.ARRANGED)

    @admin.action(description="Mark as confirmed with the person", permissions=["change"])
    def mark_confirmed(self, request: HttpRequest, queryset: QuerySet[Accommodation]) -> None:
        self._mark(request, queryset, AccommodationState.CONFIRMED)

    def _mark(self, request: HttpRequest, queryset: QuerySet[Accommodation], state: str) -> None:
        done = 0
        for row in queryset:
            try:
                actions.set_accommodation(row, state=state, by=request.user, now=timezone.now())  # type: ignore[arg-type]
                done += 1
            except Refused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
        self.message_user(request, f"{done} marked.", messages.SUCCESS)


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
    list_display = ["who", "meeting", "role", "minutes", "source", "recorded_by", "confirmed_by", "tick_list"]
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
