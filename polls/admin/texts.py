"""Questions to use again, and the words beside "other" that staff look at before anybody else does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from cop_portal.errors import Refused
from members.http import signed_in
from polls import actions
from polls.enums import PollState, TextState
from polls.models import OtherText, SavedQuestion
from privacy import legible
from privacy.confirmation import apply_to_each, ask_first, is_confirmed
from privacy.read_only import NeverDeleted, ReadOnly

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


# What somebody who answers reads, or is held to.
WORDS = ("question", "kind", "labels", "minimum", "maximum", "has_other")


class WordsForm(legible.ModelForm):
    """What no poll could ask is said here, and not to whoever runs the meeting."""

    class Meta:
        model = SavedQuestion
        fields = (*WORDS, "at_every_meeting", "is_in_use")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and "question" in self.fields:
            saved = SavedQuestion(**{name: cleaned[name] for name in WORDS})
            try:
                actions.worded(**actions.words_of_saved(saved))
            except Refused as refusal:
                self.add_error(None, str(refusal))
        return cleaned


@admin.register(SavedQuestion)
class SavedQuestionAdmin(NeverDeleted, admin.ModelAdmin):
    form = WordsForm
    list_display = ("question", "kind", "has_other", "at_every_meeting", "is_in_use")
    list_filter = ("is_in_use", "at_every_meeting", "kind")
    search_fields = ("question",)
    show_full_result_count = False
    fields = (*WORDS, "at_every_meeting", "is_in_use", "answers")
    readonly_fields = ("answers",)

    def get_readonly_fields(self, request: HttpRequest, obj: SavedQuestion | None = None) -> tuple[str, ...]:
        """Once it was put to a meeting its words stay: answers to other words are no trend."""
        return (*self.readonly_fields, *(WORDS if obj and obj.was_asked else ()))

    def save_model(self, request: HttpRequest, obj: SavedQuestion, form: Any, change: bool) -> None:
        """With the drafts that stand ready, and a word where somebody typed into what stays."""
        super().save_model(request, obj, form, change)
        if not obj.was_asked:
            actions.reword_drafts(obj, by=signed_in(request), now=timezone.now())
        elif request.POST.get("question", obj.question) != obj.question:
            messages.warning(
                request, "Its words stay as they were: it was put to a meeting. For others, add a question."
            )

    @admin.display(description="answers so far")
    def answers(self, saved: SavedQuestion) -> str:
        if not saved.was_asked:
            return "It was not put to any meeting yet."
        if not SavedQuestion.objects.asked_in_public().filter(pk=saved.pk).exists():
            return "No results are published yet. Its words stay; for other words add another question."
        address = reverse("polls:same_question", args=[saved.pk])
        words = '<a href="{}">Meeting by meeting</a>. Its words stay; for other words add another question.'
        return format_html(words, address)


@admin.register(OtherText)
class OtherTextAdmin(ReadOnly, admin.ModelAdmin):
    """Of closed polls alone. A text says neither whose it is nor when it was written."""

    list_display = ("text", "poll", "state", "decided_by")
    list_filter = ("state",)
    list_select_related = ("poll", "decided_by")
    show_full_result_count = False
    fields = ("poll", "text", "state", "decided_by", "decided_at")
    actions = ("show_texts", "hide_texts")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).exclude(poll__state=PollState.OPEN)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("polls.change_othertext")

    @admin.action(description="Show to everybody", permissions=["decide"])
    def show_texts(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._decide(request, queryset, TextState.SHOWN, "show_texts", "Show these words to everybody", "Shown")

    @admin.action(description="Do not show", permissions=["decide"])
    def hide_texts(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._decide(request, queryset, TextState.HIDDEN, "hide_texts", "Show these words to nobody", "Hidden")

    def _decide(
        self, request: HttpRequest, queryset: QuerySet[Any], state: str, action: str, title: str, done: str
    ) -> HttpResponse | None:
        if not is_confirmed(request):
            return ask_first(self, request, queryset, action=action, title=title)
        decide = partial(actions.decide_text, state=state, by=request.user, now=timezone.now())  # type: ignore[arg-type]
        apply_to_each(request, queryset, decide, done=done)
        return None
