"""Admin actions that are asked about first: a page that shows what would happen and to whom, before it does.

The page has an address of its own (``?asked=…``): it can be reloaded, and the browser's "back" leads to it and asks to
send nothing again. What was chosen in the list lies in the session (``privacy.middleware.QuestionsMiddleware``), for
it may be a thousand rows. The page carries it all the same, so that a session that has forgotten it loses nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.crypto import get_random_string
from django.utils.datastructures import MultiValueDict

from cop_portal.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.contrib.admin import ModelAdmin
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse


CONFIRMED = "confirmed"
ASKED = "asked"  # in the address, and in the session
CHOSEN = ("action", ACTION_CHECKBOX_NAME, "select_across", "index")  # what a list sends: which action, and for whom
OPEN_QUESTIONS = 5  # kept in a session: for those who work in a few tabs
ANSWERED = ""


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the person said yes on the page that asks."""
    return CONFIRMED in request.POST


def own_address(request: HttpRequest) -> HttpResponse | None:
    """Where the page that asks is found; None where this request comes from there, or answers what was asked.

    Only for what changes nothing without a “yes”: the same is sent again whenever that address is opened.
    """
    if is_confirmed(request) or hasattr(request, "asked"):
        return None
    name, posted = get_random_string(12), QueryDict(mutable=True)
    for kept_name in CHOSEN:  # and nothing that was typed into the page that asks
        posted.setlist(kept_name, request.POST.getlist(kept_name))
    kept = [*request.session.get(ASKED, {}).items(), (name, {"path": request.path, "posted": posted.urlencode()})]
    request.session[ASKED] = dict(kept[-OPEN_QUESTIONS:])
    sep = "&" if request.META.get("QUERY_STRING") else "?"
    return HttpResponseRedirect(f"{request.get_full_path()}{sep}{urlencode({ASKED: name})}")


def send_again(request: HttpRequest, posted: str) -> None:
    """Make of a request that opens a page the form that the same person sent before, from a page of ours."""
    request.method = request.META["REQUEST_METHOD"] = "POST"
    request.POST = QueryDict(posted)
    request._files = MultiValueDict()  # type: ignore[attr-defined]  # or Django reads the body, which is empty
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]


def ask_first(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    queryset: QuerySet[Any],
    *,
    action: str,
    title: str,
    form: forms.BaseForm | None = None,
    note: tuple[str, list[str]] | None = None,
    words: Callable[[Any], str] = str,
) -> HttpResponse:
    """The page that asks: the people or things chosen, a form where more must be said, yes and no.

    ``note``: a heading and lines to read before the form. ``words``: what each of the chosen is called on the page.
    """
    if away := own_address(request):
        return away
    rows = list(queryset)
    if not rows:
        messages.warning(request, "None of what you had chosen is in this list any more. Nothing was done.")
        return HttpResponseRedirect(request.get_full_path())
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "objects": rows,
        "lines": [(row.pk, words(row)) for row in rows],
        "action": action,
        "form": form,
        "note": note,
        "opts": model_admin.model._meta,
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    status = 422 if form is not None and form.errors else 200
    return TemplateResponse(request, "admin/privacy/confirm.html", context, status=status)


def apply_to_each(
    request: HttpRequest,
    queryset: QuerySet[Any],
    act: Callable[[Any], object],
    *,
    done: str,
    words: Callable[[Any], str] = str,
) -> list[Model]:
    """Do it to each by itself; a refusal is told and stops none of the others. Returns those it was done to.

    ``words``: what each is called where it is refused, as on the page that asked.
    """
    acted: list[Model] = []
    for row in queryset:
        try:
            act(row)
        except Refused as refusal:
            messages.error(request, f"{words(row)}: {refusal}")
        else:
            acted.append(row)
    if acted:
        messages.success(request, f"{done}: {len(acted)}.")
    return acted
