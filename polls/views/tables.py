"""What was published of a meeting's polls, as pages and files: of the category poll every version. The same for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from meetings.models import Meeting
from polls.enums import PollKind
from polls.files import file_response, results_response
from polls.models import PublishedTable, SavedQuestion
from polls.other_words import words_beside
from polls.period import chosen_period, same_question_in
from polls.representation import representation
from polls.table import from_record
from polls.versions import masked

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from polls.table import Table


@require_safe
def versions(request: HttpRequest, slug: str, version: int | None = None) -> HttpResponse:
    """One version (the last, unless told), and the list of all of them with what changed and why."""
    meeting, tables = _published(slug)
    table = _pick(tables, version)
    is_withdrawn = not meeting.polls.of_categories().published().exists()
    context = {"meeting": meeting, "table": table, "last": tables[-1], "is_withdrawn": is_withdrawn}
    context["versions"] = list(reversed(tables))
    return render(request, "polls/versions.html", context)


@require_safe
def table_file(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The published table as a file, with the same hidden cells as the page. 404 while nothing is published."""
    meeting, tables = _published(slug)
    asked = request.GET.get("version", "")
    return file_response(_pick(tables, int(asked) if asked.isdecimal() else None), meeting, kind)


@require_safe
def results_file(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The published results of another poll as CSV: the numbers and words of the room's page. 404 until then, for everybody."""
    meeting: Meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    poll = get_object_or_404(meeting.polls.published().exclude(kind=PollKind.CATEGORIES), pk=pk)
    table = representation(poll, full=False, threshold=settings.SMALL_CELL_THRESHOLD)
    if table is None:
        raise Http404
    return results_response(table, meeting, words_beside([table]).get(poll.pk, []))


@require_safe
def over_time(request: HttpRequest) -> HttpResponse:
    """Meeting after meeting, and pooled over the period that is chosen: from what is published and nothing else."""
    context = chosen_period(request.GET, full=False)
    context["asked_again"] = SavedQuestion.objects.asked_in_public()
    return render(request, "polls/over_time.html", context)


@require_safe
def same_question(request: HttpRequest, pk: int) -> HttpResponse:
    """A question that is asked again and again: its published results, meeting after meeting. 404 until there are some."""
    saved = get_object_or_404(SavedQuestion.objects.asked_in_public(), pk=pk)
    return render(request, "polls/same_question.html", same_question_in(saved, request.GET))


def _published(slug: str) -> tuple[Meeting, list[Table]]:
    """Every version as everybody may read it now: what a later one hides is hidden in those before it."""
    meeting: Meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    records = list(
        PublishedTable.objects.filter(poll__meeting=meeting, poll__kind=PollKind.CATEGORIES).order_by("version")
    )
    if not records:
        raise Http404
    last_of = {record.answers_closed_at: from_record(record) for record in records}
    return meeting, [masked(from_record(record), last_of[record.answers_closed_at]) for record in records]


def _pick(tables: list[Table], version: int | None) -> Table:
    if version is None:
        return tables[-1]
    try:
        return next(table for table in tables if table.version == version)
    except StopIteration:
        raise Http404 from None
