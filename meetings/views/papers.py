"""What a meeting leaves behind: summary, materials, work done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from cop_portal.errors import Refused
from meetings import actions, rules, uploads
from meetings.models import Meeting, MeetingWork, Summary
from meetings.pdf import summary_pdf as make_pdf
from notices.markup import to_html

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from members.http import MemberRequest


@require_safe
def summary(request: HttpRequest, slug: str) -> HttpResponse:
    found = _published_summary(slug)
    member = request.user if request.user.is_authenticated else None
    context = {
        "meeting": found.meeting,
        "summary": found,
        "body_html": to_html(found.body),
        "agenda": found.meeting.timed_agenda(),
        "materials": found.meeting.materials.visible_to(member),
    }
    return render(request, "meetings/summary.html", context)


@require_safe
def summary_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    found = _published_summary(slug)
    # The same fragment as on the page, so that page and PDF hide the same small cells.
    table = render_to_string("meetings/_published_tables.html", {"meeting": found.meeting})
    response = HttpResponse(make_pdf(found.meeting, found.body, table), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="summary-{found.meeting.slug}.pdf"'
    return response


@require_safe
def material(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """A file as an attachment, typed by what it holds; for members only where it says so, and then 404 for others."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    member = request.user if request.user.is_authenticated else None
    row = get_object_or_404(meeting.materials.visible_to(member), pk=pk)
    if row.item_id and not (rules.agenda_is_public(meeting, timezone.now()) or rules.prepares(member, meeting)):
        raise Http404
    if row.url:
        return HttpResponseRedirect(row.url)
    try:
        file = row.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    kind = uploads.sniff(file)
    if kind is None:
        file.close()
        raise Http404
    name = f"{slugify(row.title) or 'paper'}.{kind.extension}"
    response = FileResponse(file, as_attachment=True, filename=name, content_type=kind.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    if row.audience != "public":
        response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_POST
def work(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    item = get_object_or_404(MeetingWork, meeting=meeting, pk=pk)
    done = request.POST.get("done") == "1"
    try:
        actions.mark_work(item, member=request.user, done=done, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"“{item.title}” is marked as {'done' if done else 'not done'}.")
    return redirect(meeting)


def _published_summary(slug: str) -> Summary:
    return get_object_or_404(Summary.objects.select_related("meeting"), meeting__slug=slug, published_at__isnull=False)
