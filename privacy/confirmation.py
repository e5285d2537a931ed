"""Admin actions that are asked about first: a page that shows what would happen and to whom, before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.template.response import TemplateResponse

from cop_portal.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.contrib.admin import ModelAdmin
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest


CONFIRMED = "confirmed"


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the person said yes on the page that asks."""
    return CONFIRMED in request.POST


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
) -> TemplateResponse:
    """The page that asks: the people or things chosen, a form where more must be said, yes and no.

    ``note``: a heading and lines to read before the form. ``words``: what each of the chosen is called on the page.
    """
    rows = list(queryset)
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
    request: HttpRequest, queryset: QuerySet[Any], act: Callable[[Any], object], *, done: str
) -> list[Model]:
    """Do it to each by itself; a refusal is told and stops none of the others. Returns those it was done to."""
    acted: list[Model] = []
    for row in queryset:
        try:
            act(row)
        except Refused as refusal:
            messages.error(request, f"{row}: {refusal}")
        else:
            acted.append(row)
    if acted:
        messages.success(request, f"{done}: {len(acted)}.")
    return acted
