"""A download of somebody's data, made by staff for a person who cannot sign in and asked on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.utils import timezone

from members.http import signed_in
from privacy import legible
from privacy.actions import request_export
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.logged_reads import LoggedReads

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from members.models import Member


class AskedOnPaperForm(legible.Form):
    reason = forms.CharField(
        max_length=200, help_text="How they asked, and how you made sure who they are. They can see it."
    )


class MakesDownloads(LoggedReads):
    """Mix into the list of people."""

    def has_make_download_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("privacy.add_dataexport")

    @admin.action(description="Make a download of their data…", permissions=["make_download"])
    def make_download(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        form = AskedOnPaperForm(request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            title = (
                "Make a download of everything held about these people? It appears under “Downloads of private data”."
            )
            return ask_first(self, request, queryset, action="make_download", title=title, form=form)
        reason, by, now = form.cleaned_data["reason"], signed_in(request), timezone.now()

        def act(member: Member) -> None:
            request_export(member, by=by, reason=reason, now=now)
            self.log_change(request, member, "Download of their data asked for")

        apply_to_each(request, queryset, act, done="The worker makes them within a minute")
        return None
