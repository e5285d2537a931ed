"""A new consent notice is in force: read it, agree or not, and go on with what one was about to do."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from cop_portal.errors import Refused
from cop_portal.forms import ConsentForm
from members.http import MemberRequest
from privacy.actions import give_consent
from privacy.enums import NoticeKey
from privacy.models import ConsentNotice

LATER = "consent_later"  # in the session: the stipend notices that the person wants to read another time


@login_required
@require_http_methods(["GET", "POST"])
def consent(request: MemberRequest) -> HttpResponse:
    """GET shows what is to be agreed to; POST agrees. What was being sent when the notice came along is kept."""
    target, kept = _target(request), request.POST.get("kept", "")
    asked = ConsentNotice.objects.unanswered_by(request.user).first()
    if asked is None:
        return _go_on(request, target, kept)
    form = _form(asked, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            give_consent(request.user, key=asked.key, notice_id=form.cleaned_data["notice"], now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            more = ConsentNotice.objects.unanswered_by(request.user).first()
            if more is None:
                return _go_on(request, target, kept)
            asked, form = more, _form(more)
    return ask_for_consent(request, asked, form=form, target=target, kept=kept, status=422 if form.errors else 200)


@login_required
@require_POST
def later(request: MemberRequest) -> HttpResponse:
    """Not now: lawful for stipends alone, where nothing is claimed meanwhile. Asked again at the next sign-in."""
    asked = ConsentNotice.objects.unanswered_by(request.user).filter(key=NoticeKey.STIPEND)
    request.session[LATER] = [notice.pk for notice in asked]
    return _go_on(request, _target(request), request.POST.get("kept", ""))


def ask_for_consent(
    request: MemberRequest,
    asked: ConsentNotice,
    *,
    target: str,
    kept: str,
    status: int,
    form: ConsentForm | None = None,
) -> HttpResponse:
    """The page. ``target``: where the person was going; ``kept``: what they were sending there (``keep``), or empty."""
    notices = ConsentNotice.objects.readable(asked.key)
    agreed = request.user.consents.standing().filter(notice__key=asked.key).order_by("-notice__version").first()
    since = agreed.notice.version if agreed else 0
    context = {
        "asked": asked,
        "notices": notices,
        "agreed": agreed,
        "changes": ConsentNotice.objects.changes_since(asked.key, since) if agreed else [],
        "form": form or _form(asked),
        "target": target,
        "kept": kept,
        "is_stipend": asked.key == NoticeKey.STIPEND,
    }
    return render(request, "portal/consent.html", context, status=status)


def keep(data: QueryDict) -> str:
    """What was sent, as a page can carry it along; nothing of it is stored."""
    return json.dumps([[name, values] for name, values in data.lists() if name != "csrfmiddlewaretoken"])


def _form(asked: ConsentNotice, data: Any = None) -> ConsentForm:
    return ConsentForm(data, notices=ConsentNotice.objects.readable(asked.key))


def _go_on(request: MemberRequest, target: str, kept: str) -> HttpResponse:
    """Back to the page, or to a button that sends what was kept."""
    if not kept:
        return redirect(target or "my_cop")
    return render(request, "portal/consent_given.html", {"target": target, "fields": _fields(kept)})


def _fields(kept: str) -> list[tuple[str, str]]:
    try:
        return [(str(name), str(value)) for name, values in json.loads(kept) for value in values]
    except (ValueError, TypeError):
        return []


def _target(request: MemberRequest) -> str:
    """A path of this portal, or empty."""
    path = request.POST.get("next") or request.GET.get("next") or ""
    is_own = url_has_allowed_host_and_scheme(path, allowed_hosts=None, require_https=request.is_secure())
    return path if is_own and path.startswith("/") else ""
