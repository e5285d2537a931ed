"""The data practices staff's room for what asks every app: requests to answer, and downloads to hand over."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from cop_portal.requests import HANDED_OVER, answer_request, past_recipients
from members.http import reauthenticate, recently_authenticated, signed_in
from privacy import legible
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.enums import RequestKind, RequestResult, RequestState
from privacy.logged_reads import LoggedReads, record_look
from privacy.models import DataExport, DataRequest
from privacy.read_only import ReadOnly

SOON = timedelta(days=7)


class DueFilter(admin.SimpleListFilter):
    title = "due"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Past the day"), ("soon", "Due within a week")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DataRequest]) -> QuerySet[DataRequest]:
        today = timezone.localdate()
        if self.value() == "overdue":
            return queryset.overdue(today)  # type: ignore[attr-defined]
        if self.value() == "soon":
            return queryset.open().filter(due_on__range=(today, today + SOON))  # type: ignore[attr-defined]
        return queryset


class OutcomeForm(legible.Form):
    result = forms.ChoiceField(
        label="What became of it",
        choices=[("", "Choose one"), *RequestResult.choices],
        help_text="The person reads it.",
    )
    outcome = forms.CharField(
        label="Answer",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="The person sees it on their data page; a mail says only that there is news. Where something was "
        "wrong, put it right first, tell those who got it from us (a payer has it in payment batches), and say here whom.",
    )
    recipients_told = forms.BooleanField(
        label="Past recipients were told",
        required=False,
        help_text="Those named above, and whom else the person named. The law asks you to try (Minn. Stat. 13.04, subd. 4).",
    )

    def __init__(self, *args: Any, is_challenge: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_challenge:
            del self.fields["recipients_told"]


def _who_had_it(challenges: list[DataRequest]) -> tuple[str, list[str]]:
    lines = [f"{row.member}: {recipient}" for row in challenges for recipient in past_recipients(row.member)]
    return "Who had their data from us", lines or ["Nobody that the portal knows of."]


def _whose(row: DataRequest) -> str:
    return f"{row.member}: {row}"


@admin.register(DataRequest)
class DataRequestAdmin(ReadOnly, LoggedReads):
    show_full_result_count = False
    reads = "a data request"
    why = "answering requests about data"
    list_display = ["kind", "member", "state", "due_on", "clock", "requested_at"]
    list_filter = ["state", DueFilter, "kind"]
    list_select_related = ["member"]
    actions = ["answer"]
    fields = ["member", "kind", "details", "state", "requested_at", "due_on", "result", "outcome"]
    fields += ["recipients_told", "closed_at", "closed_by"]

    @admin.display(description="clock")
    def clock(self, row: DataRequest) -> str:
        today = timezone.localdate()
        if row.state != RequestState.OPEN:
            return "–"
        if row.due_on < today:
            return "Red: past its day"
        return "Amber: due within a week" if row.due_on <= today + SOON else "In time"

    def has_answer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("privacy.change_datarequest")

    @admin.action(description="Answer…", permissions=["answer"])
    def answer(self, request: HttpRequest, queryset: QuerySet[DataRequest]) -> HttpResponse | None:
        challenges = list(queryset.filter(kind=RequestKind.ACCURACY).select_related("member"))
        form = OutcomeForm(request.POST if is_confirmed(request) else None, is_challenge=bool(challenges))
        if not form.is_valid():
            title = "What is the answer? Closing a request also stops its clock."
            note = _who_had_it(challenges) if challenges else None
            return ask_first(self, request, queryset, action="answer", title=title, form=form, note=note, words=_whose)
        said = form.cleaned_data
        apply_to_each(
            request,
            queryset.filter(state=RequestState.OPEN),
            lambda row: answer_request(row, by=signed_in(request), now=timezone.now(), **said),
            done="Answered",
            words=_whose,
        )
        return None


@admin.register(DataExport)
class DataExportAdmin(ReadOnly, LoggedReads):
    """Staff make one from the list of people, for somebody who asked on paper, and hand it over here."""

    show_full_result_count = False
    reads = "a download of private data"
    why = "answering requests about data"
    list_display = ["member", "state", "asked_by", "reason", "requested_at", "expires_at"]
    list_filter = ["state"]
    list_select_related = ["member", "asked_by"]
    actions = ["hand_over"]
    fields = ["member", "state", "asked_by", "reason", "requested_at", "ready_at", "expires_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DataExport]:
        return super().get_queryset(request).without_archive()  # type: ignore[attr-defined]

    def has_hand_over_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("privacy.add_dataexport")

    @admin.action(description="Get the file to hand it over", permissions=["hand_over"])
    def hand_over(self, request: HttpRequest, queryset: QuerySet[DataExport]) -> HttpResponseBase | None:
        now = timezone.now()
        export = queryset.filter(asked_by__isnull=False).ready(now).first()  # type: ignore[attr-defined]
        if queryset.count() != 1 or export is None:
            messages.error(
                request, "Choose one that staff asked for and that is ready. People get their own themselves."
            )
            return None
        if export.member_id == request.user.pk:
            messages.error(request, "This is your own data: get it on your own data page.")
            return None
        if not recently_authenticated(request):
            return reauthenticate(request)
        record_look(request, HANDED_OVER, why=self.why, subject=export.member)
        return FileResponse(io.BytesIO(export.archive), as_attachment=True, filename=export.file_name)
