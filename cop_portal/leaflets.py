"""What a partner's link leads to, as a text to forward and a page to print: notices, requests and meetings alike."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse
from django.utils import dateformat, timezone
from django.views.decorators.http import require_safe

from meetings.models import Meeting
from notices.flyer import Leaflet, flyer_pdf, to_forward
from notices.markup import fill, to_text
from notices.models import Notice, Relay, Rfp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

Facts = tuple[tuple[str, str], ...]
ANYBODY = "People meet here to learn from one another. Everybody interested may join: an e-mail address and a name are enough."


@require_safe
def relay_text(request: HttpRequest, pk: int) -> HttpResponse:
    """The text to copy into a mail or post, and the way to the flyer."""
    relay = _relay(request, pk)
    leaflet = _leaflet(relay)
    context = {
        **admin.site.each_context(request),
        "title": "Text and flyer to pass on",
        "relay": relay,
        "text": to_forward(leaflet),
        "leaflet": leaflet,
    }
    return TemplateResponse(request, "admin/portal/relay_text.html", context)


@require_safe
def relay_flyer(request: HttpRequest, pk: int) -> HttpResponse:
    relay = _relay(request, pk)
    name = f"flyer-{relay.code}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(flyer_pdf(_leaflet(relay)), content_type="application/pdf", headers=headers)


def _relay(request: HttpRequest, pk: int) -> Relay:
    if not request.user.has_perm("notices.view_relay"):
        raise PermissionDenied
    found: Relay = get_object_or_404(Relay.objects.select_related("partner"), pk=pk)
    return found


def _leaflet(relay: Relay) -> Leaflet:
    """What stands behind the link now. Where that page is not public, the leaflet speaks of the community alone."""
    address = settings.PUBLIC_URL + reverse("notices:relay", args=[relay.code])
    found = _of_page(relay.page.partition("?")[0])
    title, facts, text = found or (settings.COMMUNITY["name"], (), ANYBODY)
    return Leaflet(title=title, facts=facts, text=text, address=address)


def _of_page(path: str) -> tuple[str, Facts, str] | None:
    try:
        match = resolve(path)
    except Resolver404:
        return None
    known = BY_PAGE.get(match.view_name)
    return known(match.kwargs["slug"]) if known else None


def _of_notice(slug: str) -> tuple[str, Facts, str] | None:
    notice = Notice.objects.public().filter(slug=slug).first()
    if notice is None:
        return None
    return notice.title, (), fill(to_text(notice.body), {"name": "reader"}, html=False)


def _of_request(slug: str) -> tuple[str, Facts, str] | None:
    rfp = Rfp.objects.public(timezone.now()).filter(slug=slug).first()
    if rfp is None:
        return None
    facts = [(label, _moment(at, rfp.zone)) for label, at in rfp.deadlines]
    facts.append(("Official posting, which governs", rfp.official_url))
    return rfp.title, tuple(facts), to_text(rfp.summary)


def _moment(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{dateformat.format(local, 'l, F j, Y')} at {dateformat.format(local, 'g:i a')} {local.tzname()}"


def _of_meeting(slug: str) -> tuple[str, Facts, str] | None:
    meeting = Meeting.objects.public().filter(slug=slug).first()
    if meeting is None:
        return None
    when = f"{meeting.date_text}, {meeting.time_text}"
    facts = [("When", f"Cancelled ({when})" if meeting.is_cancelled else when), ("Where", meeting.place_text)]
    if meeting.always_provided:
        facts.append(("Always provided", meeting.always_provided))
    return meeting.title, tuple(facts), to_text(meeting.purpose)


BY_PAGE: dict[str, Callable[[str], tuple[str, Facts, str] | None]] = {
    "notices:detail": _of_notice,
    "notices:rfp_detail": _of_request,
    "meetings:detail": _of_meeting,
}
