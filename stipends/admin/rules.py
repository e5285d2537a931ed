"""The rule and its thresholds, and who is enrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest

from privacy.kept_forms import KeptForms
from privacy.logged_reads import LoggedReads
from privacy.read_only import NeverDeleted, ReadOnly
from stipends import actions
from stipends.forms import PolicyForm
from stipends.models import Budget, Enrollment, StipendPolicy, TaxThreshold

if TYPE_CHECKING:
    from django.db.models import QuerySet

TERMS = ["starts_on", "cap", "per", "minimum_minutes", "claim_days", "yearly_cap", "funding"]


@admin.register(StipendPolicy)
class StipendPolicyAdmin(NeverDeleted, KeptForms):
    list_display = ["starts_on", "ends_on", "cap", "per", "minimum_minutes", "claim_days", "yearly_cap", "funding"]
    show_full_result_count = False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = PolicyForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*TERMS, "ends_on"] if obj else TERMS

    def get_readonly_fields(self, request: HttpRequest, obj: StipendPolicy | None = None) -> list[str]:
        """Claims rest on a used policy: only its end can still be set."""
        return TERMS if obj and obj.claims.exists() else []

    def save_model(self, request: HttpRequest, obj: StipendPolicy, form: Any, change: bool) -> None:
        if change:
            actions.change_policy(obj, values={name: form.cleaned_data[name] for name in form.changed_data})
        else:
            actions.start_policy(obj)


@admin.register(TaxThreshold)
class TaxThresholdAdmin(NeverDeleted, admin.ModelAdmin):
    list_display = ["year", "amount", "warn_at"]
    show_full_result_count = False


@admin.register(Budget)
class BudgetAdmin(NeverDeleted, admin.ModelAdmin):
    """Added, never changed: what was decided stays to be read, and the newest decision counts."""

    list_display = ["year", "amount", "decided_on", "note"]
    list_filter = ["year"]
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class HelpFilter(admin.SimpleListFilter):
    title = "help"
    parameter_name = "help"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("wanted", "Wants help to register as a supplier")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.wanting_help() if self.value() == "wanted" else queryset


class StandingFilter(admin.SimpleListFilter):
    """Whoever left is found when asked for."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "Those who left too")]

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        return [{**default, "display": "Enrolled now"}, *others]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset if self.value() == "all" else queryset.standing()


@admin.register(Enrollment)
class EnrollmentAdmin(ReadOnly, LoggedReads):
    reads = "an enrollment"
    why = "deciding on stipends"
    list_display = ["member", "attested_at", "has_number", "wants_help", "left_at"]
    list_filter = [StandingFilter, HelpFilter]
    list_select_related = ["member"]
    search_fields = ["member__name"]
    show_full_result_count = False
    actions = ["mark_helped"]
    # As text: Django makes links of people and consents, which lead those who work here to a page they may not open.
    fields = ["person", "agreed_to", "attested_at", "taken_by", "supplier_number", "wants_help", "left_at"]

    @admin.display(description="person")
    def person(self, enrollment: Enrollment) -> str:
        return str(enrollment.member)

    @admin.display(description="agreed to")
    def agreed_to(self, enrollment: Enrollment) -> str:
        consent = enrollment.consent
        return f"the stipend notice, version {consent.notice.version}, {consent.given_at:%Y-%m-%d}"

    @admin.display(description="word taken by")
    def taken_by(self, enrollment: Enrollment) -> str:
        return f"{enrollment.entered_by}, {enrollment.get_attested_how_display()}" if enrollment.entered_by else "–"

    @admin.display(description="supplier number", boolean=True)
    def has_number(self, enrollment: Enrollment) -> bool:
        return bool(enrollment.supplier_number)

    def has_verify_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("stipends.verify_claim")

    @admin.action(description="Mark the help as given", permissions=["verify"])
    def mark_helped(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        done = sum(actions.mark_helped(enrollment) for enrollment in queryset)
        messages.success(request, f"Marked: {done}.")
