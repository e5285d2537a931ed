"""A meeting tool's poll report in the staff's room: given, mapped, reviewed by its counts alone, and imported.

No page here says who answered what: that is not kept. What was answered is shown with a line in the log of looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from cop_portal.errors import Refused
from meetings.actions import discard_report
from meetings.enums import ReportKind, ReportState
from meetings.models import ToolReport
from members.http import signed_in
from polls import actions
from polls.actions.poll_reports import target_of
from polls.admin.report_forms import AnswersForm, NamesakesForm, QuestionForm, SeenForm, UploadForm, drafts_of
from polls.enums import PollState
from polls.rules import can_read_full_table
from privacy.logged_reads import record_look

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

LISTED = 20


class ReportPages(admin.ModelAdmin):
    """Mixed into the page of polls."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.import_page), name="polls_poll_import"),
            path("report/<int:pk>/", view(self.report_page), name="polls_poll_report"),
            *super().get_urls(),
        ]

    def may_import(self, request: HttpRequest) -> bool:
        """Those who run polls and prepare them; not facilitators without a place in the staff's room."""
        return self.has_change_permission(request) and self.has_add_permission(request)

    def import_page(self, request: HttpRequest) -> HttpResponse:
        """Say which meeting it was and give us the files."""
        if not self.may_import(request):
            raise PermissionDenied
        now, sent = timezone.now(), (request.POST, request.FILES) if request.method == "POST" else ()
        form = UploadForm(*sent, now=now, initial={"meeting": request.GET.get("meeting")})
        if form.is_valid():
            said = {"tool": form.cleaned_data["tool"], "files": form.cleaned_data["chosen"]}
            try:
                report = actions.keep_poll_report(form.cleaned_data["meeting"], by=signed_in(request), now=now, **said)
            except Refused as refusal:
                form.add_error("chosen", str(refusal))
            else:
                if report.mapping:
                    messages.info(request, "These files were given before; here is where their review stands.")
                return redirect(address(report))
        reports = ToolReport.objects.filter(kind=ReportKind.POLL).select_related("meeting", "uploaded_by")
        reports = reports.defer("texts", "mapping")
        context = self._of_report(request, "Import the polls of a meeting tool", form=form)
        context["page_obj"] = list(reports.filter(state=ReportState.REVIEW))
        context["earlier"] = reports.exclude(state=ReportState.REVIEW)[:LISTED]
        return TemplateResponse(request, "admin/polls/report_upload.html", context, status=422 if form.errors else 200)

    def report_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One address for the whole way of a report: its questions, its answers, the review and what became of it."""
        if not self.may_import(request):
            raise PermissionDenied
        report = get_object_or_404(
            ToolReport.objects.filter(kind=ReportKind.POLL).select_related("meeting", "uploaded_by"), pk=pk
        )
        if request.method == "POST":
            return self._act(request, report)
        if not report.is_in_review or not self._may_read(request, report):
            return self._done_page(request, report)
        try:
            found = actions.outcomes(report)
        except Refused as refusal:
            return self._questions_page(request, report, fault=str(refusal))
        step = request.GET.get("step")
        if not found or step == "questions":
            return self._questions_page(request, report)
        if step == "answers" or any(each.tally.undecided for each in found):
            return self._answers_page(request, report)
        return self._review_page(request, report)

    def _may_read(self, request: HttpRequest, report: ToolReport) -> bool:
        """Small numbers say much: only who gave the file, and who may read every table in full."""
        return report.uploaded_by_id == request.user.pk or can_read_full_table(signed_in(request))

    def _act(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        acts = {"questions": self._say_questions, "answers": self._say_answers, "import": self._import}
        what = request.POST.get("do", "")
        try:
            if what == "discard":
                return self._discard(request, report)
            if what in acts and report.is_in_review and self._may_read(request, report):
                return acts[what](request, report)
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect(address(report))

    def _say_questions(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        forms = self._question_forms(report, request.POST)
        if not all([form.is_valid() for form in forms]):  # noqa: C419 - each question shows its own mistakes
            return self._questions_page(request, report, forms)
        said = {form.place: each for form in forms if (each := form.said()) is not None}
        try:
            report = actions.say_questions(report, said=said)
        except Refused as refusal:
            return self._questions_page(request, report, forms, fault=str(refusal))
        asks = any(each.target.is_of_categories for each in actions.outcomes(report))
        ask_of_names = asks and actions.poll_report(report).namesakes
        return redirect(address(report) + ("?step=answers" if ask_of_names else ""))

    def _say_answers(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        forms, namesakes = self._answer_forms(report, request.POST), NamesakesForm(request.POST)
        if not all([form.is_valid() for form in (*forms.values(), namesakes)]):  # noqa: C419
            return self._answers_page(request, report, forms)
        out = namesakes.cleaned_data["namesakes_out"] or "names" not in request.POST
        actions.say_answers(report, said={place: form.said() for place, form in forms.items()}, namesakes_out=out)
        return redirect(address(report))

    def _import(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        form = SeenForm(request.POST)
        if form.is_valid():
            seen = form.cleaned_data["seen"]
            polls = actions.import_poll_report(report, seen=seen, by=signed_in(request), now=timezone.now())
            for poll in polls:
                self.log_change(request, poll, "Imported from a meeting tool's report.")
            messages.success(request, "Imported and closed. The results are hidden until they are published.")
        return redirect(address(report))

    def _discard(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        discard_report(report, now=timezone.now())
        self.log_change(request, report, "Thrown away.")
        messages.success(request, "The report is thrown away, with all that it said.")
        return redirect("admin:polls_poll_import")

    def _question_forms(self, report: ToolReport, data: Any = None) -> list[QuestionForm]:
        kept, said = actions.poll_report(report), actions.question_said(report)
        drafts, has_categories = drafts_of(report.meeting, target_of), report.meeting.polls.of_categories().exists()
        return [
            QuestionForm(
                data, place=place, asked=asked, drafts=drafts, has_categories=has_categories, said=said.get(place),
                is_said=bool(said),
            )
            for place, asked in enumerate(kept.questions)
        ]  # fmt: skip

    def _questions_page(
        self, request: HttpRequest, report: ToolReport, forms: list[QuestionForm] | None = None, fault: str = ""
    ) -> HttpResponse:
        others = report.meeting.polls.exclude(state=PollState.DRAFT)
        context = {"forms": forms or self._question_forms(report), "fault": fault, "others": others}
        return self._page(request, report, "report_questions.html", context, is_wrong=forms is not None)

    def _answer_forms(self, report: ToolReport, data: Any = None) -> dict[int, AnswersForm]:
        said = report.mapping.get("answers", {})
        return {
            each.place: AnswersForm(
                data, place=each.place, asked=each.asked, target=each.target, said=said.get(str(each.place), {})
            )
            for each in actions.outcomes(report)
        }

    def _answers_page(
        self, request: HttpRequest, report: ToolReport, forms: dict[int, AnswersForm] | None = None
    ) -> HttpResponse:
        found = actions.outcomes(report)
        shown = forms or self._answer_forms(report)
        initial = {"namesakes_out": report.mapping.get("namesakes_out", True)}
        context = {
            "parts": [(each, shown[each.place]) for each in found],
            "undecided": sum(form.undecided for form in shown.values()),
            "asks_names": any(each.target.is_of_categories for each in found),
            "names": NamesakesForm(request.POST if forms else None, initial=initial),
        }
        return self._page(request, report, "report_answers.html", context, is_wrong=forms is not None)

    def _review_page(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        found, kept = actions.outcomes(report), actions.poll_report(report)
        places = {each.place for each in found}
        context = {
            "found": found,
            "seen": actions.seen_of(found),
            "left_out": [asked.question for place, asked in enumerate(kept.questions) if place not in places],
        }
        return self._page(request, report, "report_review.html", context)

    def _done_page(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        context = self._of_report(request, f"{report} of {report.meeting}", report=report, polls=report.polls.all())
        return TemplateResponse(request, "admin/polls/report_done.html", context)

    def _page(
        self, request: HttpRequest, report: ToolReport, template: str, more: dict[str, Any], *, is_wrong: bool = False
    ) -> HttpResponse:
        """A page that shows what was answered: with its line in the log, in one transaction."""
        kept = actions.poll_report(report)
        number = sum(len(asked.answers) for asked in kept.questions)
        context = self._of_report(request, f"{report} of {report.meeting}", report=report, kept=kept, **more)
        with transaction.atomic():
            record_look(request, "a meeting tool's poll report", why="counting a poll", count=max(number, 1))
            page = TemplateResponse(request, f"admin/polls/{template}", context, status=422 if is_wrong else 200)
            return page.render()

    def _of_report(self, request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.model._meta, **more}


def address(report: ToolReport) -> str:
    return reverse("admin:polls_poll_report", args=[report.pk])
