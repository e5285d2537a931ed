"""Who subscribed, and which addresses get no mail."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from members.http import signed_in
from notices import actions
from notices.models import Subscriber, Subscription, Suppression
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.logged_reads import LoggedReads
from privacy.read_only import NeverDeleted, ReadOnly


def either(name: str, empty: str, filled: str) -> type[admin.EmptyFieldListFilter]:
    """A filter by whether a field is empty, called ``name``, in words for either."""

    class Either(admin.EmptyFieldListFilter):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.title = name  # Django has set it to the name of the field

        def choices(self, changelist: Any) -> Any:
            for choice, words in zip(super().choices(changelist), (None, empty, filled), strict=True):
                yield {**choice, "display": words or choice["display"]}

    return Either


class SubscriptionInline(ReadOnly, admin.TabularInline):
    model = Subscription
    fields = ("about", "frequency", "since")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.with_topic_label()

    @admin.display(description="about")
    def about(self, subscription: Subscription) -> str:
        return subscription.get_subject_display()


@admin.register(Subscriber)
class SubscriberAdmin(ReadOnly, LoggedReads):
    """Read only: what people want is theirs to choose."""

    reads = "a subscriber's address and choices"
    why = "seeing that mail arrives"
    list_display = ["__str__", "is_member", "confirmed_at", "renew_by", "ended_at"]
    list_filter = [
        ("member", either("who", "Not members", "Members")),
        ("ended_at", either("renewing", "Goes on", "Ended unrenewed")),
    ]
    list_select_related = ["member"]
    search_fields = ["email", "member__email", "member__name"]
    show_full_result_count = False
    ordering = ["-pk"]
    fields = ["member", "email", "created_at", "confirmed_at", "renew_by", "reminded_at", "ended_at", "notice"]
    inlines = [SubscriptionInline]

    @admin.display(boolean=True, description="member")
    def is_member(self, subscriber: Subscriber) -> bool:
        return subscriber.member_id is not None


class BounceFilter(admin.SimpleListFilter):
    title = "work"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("bounces", "Mail comes back, nobody reached yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> QuerySet[Suppression]:
        return queryset.to_handle() if self.value() == "bounces" else queryset  # type: ignore[attr-defined]


@admin.register(Suppression)
class SuppressionAdmin(NeverDeleted, LoggedReads):
    reads = "a stopped address"
    why = "seeing that mail arrives"
    list_display = ["email", "reason", "since", "lifted_at", "handled_at", "handled_by"]
    list_filter = [BounceFilter, "reason", ("lifted_at", either("standing", "Stopped", "Lifted"))]
    list_select_related = ["handled_by"]
    search_fields = ["email"]
    show_full_result_count = False
    ordering = ["-pk"]
    fields = ["email", "reason"]
    actions = ["handle", "lift"]

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        obj.pk = actions.suppress(obj.email, reason=obj.reason, now=timezone.now()).pk  # type: ignore[arg-type]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notices.change_suppression")

    @admin.action(description="Person reached, or tried…", permissions=["lift"])
    def handle(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> HttpResponse | None:
        if not is_confirmed(request):
            title = "Have these people been reached another way, or was it tried?"
            return ask_first(self, request, queryset, action="handle", title=title, words=_address)

        def act(row: Suppression) -> None:
            actions.handle_bounce(row, by=signed_in(request), now=timezone.now())
            self.log_change(request, row, "Person reached, or tried")

        apply_to_each(request, queryset, act, done="Written down", words=_address)
        return None

    @admin.action(description="Lift…", permissions=["lift"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> HttpResponse | None:
        if not is_confirmed(request):
            title = "Let mail go to these addresses again?"
            return ask_first(self, request, queryset, action="lift", title=title, words=_address)

        def act(row: Suppression) -> None:
            actions.lift_suppression(row, now=timezone.now())
            self.log_change(request, row, "Lifted")

        apply_to_each(request, queryset, act, done="Lifted", words=_address)
        return None


def _address(row: Suppression) -> str:
    """Which one it is: its name elsewhere says only why, for names are kept in histories."""
    return f"{row.email} ({row.get_reason_display().lower()})"
