"""Whom a notice reached: by level and category, by partner, and who was not. Sums alone: nobody is followed.

What is known is what the mail server took, what the provider says came back, and how often a partner's link was
followed. Nobody's opening or reading is counted, by design. Small numbers of sensitive categories are hidden by the rule
of the published tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from members.enums import Level
from members.models import Member, MembershipPeriod, ParticipantCategory
from notices import actions
from notices.enums import DeliveryState, EventKind, PartnerKind
from notices.models import Delivery, Notice, OutreachPartner, Relay
from polls.small_cells import cells_to_hide

if TYPE_CHECKING:
    from datetime import date

CAME_BACK = [EventKind.HARD_BOUNCE, EventKind.SOFT_BOUNCE]


@dataclass(frozen=True)
class Categories:
    """Members reached, by category; None where the number is not shown. ``rows`` is None where no breakdown is safe."""

    rows: list[tuple[str, int | None]] | None
    not_reached: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
def notice_reach(request: HttpRequest, pk: int) -> HttpResponse:
    """The report of one notice. A POST makes every partner's link to it."""
    if not request.user.has_perm("notices.view_notice"):
        raise PermissionDenied
    notice = get_object_or_404(Notice.objects.readable(), pk=pk)
    if request.method == "POST":
        return _make_links(request, notice)
    on = timezone.localdate(notice.released_at)
    partners = _by_partner(notice)
    context = {
        **admin.site.each_context(request),
        "title": f"Reach: {notice}",
        "notice": notice,
        "states": _by_state(notice),
        "arrived": _told_by_provider(notice, [EventKind.DELIVERED]),
        "came_back": _told_by_provider(notice, CAME_BACK),
        "levels": _by_level(notice, on),
        "categories": by_category(notice, on),
        "threshold": settings.SMALL_CELL_THRESHOLD,
        "partners": partners,
        "communities": _communities_not_reached(partners),
        "mentions": notice.mentions.select_related("partner"),
        "may_link": request.user.has_perm("notices.add_relay"),
        "without_link": OutreachPartner.objects.exclude(relays__page__in=_pages(notice)).count(),
    }
    return TemplateResponse(request, "admin/portal/notice_reach.html", context)


def _make_links(request: HttpRequest, notice: Notice) -> HttpResponse:
    if not request.user.has_perm("notices.add_relay"):
        raise PermissionDenied
    partners = list(OutreachPartner.objects.exclude(relays__page__in=_pages(notice)))
    for partner in partners:
        actions.make_relay(partner, page=notice.get_absolute_url())
    messages.success(request, f"Links made: {len(partners)}. Each partner’s text and flyer stand beside their link.")
    return redirect("notice_reach", notice.pk)


def _pages(notice: Notice) -> list[str]:
    """The addresses that speak of the notice: its own page, and the one it leads to."""
    return [page for page in (notice.get_absolute_url(), notice.page) if page]


def _by_state(notice: Notice) -> list[tuple[str, int]]:
    rows = notice.deliveries.order_by().values_list("state").annotate(n=Count("pk"))
    counts = dict(rows)
    return [(state.label, counts[state]) for state in DeliveryState if state in counts]


def _told_by_provider(notice: Notice, kinds: list[EventKind]) -> int:
    return notice.deliveries.filter(events__kind__in=kinds).distinct().count()


def _sent(notice: Notice) -> Any:
    return Delivery.objects.filter(notice=notice, state=DeliveryState.SENT)


def _by_level(notice: Notice, on: date) -> list[tuple[str, int]]:
    """Messages that were sent, by the reader's level on the day of release; then those to people who hold none."""
    held = MembershipPeriod.objects.on(on).filter(member=OuterRef("member")).values("level")[:1]
    rows = _sent(notice).annotate(level=Subquery(held)).order_by().values_list("level").annotate(n=Count("pk"))
    counts = dict(rows)
    found = [(level.label, counts.get(level, 0)) for level in Level]
    return [*found, ("Subscribers without an account, staff and facilitators", counts.get(None, 0))]


def by_category(notice: Notice, on: date) -> Categories:
    """Members reached in each category that was in force on that day; one person may be in several."""
    reached = Q(members__in=_sent(notice).filter(member__isnull=False).values("member"))
    found = list(ParticipantCategory.objects.in_force(on).annotate(reached=Count("members", filter=reached)))
    people = Member.objects.filter(
        pk__in=_sent(notice).values("member"), categories__in=[category.pk for category in found]
    )
    hidden = cells_to_hide(
        [category.reached for category in found],
        [category.is_sensitive for category in found],
        threshold=settings.SMALL_CELL_THRESHOLD,
        respondents=people.distinct().count(),
    )
    not_reached = [category.label for category in found if not category.reached]
    if hidden is None:
        return Categories(None, [])  # which are empty would say as much
    rows = [(row.label, None if number in hidden else row.reached) for number, row in enumerate(found)]
    return Categories(rows, not_reached)


def _by_partner(notice: Notice) -> list[dict[str, Any]]:
    relays = Relay.objects.filter(page__in=_pages(notice))
    rows = relays.order_by("partner__name").values("partner__name", "partner__kind", "partner")
    return [
        {**row, "kind": PartnerKind(row["partner__kind"]).label}
        for row in rows.annotate(visits=Sum("visits"), joined=Sum("joined"))
    ]


def _communities_not_reached(partners: list[dict[str, Any]]) -> list[str]:
    """Kinds of partners by none of whose links anybody came."""
    reached = {row["partner__kind"] for row in partners if row["visits"]}
    return [str(kind.label) for kind in PartnerKind if kind not in reached and kind != PartnerKind.OTHER]
