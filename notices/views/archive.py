"""What everybody may read: notices, requests for proposals, and the links that partners pass on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from notices import actions
from notices.enums import NoticeState
from notices.kinds import words_of
from notices.markup import NAME, fill, to_html
from notices.message import READER
from notices.models import Notice, Relay, Rfp, Topic

PER_PAGE = 20


def public_body(notice: Notice) -> SafeString | str:
    """The page greets nobody by name."""
    return fill(to_html(notice.body), {**words_of(notice), NAME: READER}, html=True)


@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    notices = Notice.objects.public().defer("body")
    chosen = request.GET.get("about", "")
    subjects = Topic.objects.to_write_about()
    if chosen in dict(subjects):
        notices = notices.filter(subject=chosen)
    page = Paginator(notices, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "notices/notice_list.html",
        {"page_obj": page, "subjects": subjects, "chosen": chosen, "chosen_label": dict(subjects).get(chosen)},
    )


@require_safe
def notice_detail(request: HttpRequest, slug: str) -> HttpResponse:
    notice = get_object_or_404(Notice.objects.readable().select_related("rfp"), slug=slug)
    context = {"notice": notice, "body": public_body(notice), "correction": None, "corrected": None}
    if notice.state == NoticeState.CORRECTED:
        context["correction"] = Notice.objects.readable().filter(corrects=notice).first()
    if notice.corrects_id:
        context["corrected"] = Notice.objects.readable().filter(pk=notice.corrects_id).first()
    return render(request, "notices/notice_detail.html", context)


class NoticeFeed(Feed):
    """The newest notices as Atom, all or those of one subject, for readers and for other sites."""

    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, subject: str = "") -> tuple[str, str]:
        """The subject it is about and what that is called; both empty for the feed of all."""
        if not subject:
            return "", ""
        labels = dict(Topic.objects.to_write_about())
        if subject not in labels:
            raise Http404
        return subject, labels[subject]

    def link(self, about: tuple[str, str]) -> str:
        page = settings.PUBLIC_URL + reverse("notices:list")
        return f"{page}?about={about[0]}" if about[0] else page

    def feed_url(self, about: tuple[str, str]) -> str:
        page = reverse("notices:subject_feed", args=[about[0]]) if about[0] else reverse("notices:feed")
        return settings.PUBLIC_URL + page

    def title(self, about: tuple[str, str]) -> str:
        whole = f"Notices of the {settings.COMMUNITY['name']}"
        return f"{about[1]}: {whole}" if about[0] else whole

    def subtitle(self) -> str:
        return f"Published by the {settings.COMMUNITY['agency']}"

    def items(self, about: tuple[str, str]) -> Any:
        notices = Notice.objects.public()
        return (notices.filter(subject=about[0]) if about[0] else notices)[:PER_PAGE]

    def item_title(self, item: Any) -> str:
        return str(item.title)

    def item_description(self, item: Any) -> str:
        return str(public_body(item))

    def item_link(self, item: Notice) -> str:
        return settings.PUBLIC_URL + item.get_absolute_url()

    def item_pubdate(self, item: Notice) -> datetime | None:
        return item.released_at

    item_updateddate = item_pubdate

    def item_categories(self, item: Notice) -> list[str]:
        return [item.get_subject_display()]


@require_safe
def rfp_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    closed = Rfp.objects.public(now).filter(due_at__lte=now).order_by("-due_at")
    page = Paginator(closed, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/rfp_list.html", {"opened": Rfp.objects.open(now), "page_obj": page, "now": now})


@require_safe
def rfp_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One request. Whether it is closed is read off the clock; nobody has to remember to set it."""
    now = timezone.now()
    rfp = get_object_or_404(Rfp.objects.public(now), slug=slug)
    context = {
        "rfp": rfp,
        "summary": to_html(rfp.summary),
        "is_closed": rfp.due_at <= now,
        "now": now,
        "updates": [{"update": update, "body": to_html(update.body)} for update in rfp.updates.all()],
        "sessions": rfp.information_sessions.public().order_by("starts_at"),
    }
    return render(request, "notices/rfp_detail.html", context)


@require_safe
def relay_follow(request: HttpRequest, code: str) -> HttpResponse:
    """Count the visit and go on. The page is a path of this portal by its validator, so nobody is sent elsewhere."""
    relay = get_object_or_404(Relay, code=code)
    page = urlsplit(relay.page)
    if request.method == "GET" and actions.count_visit(relay, today=timezone.localdate()):
        # Where somebody joins from there, the address says by which link they came: no cookie does.
        page = page._replace(query=f"{page.query}&via={code}".lstrip("&"))
    answer = HttpResponseRedirect(settings.PUBLIC_URL + urlunsplit(page))
    answer["Cache-Control"] = "no-store"  # a cached redirect would not be counted
    return answer
