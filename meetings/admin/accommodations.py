"""The queue of what people need: who looks after each request, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.utils import timezone

from cop_portal.errors import Refused
from meetings import actions
from meetings.admin.forms import HiddenBox
from meetings.enums import ACCOMMODATION_NEXT, AccommodationState
from meetings.models import Accommodation, Meeting
from meetings.rules import ARRANGES, asked_late
from members.models import Member
from privacy import legible
from privacy.kept_forms import KeptForms
from privacy.logged_reads import LoggedReads
from privacy.read_only import NeverDeleted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest

WAITS_FOR = {AccommodationState.ASKED: "us", AccommodationState.ARRANGED: "the person"}


class QueueFilter(admin.SimpleListFilter):
    title = "work"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", "Open"),
            ("mine", "Open and mine"),
            ("nobody", "Open and nobody’s"),
            *AccommodationState.choices,
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value, now = self.value(), timezone.now()
        if value in {"open", "mine", "nobody"}:
            rows = queryset.open(now)
            return rows if value == "open" else rows.filter(owner=request.user if value == "mine" else None)
        return queryset.filter(state=value) if value else queryset


class AccommodationForm(legible.ModelForm):
    owner = forms.ModelChoiceField(
        Member.objects.none(), required=False, label="Who looks after it", empty_label="Nobody yet",
        help_text="Whoever does the first step, unless you choose a colleague. Both are told by mail.",
    )  # fmt: skip
    seen_owner = forms.IntegerField(required=False, widget=HiddenBox)

    class Meta:
        model = Accommodation
        fields = ["state", "answer", "owner"]
        widgets = {"answer": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "state" in self.fields and self.instance.pk:
            now = AccommodationState(self.instance.state)
            self.fields["state"].choices = [  # type: ignore[attr-defined]
                (value, label)
                for value, label in AccommodationState.choices
                if value == now or value in ACCOMMODATION_NEXT[now]
            ]
            # Whoever owns it now stays in the list, also without the right.
            who = Q(pk__in=Member.objects.with_right(ARRANGES).values("pk")) | Q(pk=self.instance.owner_id)
            self.fields["owner"].queryset = Member.objects.filter(who).order_by("name", "pk")  # type: ignore[attr-defined]
            self.initial["seen_owner"] = self.instance.owner_id


@admin.register(Accommodation)
class AccommodationAdmin(NeverDeleted, LoggedReads, KeptForms):
    """What people need, the next meeting first."""

    form = AccommodationForm
    reads = "an accommodation request"
    why = "arranging accommodations"
    list_display = ["need", "person", "meeting", "starts", "state", "waits_for", "late", "owner"]
    list_filter = [QueueFilter]
    list_select_related = ["rsvp__member", "rsvp__meeting", "owner"]
    list_per_page = 50
    show_full_result_count = False
    fields = [
        "meeting",
        "always_provided",
        "person",
        "need",
        "asked_at",
        "late",
        "reply",
        "state",
        "answer",
        "owner",
        "seen_owner",
    ]
    readonly_fields = ["meeting", "always_provided", "person", "need", "asked_at", "late", "reply"]
    actions = ["take", "mark_arranged", "mark_confirmed"]

    @admin.display(description="person")
    def person(self, row: Accommodation) -> str:
        reached = row.rsvp.address or row.rsvp.guest_phone or (row.rsvp.member.phone if row.rsvp.member else "")
        return f"{row.rsvp.name}, {reached}" if reached else row.rsvp.name

    @admin.display(description="meeting")
    def meeting(self, row: Accommodation) -> Meeting:
        return row.rsvp.meeting

    @admin.display(description="always provided")
    def always_provided(self, row: Accommodation) -> str:
        return row.rsvp.meeting.always_provided or "–"

    @admin.display(description="starts", ordering="rsvp__meeting__starts_at")
    def starts(self, row: Accommodation) -> str:
        return row.rsvp.meeting.date_text

    @admin.display(description="waits for")
    def waits_for(self, row: Accommodation) -> str:
        return WAITS_FOR.get(AccommodationState(row.state), "–")

    @admin.display(description="asked late", boolean=False)
    def late(self, row: Accommodation) -> str:
        return "Late" if asked_late(row, row.rsvp.meeting) else "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def subject_of(self, obj: Accommodation) -> Member | None:
        return obj.rsvp.member

    def subject_ids(self, rows: Iterable[Accommodation]) -> list[int | None]:
        return [row.rsvp.member_id for row in rows]

    def save_model(self, request: HttpRequest, obj: Accommodation, form: Any, change: bool) -> None:
        data, by, now = form.cleaned_data, request.user, timezone.now()
        owner = data.get("owner")
        if owner is not None and owner.pk != data["seen_owner"]:
            seen = Member.objects.filter(pk=data["seen_owner"]).first()
            actions.hand_over_accommodation(obj, to=owner, by=by, seen_owner=seen, now=now)  # type: ignore[arg-type]
        actions.set_accommodation(obj, state=data["state"], answer=data["answer"], by=by, now=now)  # type: ignore[arg-type]

    @admin.action(description="I look after it", permissions=["change"])
    def take(self, request: HttpRequest, queryset: QuerySet[Accommodation]) -> None:
        me: Any = request.user
        self._each(
            request,
            queryset.select_related("owner"),
            lambda row: actions.hand_over_accommodation(row, to=me, by=me, seen_owner=row.owner, now=timezone.now()),
        )

    @admin.action(description="Mark as arranged", permissions=["change"])
    def mark_arranged(self, request: HttpRequest, queryset: QuerySet[Accommodation]) -> None:
        self._mark(request, queryset, AccommodationState.ARRANGED)

    @admin.action(description="Mark as confirmed with the person", permissions=["change"])
    def mark_confirmed(self, request: HttpRequest, queryset: QuerySet[Accommodation]) -> None:
        self._mark(request, queryset, AccommodationState.CONFIRMED)

    def _mark(self, request: HttpRequest, queryset: QuerySet[Accommodation], state: str) -> None:
        me: Any = request.user
        self._each(
            request, queryset, lambda row: actions.set_accommodation(row, state=state, by=me, now=timezone.now())
        )

    def _each(self, request: HttpRequest, queryset: QuerySet[Accommodation], act: Any) -> None:
        done = 0
        for row in queryset:
            try:
                act(row)
                done += 1
            except Refused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
        self.message_user(request, f"{done} marked.", messages.SUCCESS)
