"""What would go out, and to whom: the mail in its real template while it is written, and the exact list."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from members.enums import Level
from members.http import signed_in
from members.models import Member, ParticipantCategory
from notices import actions
from notices.admin.notice_pages import NoticePages
from notices.audience import Addressee, addressees
from notices.forms import PreviewForm, WritingForm, not_to_fill_in
from notices.kinds import in_words
from notices.message import READER, share_notice
from notices.models import Notice
from privacy.logged_reads import record_look

SHOWN = 500  # recipients on the page; the counts are of all
AT_A_TIME = 1000
# Our own mail, but with words that somebody typed: by itself, running nothing, fetching nothing.
INERT = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
# The same in the frame beside the form.
INERT_IN_FRAME = INERT.replace("frame-ancestors 'none'", "frame-ancestors 'self'")


class Previews(NoticePages):
    pages = {
        "preview": "preview",
        "preview-html": "preview_html",
        "recipients": "recipients",
        "test": "test",
    }

    def get_urls(self) -> list[URLPattern]:
        writing = self.admin_site.admin_view(self.preview_writing)
        return [path("preview/", writing, name="notices_notice_preview-writing"), *super().get_urls()]

    @method_decorator(require_POST)
    @method_decorator(xframe_options_sameorigin)
    @transaction.atomic
    def preview_writing(self, request: HttpRequest) -> HttpResponse:
        """What stands in the form, as the mail it would become: one document, for the frame beside the form."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        form = WritingForm(request.POST)
        if not form.is_valid():
            lines = [f"{form[name].label}: {' '.join(map(str, errors))}" for name, errors in form.errors.items()]
            return _document("\n".join(lines), "text/plain")
        written = form.cleaned_data
        person, name = _person(written["person"], signed_in(request))
        self._record_person(request, person)
        notice = Notice(
            title=written["title"], body=written["body"], page=written["page"], slug="preview",
            meeting=written["meeting"], what_changed=written["what_changed"],
            corrects=Notice.objects.filter(pk=written["corrects"]).first() if written["corrects"] else None,
        )  # fmt: skip
        text, html = _as_for(notice, name)
        if words := not_to_fill_in(written["body"]):
            text = f"{words}\n\n{text}"
            html = html.replace("<main", format_html('<p role="alert"><strong>{}</strong></p>\n<main', words), 1)
        return _document(text, "text/plain") if written["part"] == "text" else _document(html, "text/html")

    @transaction.atomic
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Subject line and text as this person would get them; the HTML part is a page of its own."""
        notice = self._notice(request, pk)
        form = PreviewForm(request.GET or None)
        person, name = _person(_asked(form), signed_in(request))
        text, _ = _as_for(notice, name)
        self._record_person(request, person)
        context = {"notice": notice, "form": form, "name": name, "text": text, "person": person}
        return self._page(request, "preview", f"Preview: {notice}", context)

    @transaction.atomic
    def preview_html(self, request: HttpRequest, pk: int) -> HttpResponse:
        notice = self._notice(request, pk)
        person, name = _person(_asked(PreviewForm(request.GET or None)), signed_in(request))
        self._record_person(request, person)
        return HttpResponse(_as_for(notice, name)[1], headers={"Content-Security-Policy": INERT})

    def _record_person(self, request: HttpRequest, person: Member | None) -> None:
        if person is not None and person != request.user:  # an address leads to a name
            record_look(request, "the name in a preview", why="releasing a notice", subject=person)

    @transaction.atomic
    def recipients(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The exact list: who gets it, who does not, and why. Looking at it is written down, with how it was narrowed."""
        notice = self._notice(request, pk)
        people, counts = _list(notice)
        ids = [person.member_id for person in people]
        kinds = ", ".join(kind.lower() for kind, _ in in_words(notice))
        what = f"recipients of a notice, by {kinds}"[:120] if kinds else "recipients of a notice"
        record_look(request, what, why="releasing a notice", subjects=ids, count=counts["all"] or 1)
        more = counts["all"] - len(people)
        context = {"notice": notice, "people": people, "more": more, "narrowed": in_words(notice), **counts}
        return self._page(request, "recipients", f"Recipients: {notice}", context)

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send it to oneself, marked as a test."""
        notice = self._notice(request, pk)
        if not (super().has_change_permission(request) or self.has_release_permission(request)):
            raise PermissionDenied  # who only reads sends nothing
        if request.method == "POST":
            sent = self._try(request, lambda: actions.send_test(notice, to=signed_in(request), now=timezone.now()))
            if sent is not None:
                messages.success(request, "The test is on its way to you.")
        return self._back(pk)


def _document(content: str, kind: str) -> HttpResponse:
    headers = {"Content-Security-Policy": INERT_IN_FRAME}
    return HttpResponse(content, content_type=f"{kind}; charset=utf-8", headers=headers)


def _asked(form: PreviewForm) -> str:
    return str(form.cleaned_data["person"]) if form.is_valid() else ""


def _person(address: str, asking: Member) -> tuple[Member | None, str]:
    """Whose mail is shown: the member with this address, or the one who asks."""
    if not address:
        return asking, asking.name
    person = Member.objects.filter(email=address.lower()).first()
    return person, person.name if person else READER


def _as_for(notice: Notice, name: str) -> tuple[str, str]:
    """The parts as that person gets them. The links are made up: a preview must not unsubscribe anybody."""
    links = {"unsubscribe": "https://example.org/stop", "preferences": "https://example.org/choose"}
    return share_notice(notice).for_person(name=name, **links)


def _list(notice: Notice) -> tuple[list[Addressee], dict[str, Any]]:
    """The first of the list, and the counts of all of it, without keeping the rest."""
    shown: list[Addressee] = []
    skipped: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    members: list[int] = []
    for person in addressees(notice, timezone.localdate()):
        if len(shown) < SHOWN:
            shown.append(person)
        if person.skipped:
            skipped[person.skipped] += 1
            continue
        levels[Level(person.level).label if person.level else "Without an account, or at no level"] += 1
        if person.member_id:
            members.append(person.member_id)
    getting = levels.total()
    return shown, {
        "all": getting + skipped.total(),
        "getting": getting,
        "skipped": skipped.most_common(),
        "levels": sorted(levels.items()),
        "categories": _by_category(members),
    }


def _by_category(members: list[int]) -> list[tuple[str, str]]:
    """How many of these chose which category. Sensitive ones are left out, and small counts hidden.

    Whoever can choose an audience could otherwise find out by one person more in it.
    """
    categories = ParticipantCategory.objects.in_force(timezone.localdate()).filter(is_sensitive=False)
    through = Member.categories.through.objects.filter(participantcategory__in=categories)
    counts: Counter[int] = Counter()
    for start in range(0, len(members), AT_A_TIME):
        some = through.filter(member__in=members[start : start + AT_A_TIME])
        counts.update(some.values_list("participantcategory", flat=True))
    few = settings.SMALL_CELL_THRESHOLD
    return [
        (row.label, str(n) if (n := counts[row.pk]) == 0 or n >= few else f"fewer than {few}") for row in categories
    ]
