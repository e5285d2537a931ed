"""What was said and asked in the room, for staff: read, shown or hidden, answered. The rest is on the console."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin

from members.http import signed_in
from polls import actions
from polls.enums import CommentState, QuestionState
from polls.models import Comment, Question
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.read_only import NeverDeleted

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


def _said(row: Comment | Question) -> str:
    """Its text: that is what is decided about."""
    return f"{row}: {row.text}" if isinstance(row, Comment) else str(row)


class Room(NeverDeleted, admin.ModelAdmin):
    """Rows that come from the room, of one meeting each."""

    list_filter = ("state",)
    list_select_related = ("meeting",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Any], act: Callable[[Any], object], *, action: str, title: str
    ) -> HttpResponse | None:
        if not is_confirmed(request):
            return ask_first(self, request, queryset, action=action, title=title, words=_said)
        apply_to_each(request, queryset, act, done="Changed", words=_said)
        return None


@admin.register(Comment)
class CommentAdmin(Room):
    list_display = ("name", "text", "meeting", "state", "sent_at")
    search_fields = ("text", "meeting__title")
    ordering = ("-sent_at", "-pk")
    fields = readonly_fields = ("meeting", "item", "name", "text", "state", "sent_at", "decided_by")
    actions = ("show", "hide")

    @admin.action(description="Show to everybody", permissions=["change"])
    def show(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._decide(request, queryset, CommentState.SHOWN, "show", "Show these comments to everybody")

    @admin.action(description="Do not show", permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._decide(request, queryset, CommentState.HIDDEN, "hide", "Show these comments to nobody")

    def _decide(
        self, request: HttpRequest, queryset: QuerySet[Any], state: str, action: str, title: str
    ) -> HttpResponse | None:
        act = partial(actions.decide_comment, state=state, by=signed_in(request))
        return self._each(request, queryset, act, action=action, title=title)


@admin.register(Question)
class QuestionAdmin(Room):
    list_display = ("text", "meeting", "state", "votes", "asked_at")
    search_fields = ("text", "meeting__title")
    ordering = ("-asked_at", "-pk")
    fields = ("meeting", "text", "state", "merged_into", "answer", "reference", "reference_url", "decided_by")
    readonly_fields = ("meeting", "text", "state", "merged_into", "decided_by")
    actions = ("answered_live", "later", "hide", "open_again")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Question.objects.with_votes().order_by(*self.ordering)

    @admin.display(description="votes")
    def votes(self, row: Any) -> int:
        return int(row.votes)

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        """The answer for the follow-up, by the action that the console calls, too."""
        words = {name: getattr(obj, name) for name in ("answer", "reference", "reference_url")}
        actions.answer_question(obj, by=signed_in(request), **words)

    def has_change_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """What is not shown has no answer in the follow-up: it is read, and opened again by an action."""
        silent = obj is not None and obj.state in (QuestionState.HIDDEN, QuestionState.MERGED)
        return not silent and super().has_change_permission(request, obj)

    @admin.action(description="Answered in the meeting", permissions=["change"])
    def answered_live(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        title = "These questions were answered in the meeting"
        return self._mark(request, queryset, QuestionState.ANSWERED_LIVE, "answered_live", title)

    @admin.action(description="To be answered later", permissions=["change"])
    def later(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._mark(request, queryset, QuestionState.LATER, "later", "Answer these questions in the follow-up")

    @admin.action(description="Do not show", permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._mark(request, queryset, QuestionState.HIDDEN, "hide", "Show these questions to nobody")

    @admin.action(description="Open again", permissions=["change"])
    def open_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._mark(request, queryset, QuestionState.OPEN, "open_again", "Open these questions again")

    def _mark(
        self, request: HttpRequest, queryset: QuerySet[Any], state: str, action: str, title: str
    ) -> HttpResponse | None:
        act = partial(actions.mark_question, state=state, by=signed_in(request))
        return self._each(request, queryset, act, action=action, title=title)
