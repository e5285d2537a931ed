"""The data practices staff's room: notices, requests to answer, and who looked at what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Case, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from privacy import legible
from privacy.actions import publish_notice, release_hold, set_hold
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.enums import Language
from privacy.logged_reads import LoggedReads
from privacy.models import Consent, ConsentNotice, Disposal, LegalHold, SensitiveView
from privacy.read_only import NeverDeleted, ReadOnly
from privacy.uncounted import UncountedPaginator

if TYPE_CHECKING:
    from members.models import Member

STAFF_LISTED, LATEST, FOUND = 200, 2000, 50
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


@admin.register(Consent)
class ConsentAdmin(ReadOnly, LoggedReads):
    show_full_result_count = False
    reads = "a consent"
    why = "showing that data was given lawfully"
    list_display = ["member", "notice", "given_at", "withdrawn_at", "read_by", "read_in"]
    list_filter = ["notice__key"]
    list_select_related = ["member", "notice", "read_by"]
    search_fields = ["member__name"]


class ViewerFilter(admin.SimpleListFilter):
    title = "who looked"
    parameter_name = "viewer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Those who work here now; somebody who did is found by searching."""
        staff = get_user_model()._default_manager.filter(is_staff=True).order_by("name", "pk")
        return [(str(pk), name) for pk, name in staff.values_list("pk", "name")[:STAFF_LISTED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SensitiveView]) -> QuerySet[SensitiveView]:
        value = self.value() or ""
        return queryset.filter(viewer=int(value)) if value.isdecimal() and len(value) < 10 else queryset


class WhatFilter(admin.SimpleListFilter):
    title = "what was shown"
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The kinds in the latest looks: asking a million rows for theirs would take seconds."""
        latest = SensitiveView.objects.order_by("-seen_at").values_list("what", flat=True)[:LATEST]
        return [(what, what) for what in sorted({*latest, request.GET.get("what", "")} - {""})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SensitiveView]) -> QuerySet[SensitiveView]:
        return queryset.filter(what=self.value()) if self.value() else queryset


@admin.register(SensitiveView)
class SensitiveViewAdmin(ReadOnly, LoggedReads):
    """The auditor's view: by who looked, at whom, at what and when. It shows kinds of data, never a value."""

    reads = "the record of one look"
    why = "seeing that looks were needed"
    show_full_result_count = False
    paginator = UncountedPaginator
    list_per_page = 50
    list_display = ["seen_at", "viewer", "group", "whom", "what", "count", "why"]
    list_filter = [("seen_at", admin.DateFieldListFilter), WhatFilter, ViewerFilter]
    list_select_related = ["viewer", "subject"]
    sortable_by = ["seen_at"]
    search_fields = ["viewer__name"]
    search_help_text = "A name or a whole e-mail: looks by that person, and looks that showed them."
    fields = ["seen_at", "viewer", "group", "what", "why", "count", "everybody_shown"]
    readonly_fields = ["everybody_shown"]
    actions = None
    change_list_template = "admin/privacy/looks_list.html"

    def subject_ids(self, rows: Any) -> list[int | None]:
        return [row.subject_id for row in rows]

    def subject_of(self, obj: SensitiveView) -> Any:
        return obj.subject

    @admin.display(description="whom")
    def whom(self, look: SensitiveView) -> str:
        return str(look.subject) if look.subject else "a list"

    @admin.display(description="whom it showed")
    def everybody_shown(self, look: SensitiveView) -> str:
        names = [str(person.member) for person in look.people.select_related("member").order_by("member__name", "pk")]
        return str(look.subject) if look.subject else ", ".join(names) or "nobody with a membership"

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """People first, then their looks by the indexes: joined, the search would read every line."""
        words = search_term.strip()
        if not words:
            return queryset, False
        people = get_user_model()._default_manager.filter(Q(name__icontains=words) | Q(email__iexact=words))
        return queryset.by_or_about(people.order_by("pk").values_list("pk", flat=True)[:FOUND]), False


def _kinds() -> list[tuple[str, str]]:
    return [("", "–"), *((kind, kind.replace("_", " ")) for kind in settings.RETENTION)]


class HoldForm(legible.ModelForm):
    """Whom, which meeting or which kind; never two of them."""

    person = forms.CharField(
        label="E-mail or number of a person",
        required=False,
        help_text="The number stands in the address of the person's page in the staff's room.",
    )
    kind = forms.ChoiceField(label="Kind of record", choices=_kinds, required=False)
    sure = forms.BooleanField(
        label="From now on nothing of this is disposed of, by anybody, until the hold is released"
    )

    class Meta:
        model = LegalHold
        fields = ["person", "meeting", "kind", "why", "sure"]

    def clean_person(self) -> Member | None:
        words = self.cleaned_data["person"].strip()
        if not words:
            return None
        people = get_user_model()._default_manager.all()
        found = (
            people.filter(pk=int(words))
            if words.isdecimal() and len(words) < 10
            else people.filter(email=words.lower())
        )
        member = found.first()
        if member is None:
            raise forms.ValidationError("Nobody has this address or number.")
        return cast("Member", member)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if sum(bool(data.get(name)) for name in ("person", "meeting", "kind")) != 1 and "person" not in self.errors:
            raise forms.ValidationError("Name a person, a meeting or a kind of record: one of them.")
        return data


class StandingFilter(admin.SimpleListFilter):
    title = "standing"
    parameter_name = "released"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Standing"), ("yes", "Released")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LegalHold]) -> QuerySet[LegalHold]:
        return queryset.filter(released_at__isnull=self.value() == "no") if self.value() else queryset


class ReleaseForm(legible.Form):
    reason = forms.CharField(max_length=300, label="Why it ends")


@admin.register(LegalHold)
class LegalHoldAdmin(NeverDeleted, LoggedReads):
    reads = "a legal hold"
    why = "keeping records for a case"
    form = HoldForm
    list_display = ["covers", "why", "set_by", "set_at", "released_at"]
    list_filter = [StandingFilter]
    list_select_related = ["member", "meeting", "set_by"]
    list_per_page = 50
    show_full_result_count = False
    change_list_template = "admin/privacy/retention_list.html"
    actions = ["release"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        written = ["covers", "why", "set_by", "set_at", "released_by", "released_at", "release_reason"]
        return written if obj else HoldForm.Meta.fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("privacy.change_legalhold")

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:
        data = form.cleaned_data
        hold = set_hold(
            by=cast("Member", request.user),
            why=data["why"],
            member=data["person"],
            meeting_id=data["meeting"].pk if data["meeting"] else None,
            kind=data["kind"],
            now=timezone.now(),
        )
        obj.pk = hold.pk

    @admin.action(description="Release…", permissions=["release"])
    def release(self, request: HttpRequest, queryset: QuerySet[LegalHold]) -> HttpResponse | None:
        form = ReleaseForm(request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            title = "Release these holds? What is past its period can then be disposed of."
            return ask_first(self, request, queryset, action="release", title=title, form=form)

        def act(hold: LegalHold) -> None:
            release_hold(hold, by=cast("Member", request.user), reason=form.cleaned_data["reason"], now=timezone.now())
            self.log_change(request, hold, "Released.")

        apply_to_each(request, queryset, act, done="Released")
        return None


@admin.register(Disposal)
class DisposalAdmin(ReadOnly, admin.ModelAdmin):
    """How much of which kind, by which schedule. It names nobody whose records they were."""

    list_display = ["disposed_at", "kind", "count", "oldest", "newest", "days", "schedule", "disposed_by"]
    list_filter = ["kind"]
    list_select_related = ["disposed_by"]
    list_per_page = 50
    show_full_result_count = False
    change_list_template = "admin/privacy/retention_list.html"
