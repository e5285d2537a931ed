"""The data practices staff's room: notices, requests to answer, and who looked at what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from privacy.actions import close_request, publish_notice
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.enums import Language, RequestState
from privacy.logged_reads import LoggedReads
from privacy.models import Consent, ConsentNotice, DataRequest, SensitiveView
from privacy.read_only import NeverDeleted, ReadOnly

if TYPE_CHECKING:
    from members.models import Member

PARTS = ["why", "use", "may_refuse", "if_given", "if_refused", "recipients"]


@admin.register(ConsentNotice)
class ConsentNoticeAdmin(NeverDeleted, admin.ModelAdmin):
    list_display = ["key", "version", "language", "translation", "asks_again", "published_at"]
    show_full_result_count = False
    list_filter = ["key", "language"]
    fields = [
        *["key", "version", "language", "translation", "reviewed_by"],
        *["asks_again", "changes"],
        *[*PARTS, "published_at"],
    ]
    actions = ["publish"]

    readonly_fields = ["published_at"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A published version never changes; the database refuses it too."""
        published = obj is not None and obj.published_at is not None
        return not published and super().has_change_permission(request, obj)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("privacy.publish_consentnotice")

    @admin.action(description="Publish…", permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[ConsentNotice]) -> HttpResponse | None:
        if not is_confirmed(request):
            title = "Publish these notices? A published version can never be changed."
            again = queryset.filter(asks_again=True, language=Language.ENGLISH, version__gt=1).exists()
            words = " Everybody concerned must agree anew at their next visit." if again else " Nobody is asked anew."
            return ask_first(self, request, queryset, action="publish", title=title + words)
        # The English text first: a translation is published under it.
        queryset = queryset.order_by(Case(When(language=Language.ENGLISH, then=0), default=1), "pk")
        apply_to_each(request, queryset, lambda row: publish_notice(row, now=timezone.now()), done="Published")
        return None


class DueFilter(admin.SimpleListFilter):
    title = "due"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Past the day")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DataRequest]) -> QuerySet[DataRequest]:
        if self.value() == "overdue":
            return queryset.overdue(timezone.localdate())  # type: ignore[attr-defined]
        return queryset


class OutcomeForm(forms.Form):
    outcome = forms.CharField(
        label="Answer", widget=forms.Textarea(attrs={"rows": 6}), help_text="The person sees it on their data page."
    )


@admin.register(DataRequest)
class DataRequestAdmin(ReadOnly, LoggedReads):
    show_full_result_count = False
    reads = "a data request"
    why = "answering requests about data"
    list_display = ["kind", "member", "state", "due_on", "requested_at"]
    list_filter = ["state", DueFilter, "kind"]
    list_select_related = ["member"]
    actions = ["answer"]
    fields = ["member", "kind", "details", "state", "requested_at", "due_on", "outcome", "closed_at", "closed_by"]

    def has_answer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("privacy.change_datarequest")

    @admin.action(description="Answer…", permissions=["answer"])
    def answer(self, request: HttpRequest, queryset: QuerySet[DataRequest]) -> HttpResponse | None:
        form = OutcomeForm(request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            title = "What is the answer? Closing a request also stops its clock."
            return ask_first(self, request, queryset, action="answer", title=title, form=form)
        outcome = form.cleaned_data["outcome"]
        apply_to_each(
            request,
            queryset.filter(state=RequestState.OPEN),
            lambda row: close_request(row, by=cast("Member", request.user), outcome=outcome, now=timezone.now()),
            done="Answered",
        )
        return None


@admin.register(Consent)
class ConsentAdmin(ReadOnly, LoggedReads):
    show_full_result_count = False
    reads = "a consent"
    why = "showing that data was given lawfully"
    list_display = ["member", "notice", "given_at", "withdrawn_at"]
    list_filter = ["notice__key"]
    list_select_related = ["member", "notice"]
    search_fields = ["member__name"]


@admin.register(SensitiveView)
class SensitiveViewAdmin(ReadOnly, admin.ModelAdmin):
    show_full_result_count = False
    list_display = ["seen_at", "viewer", "subject", "what", "count", "why"]
    list_filter = ["what"]
    list_select_related = ["viewer", "subject"]
    search_fields = ["viewer__name", "subject__name"]
