"""People without an e-mail address whom staff have something to tell."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from members.enums import Asked
from members.http import signed_in
from notices import actions
from notices.models import Call
from privacy import legible
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.logged_reads import LoggedReads
from privacy.read_only import ReadOnly
from privacy.uncounted import UncountedPaginator


def _seen_by(request: HttpRequest) -> list[str]:
    """What is about stipends is for those who work with them, the rest for membership staff."""
    rights = {"stipends": "stipends.view_claim", "meetings": "members.view_member", "notices": "members.view_member"}
    return [about for about, right in rights.items() if request.user.has_perm(right)]


class HowForm(legible.Form):
    how = forms.ChoiceField(label="How were they told?", choices=Asked)


class ToldFilter(admin.SimpleListFilter):
    """What is to do first."""

    title = "told"
    parameter_name = "told"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "Everything")]

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        return [{**default, "display": "Still to tell"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        rows = queryset.filter(about__in=_seen_by(request))
        return rows if self.value() == "all" else rows.to_make()  # type: ignore[attr-defined]


@admin.register(Call)
class CallAdmin(ReadOnly, LoggedReads):
    """Whoever works with stipends sees what is about them, the others the rest: a claim says more than a seat."""

    reads = "a message to tell a person"
    why = "telling people who have no e-mail"
    list_display = ["subject_line", "member", "phone", "owed_at", "told_at", "told_by", "told_how"]
    list_filter = [ToldFilter]
    list_select_related = ["member", "told_by"]
    show_full_result_count = False
    paginator = UncountedPaginator
    fields = ["member", "phone", "subject_line", "text", "owed_at", "told_at", "told_by", "told_how"]
    actions = ["tell"]

    @admin.display(description="phone")
    def phone(self, call: Call) -> str:
        return call.member.phone

    def has_view_permission(self, request: HttpRequest, obj: Call | None = None) -> bool:
        shown = obj is None or obj.about in _seen_by(request)
        return shown and super().has_view_permission(request, obj)

    def has_tell_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notices.tell_call")

    @admin.action(description="They were told…", permissions=["tell"])
    def tell(self, request: HttpRequest, queryset: QuerySet[Call]) -> HttpResponse | None:
        form = HowForm(request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            title = "These people were told this:"
            return ask_first(self, request, queryset, action="tell", title=title, form=form, words=_whom)
        how = form.cleaned_data["how"]

        def act(call: Call) -> object:
            return actions.tell_call(call, by=signed_in(request), how=how, now=timezone.now())

        apply_to_each(request, queryset, act, done="Told", words=_whom)
        return None


def _whom(call: Call) -> str:
    return f"{call.member}: {call.subject_line}"
