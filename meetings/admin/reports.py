"""Meeting tools' reports in the staff's room: given, their columns, who their people are, and how far the import is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone

from cop_portal.errors import Refused
from meetings import actions
from meetings.admin.people_search import find_members
from meetings.admin.report_forms import ColumnsForm, ImportForm, PersonForm, UploadForm
from meetings.enums import PersonChoice, ReportKind
from meetings.models import Attendance, Meeting, ReportPerson, ToolReport
from meetings.report_people import suggestions
from members.http import signed_in
from privacy.logged_reads import record_look
from privacy.read_only import ReadOnly

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse

CHANGE = "meetings.change_attendance"
PAGE, SAMPLE = 50, 5
SHOWN = {
    "open": "to decide",
    "members": "members",
    "guests": "guests",
    "out": "left out",
    "all": "everybody",
}
FILTERS = {"open": "open", "members": "member", "guests": "guest", "out": "out"}


def upload_page(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Give us the files; where the columns tell by themselves what they are, the people are listed at once."""
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        files, by, now = form.cleaned_data["chosen"], signed_in(request), timezone.now()
        try:
            report = actions.keep_report(meeting, kind=ReportKind.ATTENDANCE, files=files, by=by, now=now)
        except Refused as refusal:
            form.add_error("chosen", str(refusal))
        else:
            _read_at_once(request, report)
            return redirect("admin:meetings_toolreport_change", report.pk)
    reports = ToolReport.objects.filter(meeting=meeting, kind=ReportKind.ATTENDANCE).defer("texts")
    context = {
        **site.each_context(request),
        "meeting": meeting,
        "opts": Meeting._meta,
        "title": f"Import a report: {meeting}",
        "form": form,
        "reports": reports.select_related("uploaded_by"),
        "has_begun": timezone.now() >= meeting.starts_at,
    }
    return render(request, "admin/meetings/report_upload.html", context, status=422 if form.errors else 200)


def _read_at_once(request: HttpRequest, report: ToolReport) -> None:
    if report.mapping:
        messages.info(request, "These files were given before; here is where their review stands.")
        return
    try:
        actions.read_people(report, mapping=actions.first_guess(report))
    except Refused as refusal:
        messages.warning(request, str(refusal))


@admin.register(ToolReport)
class ToolReportAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["__str__", "meeting", "state", "uploaded_by", "uploaded_at", "total"]
    list_filter = ["state"]
    list_select_related = ["meeting", "uploaded_by"]
    search_fields = ["meeting__title"]
    ordering = ["-uploaded_at", "-pk"]
    show_full_result_count = False
    list_per_page = 50
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(kind=ReportKind.ATTENDANCE).defer("texts")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One page for the whole way of a report: its columns, its people, the import and what became of it."""
        report = self.get_object(request, object_id)
        if not self.has_view_permission(request, report):
            raise PermissionDenied
        if report is None:
            return redirect("admin:meetings_toolreport_changelist")
        may_change = request.user.has_perm(CHANGE)
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            return self._act(request, report)
        if not (report.is_in_review and may_change):
            return self._progress(request, report)
        if not report.mapping or "columns" in request.GET:
            return self._columns_page(request, report)
        return self._review_page(request, report)

    def _act(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        acts = {
            "columns": self._map, "save": self._save, "guests": self._rest, "out": self._rest, "import": self._import,
            "discard": self._discard,
        }  # fmt: skip
        what = request.POST.get("do", "save" if report.mapping else "columns")  # no button: what stands on the page
        split = what.removeprefix("split-")
        try:
            # Whichever button was pressed, what stands in the lines is kept; what is wrong there stops it.
            # (The second of two clicks on "Import" finds it confirmed, with the same lines.)
            if not (what == "import" and report.is_waiting) and (wrong := self._keep(request, report)):
                importing = ImportForm(request.POST) if what == "import" else None
                return self._review_page(request, report, wrong, importing=importing)
            if split != what and split.isascii() and split.isdigit():
                number = actions.split_person(report, person_id=int(split[:15]))
                messages.success(request, f"They are {number} lines now. Say of each who it is.")
            elif what in acts:
                return acts[what](request, report)
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect(request.get_full_path())

    def _map(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        form = self._columns_form(report, request.POST)
        if form.is_valid():
            try:
                actions.read_people(report, mapping=form.mapping())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("admin:meetings_toolreport_change", report.pk)
        return self._columns_page(request, report, form)

    def _keep(self, request: HttpRequest, report: ToolReport) -> dict[int, PersonForm]:
        """Write down what the posted lines say. Where one is wrong nothing is, and they are returned with their words."""
        rows = list(report.people.filter(pk__in=_numbers(request.POST.getlist("line"))).select_related("member"))
        forms = self._forms(request, rows, request.POST)
        if not all([form.is_valid() for form in forms.values()]):  # noqa: C419 - each line shows its own mistakes
            return forms
        if forms:
            actions.say_who(report, said={pk: form.said() for pk, form in forms.items()})
        return {}

    def _save(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        """The lines are kept already; go on with those of the page, or with the member that was searched for."""
        left = report.people.filter(choice=PersonChoice.OPEN).count()
        messages.success(request, f"Saved. Still to decide: {left}." if left else "Saved. Nobody is left to decide.")
        query = request.GET.copy()
        if request.POST.get("q", "").strip() != query.get("q", ""):
            query["q"] = request.POST.get("q", "").strip()
        return redirect(f"{request.path}?{query.urlencode()}" if query else request.path)

    def _rest(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        choice = PersonChoice.GUEST if request.POST["do"] == "guests" else PersonChoice.OUT
        number = actions.say_of_all_others(report, choice=choice)
        done = "guests, by the names in the report" if choice == PersonChoice.GUEST else "left out"
        messages.success(request, f"{number} are {done}.")
        return redirect("admin:meetings_toolreport_change", report.pk)

    def _import(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        form = ImportForm(request.POST)
        if not form.is_valid():
            return self._review_page(request, report, importing=form)
        try:
            actions.confirm_report(report, by=signed_in(request), now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("reason" if refusal.code == "no_reason" else None, str(refusal))
            return self._review_page(request, report, importing=form)
        self.log_change(request, report, "Import confirmed.")
        return redirect("admin:meetings_toolreport_change", report.pk)

    def _discard(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        actions.discard_report(report, now=timezone.now())
        self.log_change(request, report, "Thrown away.")
        messages.success(request, "The report is thrown away, with all that it said of people.")
        return redirect("admin:meetings_meeting_attendance", report.meeting_id)

    def _columns_form(self, report: ToolReport, data: Any = None) -> ColumnsForm:
        mapping = report.mapping or actions.first_guess(report)
        headings = actions.tables_of(report)[0][0].headings
        initial = ColumnsForm.initial_of(mapping)
        return ColumnsForm(data, headings=headings, meeting=report.meeting, initial=initial)

    @transaction.atomic
    def _columns_page(self, request: HttpRequest, report: ToolReport, form: ColumnsForm | None = None) -> HttpResponse:
        form = form or self._columns_form(report)
        grid = actions.tables_of(report)[0][0]
        sample = [row + [""] * (len(grid.headings) - len(row)) for _, row in grid.rows[:SAMPLE]]
        record_look(request, "a meeting tool's report", why="recording who came", count=len(sample))
        context = {"form": form, "headings": grid.headings, "sample": sample, "lines": len(grid.rows)}
        return self._page(request, "report_columns.html", report, context, status=422 if form.errors else 200)

    @transaction.atomic
    def _review_page(
        self,
        request: HttpRequest,
        report: ToolReport,
        forms: dict[int, PersonForm] | None = None,
        importing: ImportForm | None = None,
    ) -> HttpResponse:
        counts = _counts(report)
        shown = request.GET.get("show", "open" if counts["open"] else "all")
        rows = report.people.select_related("member").order_by("place")
        if shown in FILTERS:
            rows = rows.filter(choice=FILTERS[shown])
        page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
        forms = {**self._forms(request, list(page), None), **(forms or {})}
        recorded = _recorded(report.meeting, list(page))
        lines = [
            {
                "person": row,
                "form": forms[row.pk],
                "times": _times(row, report.meeting),
                "recorded": recorded.get(row.pk),
            }
            for row in page
        ]
        context = {
            "page_obj": page, "lines": lines, "counts": counts, "shown": shown, "importing": importing or ImportForm(),
            "views": [(name, words, counts[name]) for name, words in SHOWN.items()], "words": request.GET.get("q", ""),
        }  # fmt: skip
        if lines:
            whose = [row.member_id for row in page]
            record_look(request, "a meeting tool's report", why="recording who came", subjects=whose, count=len(lines))
        wrong = any(form.errors for form in forms.values()) or (importing is not None and importing.errors)
        return self._page(request, "report_review.html", report, context, status=422 if wrong else 200)

    def _forms(self, request: HttpRequest, rows: list[ReportPerson], data: Any) -> dict[int, PersonForm]:
        """A form for each of these people: offered are who it is said to be, who is called alike, and who was searched."""
        alike, found = suggestions(rows), find_members(request.GET.get("q", ""))
        return {row.pk: PersonForm(data, person=row, members=[*alike.get(row.pk, []), *found]) for row in rows}

    def _progress(self, request: HttpRequest, report: ToolReport) -> HttpResponse:
        if request.headers.get("HX-Request"):
            response = render(request, "admin/meetings/_report_progress.html", {"report": report})
            if not report.is_waiting:
                response["HX-Refresh"] = "true"
            return response
        return self._page(request, "report_progress.html", report, {"outcome": _outcome(report)})

    def _page(
        self, request: HttpRequest, template: str, report: ToolReport, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "report": report,
            "meeting": report.meeting,
            "opts": self.opts,
            "title": f"{report} of {report.meeting}",
        }
        return render(request, f"admin/meetings/{template}", {**shared, **context}, status=status)


def _numbers(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16]


def _counts(report: ToolReport) -> dict[str, int]:
    people = list(report.people.values_list("choice", "is_matched", "seconds"))
    by_choice = {name: sum(choice == wanted for choice, _, _ in people) for name, wanted in FILTERS.items()}
    return {
        **by_choice,
        "all": len(people),
        "matched": sum(matched for _, matched, _ in people),
        "not_there": sum(not seconds for _, _, seconds in people),
        "unread": report.outcome.get("unread", 0),
    }


def _recorded(meeting: Meeting, people: list[ReportPerson]) -> dict[int, Attendance]:
    """By person's row, what is recorded of them now. Two queries."""
    members = [person.member_id for person in people if person.member_id]
    rows = list(Attendance.objects.filter(meeting=meeting, member__in=members).select_related("confirmed_by"))
    guests = list(Attendance.objects.filter(meeting=meeting, member=None).select_related("confirmed_by"))
    by_member = {row.member_id: row for row in rows}
    by_name = {row.guest_name.casefold(): row for row in guests}
    found: dict[int, Attendance] = {}
    for person in people:
        row = by_member.get(person.member_id) if person.member_id else by_name.get(person.guest_name.casefold())
        if row is not None:
            found[person.pk] = row
    return found


def _times(person: ReportPerson, meeting: Meeting) -> list[str]:
    """From when to when, by the meeting's clock."""
    words = []
    for start, end in person.spans[:6]:
        pair = [datetime.fromisoformat(text).astimezone(meeting.tz).strftime("%-I:%M %p") for text in (start, end)]
        words.append(f"{pair[0]}–{pair[1]}")
    if len(person.spans) > len(words):
        words.append(f"and {len(person.spans) - len(words)} more")
    return words


OUTCOMES = {
    "new": "recorded anew",
    "confirmed": "had checked in and are confirmed",
    "replaced": "have other minutes than before",
    "added": "have more minutes than before",
    "kept": "stayed as staff recorded them",
    "not_there": "were not there while the meeting ran",
    "out": "left out",
    "unread": "lines of the report said nothing that counts",
}


def _outcome(report: ToolReport) -> list[tuple[str, int]]:
    return [(words, report.outcome[name]) for name, words in OUTCOMES.items() if report.outcome.get(name)]
