"""Tomorrow's digests, before they are owed: who gets which, and what it says to a chosen person. Each look is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from meetings.actions import meeting_digests
from notices.actions import period_digests
from privacy import legible
from privacy.logged_reads import record_look

if TYPE_CHECKING:
    from datetime import datetime

    from notices.actions import Digest, Reader

SHOWN = 50  # people of each digest on the page; the counts are of all
WHY = "preparing digests"
# The mail as it is, by itself: running nothing, fetching nothing.
INERT = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
MADE_UP = "https://example.org/made-up"  # a preview must neither unsubscribe anybody nor answer for them


class PersonForm(legible.Form):
    person = forms.EmailField(label="As the person with this e-mail address", required=False)


@dataclass(frozen=True)
class Line:
    """One digest as the page shows it."""

    digest: Digest
    count: int
    people: list[Reader]

    @property
    def more(self) -> int:
        return self.count - len(self.people)


@dataclass(frozen=True)
class Mail:
    """One digest as the chosen person would get it."""

    digest: Digest
    subject_line: str
    text: str
    html: str


@require_safe
@transaction.atomic
def digests(request: HttpRequest) -> HttpResponse:
    """Everybody of every digest due until the end of tomorrow; with ``person``, what that person gets."""
    if not request.user.has_perm("notices.view_subscriber"):
        raise PermissionDenied
    now = timezone.now()
    form = PersonForm(request.GET or None)
    address = form.cleaned_data["person"].lower() if form.is_valid() else ""
    due = _due(now)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Tomorrow’s digests",
        "form": form,
        "address": address,
        "until": _end_of_tomorrow(now),
    }
    if not address:
        planned = [_line(digest) for digest in due]
        # What is past and for nobody has been sent to all whom it was for.
        context["lines"] = lines = [line for line in planned if line.count or line.digest.due_at > now]
        shown = [reader.subscriber.member_id for line in lines for reader in line.people]
        record_look(request, "who gets tomorrow’s digests", why=WHY, subjects=shown, count=max(len(shown), 1))
        return TemplateResponse(request, "admin/portal/digests.html", context)
    mails, member = _mails_for(address, due)
    record_look(request, "tomorrow’s digests of one person", why=WHY, subject=member)
    if "html" in request.GET:
        return _inert(mails, request.GET["html"])
    context["mails"] = mails
    return TemplateResponse(request, "admin/portal/digests.html", context)


def _end_of_tomorrow(now: datetime) -> datetime:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=2)


def _due(now: datetime) -> list[Digest]:
    until = _end_of_tomorrow(now)
    return sorted([*period_digests(until), *meeting_digests(now=now, until=until)], key=lambda digest: digest.due_at)


def _line(digest: Digest) -> Line:
    readers = iter(digest.readers())
    people = list(islice(readers, SHOWN))
    return Line(digest, len(people) + sum(1 for _ in readers), people)


def _mails_for(address: str, due: list[Digest]) -> tuple[list[Mail], Any]:
    """What goes to this address, and the member it is, if it is one's. The links in it are made up."""
    mails, member = [], None
    for digest in due:
        for reader in digest.readers():
            if reader.subscriber.address.lower() == address:
                member = reader.subscriber.member
                mails.append(_mail(digest, reader))
    return mails, member


def _mail(digest: Digest, reader: Reader) -> Mail:
    shared = digest.words(reader.parts)
    links = dict.fromkeys(["unsubscribe", "preferences", *reader.own()], MADE_UP)
    return Mail(digest, shared.subject_line, *shared.for_person(name=reader.name, **links))


def _inert(mails: list[Mail], key: str) -> HttpResponse:
    for mail in mails:
        if mail.digest.key == key:
            return HttpResponse(mail.html, headers={"Content-Security-Policy": INERT})
    raise Http404
