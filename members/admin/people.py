"""The membership staff's room."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from allauth.account import admin as _account  # noqa: F401
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _mfa  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as _sessions  # noqa: F401
from allauth.usersessions.models import UserSession
from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth import admin as _auth  # noqa: F401
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from members import actions, sessions
from members.admin.downloads import MakesDownloads
from members.admin.filters import ActiveFilter, LevelFilter, NoticeFilter
from members.enums import Level, MemberAct
from members.forms import PhoneFits
from members.http import reauthenticate, recently_authenticated, signed_in
from members.models import Member, MemberEvent, MembershipPeriod, Referral, SeatAttestation
from members.rules import must_confirm_expectations
from privacy import legible
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.enums import NoticeKey
from privacy.logged_reads import LoggedReads
from privacy.models import ConsentNotice
from privacy.read_only import NeverDeleted, ReadOnly

if TYPE_CHECKING:
    from collections.abc import Iterable

# Groups come from members/rights.py: what is clicked together in the database would not last. Addresses, sessions and
# second factors are the person's own, and change by the portal's actions only. (The imports above make sure that each
# is registered before it is taken out.)
not_here = [Group, EmailAddress, Authenticator, UserSession]
if apps.is_installed("allauth.socialaccount"):  # only where a common login is set up
    import_module("allauth.socialaccount.admin")
    not_here += apps.get_app_config("socialaccount").get_models()
for model in not_here:
    if admin.site.is_registered(model):
        admin.site.unregister(model)


PERSON = ("name", "email", "organization", "reach_by", "phone", "language", "needs_interpreter", "interests")


class PeriodInline(ReadOnly, admin.TabularInline):
    model = MembershipPeriod
    fk_name = "member"
    fields = readonly_fields = (
        "level", "starts_on", "ends_on", "agreed_at", "changed_by", "reason", "recorded_at",
    )  # fmt: skip


class AttestationInline(ReadOnly, admin.TabularInline):
    model = SeatAttestation
    fields = readonly_fields = ("category", "statement", "attested_at", "withdrawn_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SeatAttestation]:
        return super().get_queryset(request).select_related("category")


class EventInline(admin.TabularInline):
    model = MemberEvent
    fk_name = "member"
    extra = 0
    fields = ["at", "what", "about", "why", "by"]
    readonly_fields = ["at", "what", "about", "why", "by"]
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[MemberEvent]:
        return super().get_queryset(request).select_related("by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EnterForm(PhoneFits):
    """Somebody whom staff enter, with or without an address."""

    level = forms.ChoiceField(choices=Level)
    agreed = forms.BooleanField(label="They confirmed what this level expects", required=False)
    notice_read = forms.BooleanField(label="I gave or read them the membership notice in force, and they agreed")

    class Meta:
        model = Member
        fields = ["name", "email", "organization", "reach_by", "phone", "language", "needs_interpreter"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reach_by"].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if must_confirm_expectations(data.get("level", "")) and not data.get("agreed"):
            self.add_error("agreed", "This level needs their confirmation.")
        if ConsentNotice.objects.in_force(NoticeKey.MEMBERSHIP) is None:
            self.add_error(None, "Publish a membership notice first: nothing may be kept without it.")
        return data


class LevelReasonForm(legible.Form):
    level = forms.ChoiceField(choices=Level)
    starts_on = forms.DateField(
        label="From",
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Today, a day within the next year or, to correct what was held, within the last. From that day on "
        "it replaces what was held and what is planned. Rights at past meetings and stipends go by it.",
    )
    reason = forms.CharField(max_length=200, help_text="Kept with the level; the person can see it.")


class ReasonForm(legible.Form):
    reason = forms.CharField(max_length=200, help_text="Kept with the membership; the person can see it.")


class AddressReasonForm(legible.Form):
    email = forms.EmailField(label="New e-mail address", max_length=254)
    reason = forms.CharField(
        label="How you made sure that it is they who ask",
        max_length=200,
        help_text="Kept; the person can see it. The old address is told that there is a new one, but not which.",
    )


class RightsForm(legible.Form):
    is_staff = forms.BooleanField(label="May enter the staff's room", required=False)
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"), required=False, widget=forms.CheckboxSelectMultiple
    )


@admin.register(Member)
class MemberAdmin(NeverDeleted, MakesDownloads):
    form = PhoneFits
    reads = "a person's page"
    why = "membership work"
    list_display = ["name", "level_now", "is_facilitator", "is_staff", "is_active"]
    list_filter = [ActiveFilter, LevelFilter, NoticeFilter, "is_staff", "is_facilitator"]
    search_fields = ["name", "email"]
    search_help_text = "Name or e-mail. Each search is written down."
    ordering = ["name", "pk"]
    show_full_result_count = False
    readonly_fields = [
        "email", "is_active", "closed_as", "is_staff", "groups", "joined_at", "entered_by", "last_login",
    ]  # fmt: skip
    inlines = [PeriodInline, AttestationInline, EventInline]
    actions = [
        "set_level",
        "deactivate",
        "activate",
        "set_rights",
        "replace_address",
        "end_sessions",
        "remove_second_factors",
        "make_download",
    ]
    list_per_page = 50
    fieldsets = [
        (None, {"fields": PERSON}),
        ("Part in the community", {"fields": ["is_facilitator", "is_active", "closed_as", "joined_at", "entered_by"]}),
        ("Rights", {"fields": ["is_staff", "groups", "last_login"]}),
    ]

    def subject_of(self, obj: Member) -> Member:
        return obj

    def subject_ids(self, rows: Iterable[Member]) -> list[int | None]:
        return [row.pk for row in rows]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).with_level(timezone.localdate())  # type: ignore[attr-defined]

    @admin.display(description="level now", ordering="level_then")
    def level_now(self, member: Any) -> str:
        return Level(member.level_then).label if member.level_then else "–"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs) if obj else EnterForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        own = [*EnterForm.Meta.fields, "level", "agreed", "notice_read"]
        return super().get_fieldsets(request, obj) if obj else [(None, {"fields": own})]

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        # Left out, it stays as it is.
        return super().formfield_for_choice_field(db_field, request, required=False, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        # Admin's own two boxes fail the accessibility check and need JavaScript.
        return super().formfield_for_manytomany(db_field, request, widget=forms.CheckboxSelectMultiple, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return super().get_inlines(request, obj) if obj else []

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            fields = ", ".join(form.changed_data).replace("_", " ")
            if fields:
                actions.record(obj, MemberAct.PROFILE, about=fields, by=signed_in(request), now=timezone.now())
            return
        data = form.cleaned_data
        actions.join(obj, level=data["level"], agreed=data["agreed"], by=signed_in(request), now=timezone.now())

    def has_superuser_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    @admin.action(description="Set the level…", permissions=["change"])
    def set_level(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        form = LevelReasonForm(request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            return ask_first(self, request, queryset, action="set_level", title="Set the level of:", form=form)
        data = form.cleaned_data

        def act(member: Member) -> None:
            actions.set_level(member, **data, by=signed_in(request), now=timezone.now())
            self.log_change(request, member, f"Level set: {data['level']} from {data['starts_on']}")

        apply_to_each(request, queryset, act, done="Level set")
        return None

    @admin.action(description="Deactivate…", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        form = ReasonForm(request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            title = "Deactivate these people? They are signed out and get no more mail; nothing is deleted."
            return ask_first(self, request, queryset, action="deactivate", title=title, form=form)

        def act(member: Member) -> None:
            actions.deactivate(member, reason=form.cleaned_data["reason"], by=signed_in(request), now=timezone.now())
            self.log_change(request, member, "Deactivated")

        apply_to_each(request, queryset, act, done="Deactivated")
        return None

    @admin.action(description="Activate…", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        form = ReasonForm(request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            title = "Let these people in again whom staff had deactivated?"
            return ask_first(self, request, queryset, action="activate", title=title, form=form)

        def act(member: Member) -> None:
            actions.activate(member, reason=form.cleaned_data["reason"], by=signed_in(request), now=timezone.now())
            self.log_change(request, member, "Activated")

        apply_to_each(request, queryset, act, done="Activated")
        return None

    @admin.action(description="Change staff rights…", permissions=["superuser"])
    def set_rights(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        if not recently_authenticated(request):
            return reauthenticate(request, keep=True)
        form = RightsForm(request.POST if is_confirmed(request) else None, initial=_rights_now(queryset))
        if not form.is_valid():
            return ask_first(self, request, queryset, action="set_rights", title="Staff rights of:", form=form)
        data = form.cleaned_data

        def act(member: Member) -> None:
            actions.set_rights(
                member, is_staff=data["is_staff"], groups=data["groups"], by=signed_in(request), now=timezone.now()
            )
            self.log_change(
                request, member, f"Rights set: {', '.join(str(group) for group in data['groups']) or 'none'}"
            )

        apply_to_each(request, queryset, act, done="Rights set")
        return None

    @admin.action(description="Give another e-mail address…", permissions=["change"])
    def replace_address(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        if not recently_authenticated(request):
            return reauthenticate(request, keep=True)
        if len(queryset[:2]) != 1:
            messages.error(request, "Choose one person: an address belongs to one.")
            return None
        form = AddressReasonForm(request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            title = "Another e-mail address, which they confirm when they sign in, for:"
            return ask_first(self, request, queryset, action="replace_address", title=title, form=form)
        data = form.cleaned_data

        def act(member: Member) -> None:
            by, now = signed_in(request), timezone.now()
            old = actions.replace_address(member, email=data["email"], reason=data["reason"], by=by, now=now)
            sessions.end_all(member)
            self.log_change(request, member, "Given another e-mail address")
            if old:
                get_adapter(request).send_notification_mail("account/email/email_changed", member, email=old)

        apply_to_each(request, queryset, act, done="Given another address, to be confirmed by signing in")
        return None

    @admin.action(description="End all sessions…", permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        if not is_confirmed(request):
            title = "Sign these people out wherever they are signed in? They may sign in again at once."
            return ask_first(self, request, queryset, action="end_sessions", title=title)

        def act(member: Member) -> None:
            self.log_change(request, member, f"Signed out everywhere: {sessions.end_all(member)}")

        apply_to_each(request, queryset, act, done="Signed out everywhere")
        return None

    @admin.action(description="Remove second factors…", permissions=["superuser"])
    def remove_second_factors(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        if not recently_authenticated(request):
            return reauthenticate(request, keep=True)
        if not is_confirmed(request):
            title = "Remove the second factors of these people? Make sure first that it is they who ask."
            return ask_first(self, request, queryset, action="remove_second_factors", title=title)

        def act(member: Member) -> None:
            actions.remove_second_factors(member, by=signed_in(request), now=timezone.now())
            self.log_change(request, member, "Second factors removed")
            get_adapter(request).send_notification_mail("mfa/email/totp_deactivated", member)

        apply_to_each(request, queryset, act, done="Second factors removed")
        return None


def _rights_now(people: QuerySet[Member]) -> dict[str, Any]:
    """What the page offers at first: the rights of the one who was chosen, nothing where there are several."""
    chosen = list(people[:2])
    return {"is_staff": chosen[0].is_staff, "groups": chosen[0].groups.all()} if len(chosen) == 1 else {}


@admin.register(Referral)
class ReferralAdmin(ReadOnly, LoggedReads):
    """How many were proposed, and what came of it. The addresses are nobody's business here."""

    reads = "who proposed somebody"
    why = "membership work"
    list_display = ["created_at", "referrer", "state"]
    list_filter = ["state"]
    list_select_related = ["referrer"]
    fields = ["created_at", "referrer", "state"]
    show_full_result_count = False

    def subject_of(self, obj: Referral) -> Member:
        return obj.referrer

    def subject_ids(self, rows: Iterable[Referral]) -> list[int | None]:
        return [row.referrer_id for row in rows]
