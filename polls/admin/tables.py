"""The staff's pages about tables: the full view and its files, tables that no longer match, seats, time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from cop_portal.errors import Refused
from members.http import reauthenticate, recently_authenticated, signed_in
from members.models import ParticipantCategory
from notices.enums import PartnerKind
from notices.models import OutreachPartner
from polls import actions
from polls.coverage import coverage, vacancies
from polls.files import CONTENT_TYPES, file_response
from polls.forms import OutreachForm, VersionForm
from polls.models import Poll
from polls.period import chosen_period
from polls.representation import representation, representations
from polls.rules import can_read_full_table
from polls.versions import changes, next_versions
from privacy.logged_reads import record_look

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from polls.table import Table

COVERED_MEETINGS = 12
FULL = "a representation table in full"


class TablePages(admin.ModelAdmin):
    """Mixed into the page of polls."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("coverage/", view(self.coverage_page), name="polls_poll_coverage"),
            path("coverage/notice/", view(self.outreach_page), name="polls_poll_outreach"),
            path("over-time/", view(self.over_time_page), name="polls_poll_over_time"),
            path("out-of-date/", view(self.out_of_date_page), name="polls_poll_out_of_date"),
            path("<int:pk>/version/", view(self.version_page), name="polls_poll_version"),
            path("<int:pk>/full/", view(self.full_page), name="polls_poll_full"),
            path("<int:pk>/full.<str:kind>", view(self.full_file), name="polls_poll_full_file"),
            *super().get_urls(),
        ]

    def full_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The published table without hidden cells; the look is written down with it."""
        poll, table = self._in_full(request, pk)
        with transaction.atomic():
            self._look(request, FULL, table.head.respondents or 1)
            context = self._context(request, f"Full table of {poll.meeting}", table=table, poll=poll)
            return TemplateResponse(request, "admin/polls/full.html", context | {"kinds": CONTENT_TYPES}).render()

    def full_file(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """The same as a file: for whoever may read it and has just proved who they are."""
        poll, table = self._in_full(request, pk)
        if kind not in CONTENT_TYPES:
            raise Http404
        if not recently_authenticated(request):
            return reauthenticate(request)
        with transaction.atomic():
            self._look(request, f"{FULL}, as a file", table.head.respondents or 1)
            return file_response(table, poll.meeting, kind)

    def _in_full(self, request: HttpRequest, pk: int) -> tuple[Poll, Table]:
        if not can_read_full_table(signed_in(request)):
            raise PermissionDenied
        poll = get_object_or_404(Poll.objects.select_related("meeting"), pk=pk)
        table = representation(poll, full=True, threshold=settings.SMALL_CELL_THRESHOLD)
        if table is None:
            raise Http404
        return poll, table

    def out_of_date_page(self, request: HttpRequest) -> HttpResponse:
        """Published tables that no longer match what is on record, each with what would change."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        found = actions.tables_out_of_date(timezone.now())
        lines = [(poll, before, changes(before, after)) for poll, before, after in found]
        context = self._context(request, "Published tables that no longer match", page_obj=lines, most=actions.COMPARED)
        return TemplateResponse(request, "admin/polls/out_of_date.html", context)

    def version_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What everybody reads now beside what everybody would read; then the publishing itself."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        poll = get_object_or_404(Poll.objects.published().select_related("meeting"), pk=pk)
        form = VersionForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                actions.publish_version(poll, by=signed_in(request), now=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                self.log_change(request, poll, "Published a new version of the table.")
                messages.success(request, "The new version is published. The one before stays readable.")
                return redirect("admin:polls_poll_out_of_date")
        tables = next_versions([poll], threshold=settings.SMALL_CELL_THRESHOLD)
        if poll.pk not in tables:
            raise Http404
        before, after = tables[poll.pk]
        context = self._context(request, f"A new version for {poll.meeting}?", poll=poll, form=form)
        context |= {"before": before, "after": after, "changes": changes(before, after), "seen": after.fingerprint}
        return TemplateResponse(request, "admin/polls/version.html", context, status=422 if form.errors else 200)

    def coverage_page(self, request: HttpRequest) -> HttpResponse:
        """The seats that the statute names against who came, over the last meetings, and which stay empty."""
        if not self.has_view_permission(request) and not request.user.has_perm("polls.start_outreach"):
            raise PermissionDenied
        full = can_read_full_table(signed_in(request))
        polls = list(Poll.objects.of_categories().published().select_related("meeting").order_by("-meeting__starts_at"))
        polls = polls[:COVERED_MEETINGS]
        with transaction.atomic():
            tables = representations(polls, full=full, threshold=settings.SMALL_CELL_THRESHOLD)
            if full and tables:
                self._look(request, "the coverage of seats in full", len(tables))
            empty = vacancies(polls, tables, today=timezone.localdate())
            begun = actions.notices_about(line.seat for line in empty)
            context = self._context(request, "Seats and who came", polls=polls, rows=coverage(polls, tables))
            context |= {"is_full": full, "vacancies": [(line, begun.get(line.seat)) for line in empty]}
            context["may_begin"] = request.user.has_perm("polls.start_outreach")
            return TemplateResponse(request, "admin/polls/coverage.html", context).render()

    def outreach_page(self, request: HttpRequest) -> HttpResponse:
        """What the draft will be about and who could pass it on; then the draft itself, for somebody else to release."""
        if not request.user.has_perm("polls.start_outreach"):
            raise PermissionDenied
        seats = list(ParticipantCategory.objects.exclude(seat="").values_list("seat", flat=True).distinct())
        form = OutreachForm(seats, request.POST if request.method == "POST" else None, seat=request.GET.get("seat", ""))
        if form.is_valid():
            try:
                notice = actions.begin_outreach(by=signed_in(request), now=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(
                    request, f"The draft “{notice}” waits for its author, and for somebody else to release it."
                )
                may_write = request.user.has_perm("notices.change_notice")
                here = reverse("admin:polls_poll_coverage")
                return redirect("admin:notices_notice_change", notice.pk) if may_write else redirect(here)
        partners = [(label, list(OutreachPartner.objects.filter(kind=kind))) for kind, label in PartnerKind.choices]
        context = self._context(request, "Begin a notice about an empty seat", form=form, partners=partners)
        return TemplateResponse(request, "admin/polls/outreach.html", context, status=422 if form.errors else 200)

    def over_time_page(self, request: HttpRequest) -> HttpResponse:
        """Table beside table, in full for those who may; that look is written down."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        full = can_read_full_table(signed_in(request))
        with transaction.atomic():
            period = chosen_period(request.GET, full=full)
            if full and period["tables"]:
                self._look(request, "representation over time in full", len(period["tables"]))
            context = self._context(request, "Who was represented, over time", is_full=full, **period)
            return TemplateResponse(request, "admin/polls/over_time.html", context).render()

    def _look(self, request: HttpRequest, what: str, count: int) -> None:
        record_look(request, what, why="reading a table in full", count=count)

    def _context(self, request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.model._meta, **more}
