"""The development mailbox in the browser: for staff, and only where DEBUG is on."""

from django.conf import settings
from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cop_portal import mailbox

# The message is foreign: it gets its own origin, runs nothing and fetches nothing; only its own styles show.
INERT = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    _development_only()
    page = Paginator(mailbox.names(), 50).get_page(request.GET.get("page"))
    kept = [message for name in page if (message := mailbox.read(name))]
    context = {**admin.site.each_context(request), "title": "Mailbox", "page_obj": page, "kept": kept}
    return render(request, "admin/mailbox/list.html", context)


@require_safe
def mail_detail(request: HttpRequest, name: str) -> HttpResponse:
    kept = _kept(name)
    context = {
        **admin.site.each_context(request),
        "title": kept.subject,
        "kept": kept,
        "text": kept.part("text/plain"),
        "has_html": bool(kept.part("text/html")),
        "calendar": kept.part("text/calendar"),
    }
    return render(request, "admin/mailbox/detail.html", context)


@require_safe
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part by itself, inert."""
    return HttpResponse(_kept(name).part("text/html"), headers={"Content-Security-Policy": INERT})


def _kept(name: str) -> mailbox.Kept:
    _development_only()
    kept = mailbox.read(name)
    if kept is None:
        raise Http404
    return kept


def _development_only() -> None:
    if not settings.DEBUG:
        raise Http404
