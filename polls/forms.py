"""The shapes of an answer, of a code typed in, and of a poll to prepare."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Hidden, Layout, Submit
from django import forms
from django.urls import reverse
from django.utils.functional import cached_property

from notices.enums import PartnerKind
from polls.enums import PollKind, PollState
from polls.models import Option, Poll, Question, SavedQuestion
from privacy import legible

if TYPE_CHECKING:
    from meetings.models import Meeting


class BallotForm(legible.Form):
    """One poll's answers: radio buttons where one is asked for, boxes to tick where several may be."""

    def __init__(
        self, poll: Poll, *args: Any, back: str = "", changing: bool = False, label: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.poll, self.back, self.changing = poll, back, changing
        self.offered = {str(option.pk): option for option in poll.options.all()}
        shape: dict[str, Any] = {
            "choices": [(pk, option.label) for pk, option in self.offered.items()],
            "coerce": self.offered.get,
            "label": label or poll.question,
            "help_text": self._how_many(poll),
            "error_messages": {"required": "Choose an answer before you send."},
        }
        self.fields["options"] = (
            forms.TypedMultipleChoiceField(widget=forms.CheckboxSelectMultiple(), **shape)
            if poll.takes_several
            else forms.TypedChoiceField(widget=forms.RadioSelect(), **shape)
        )
        if self.has_other:
            self.fields["other_text"] = forms.CharField(
                max_length=120,
                required=False,
                label="If other: what do you mean?",
                help_text="Shown to everybody only after staff have looked at it, without a name. Name nobody.",
            )

    @cached_property
    def helper(self) -> FormHelper:
        """How it is drawn. An answer that is taken leads to another page, so most are never drawn again."""
        helper = FormHelper()
        helper.form_action = reverse("polls:answer", args=[self.poll.code])
        helper.layout = Layout(
            *map(Field, self.fields),
            Hidden("back", self.back),
            # The same form sent again, by a double tap or a bad connection, is the same answer.
            Hidden("form_key", self.data.get("form_key") or secrets.token_urlsafe(24)),
            Submit("send", "Change my answer" if self.changing else "Send my answer", css_class="button-wide"),
        )
        return helper

    @property
    def has_other(self) -> bool:
        return any(option.is_other for option in self.offered.values())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("other_text") and "options" in cleaned and not any(each.is_other for each in self.chosen()):
            self.add_error("other_text", "Choose “Other” as well, or empty this box.")
        return cleaned

    @staticmethod
    def _how_many(poll: Poll) -> str:
        if not poll.takes_several:
            return ""
        if not poll.maximum:
            return f"Choose all that fit, at least {poll.minimum}." if poll.minimum > 1 else "Choose all that fit."
        if poll.minimum == poll.maximum:
            return f"Choose {poll.maximum}."
        return f"Choose from {poll.minimum} to {poll.maximum}." if poll.minimum > 1 else f"Choose up to {poll.maximum}."

    def chosen(self) -> list[Option]:
        options = self.cleaned_data["options"]
        return [options] if isinstance(options, Option) else list(options)


class CodeForm(legible.Form):
    """The letters from the wall, in any case, with or without spaces."""

    code = forms.CharField(
        max_length=20,
        label="Code",
        help_text="Six letters and digits, shown in the room.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code-input"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.disable_csrf = True
        self.helper.layout = Layout(Field("code"), Submit("go", "Go to the poll"))

    def clean_code(self) -> str:
        return "".join(character for character in self.cleaned_data["code"].upper() if character.isalnum())


class PreparePollForm(legible.Form):
    """A poll to prepare for one meeting. The category poll needs nothing but its kind."""

    kind = forms.ChoiceField(choices=PollKind.choices, label="Kind of poll")
    question = forms.CharField(
        max_length=200, required=False, label="Question", help_text="Not needed for the category poll."
    )
    labels = forms.CharField(
        required=False,
        label="Answers, one on each line",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For “one choice” and “several choices” only; the other kinds bring their own.",
    )
    has_other = forms.BooleanField(
        required=False,
        label="Offer “Other” with a text",
        help_text="As the last of your answers. Nobody sees the texts before staff approve them.",
    )
    minimum = forms.IntegerField(min_value=1, max_value=50, initial=1, label="At least", required=False)
    maximum = forms.IntegerField(
        min_value=0, max_value=50, initial=1, label="At most", required=False, help_text="For several choices. 0: all."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = True
        self.helper.layout = Layout(
            "kind", "question", "labels", "has_other", "minimum", "maximum", Submit("prepare", "Prepare this poll")
        )

    def clean_labels(self) -> list[str]:
        return [line.strip()[:120] for line in self.cleaned_data["labels"].splitlines() if line.strip()]

    def clean_minimum(self) -> int:
        return self.cleaned_data["minimum"] or 1

    def clean_maximum(self) -> int:
        maximum = self.cleaned_data["maximum"]
        return 1 if maximum is None else maximum


class SavedQuestionForm(legible.Form):
    """One of the questions that staff have saved, and that does not stand ready at this meeting already."""

    saved = forms.ModelChoiceField(queryset=SavedQuestion.objects.in_use(), label="Question", empty_label=None)

    def __init__(self, meeting: Meeting, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ready = meeting.polls.filter(state=PollState.DRAFT)
        self.fields["saved"].queryset = SavedQuestion.objects.in_use().exclude(polls__in=ready)  # type: ignore[attr-defined]
        self.helper = FormHelper()
        self.helper.layout = Layout("saved", Submit("prepare_saved", "Prepare this question"))


class ReasonForm(legible.Form):
    reason = forms.CharField(
        max_length=300,
        label="Why",
        help_text="Kept with the poll. Say nothing about a person.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class NamedForm(legible.Form):
    """The name somebody wants to be called by, in the room and on the screen."""

    name = forms.CharField(
        max_length=80,
        label="The name you want to be called by",
        help_text="Public: it is read out and stands on the screen. A first name is enough.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Say by what name you want to be called."},
    )


class SpeakForm(NamedForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout("name", Submit("speak", "Put me in the queue", css_class="button-wide"))


class FormKeyForm(legible.Form):
    """A form that may arrive twice, over a connection that drops: its key makes both one."""

    form_key = forms.UUIDField(widget=forms.HiddenInput())


class CommentForm(NamedForm, FormKeyForm):
    text = forms.CharField(
        max_length=1000,
        label="Your comment",
        help_text="Public, under the name above, once those who run the meeting have read it. No names of other "
        "people, and nothing about anybody’s treatment.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write what you want to say."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            "name", "text", "form_key", Submit("comment", "Send my comment", css_class="button-wide")
        )


class QuestionForm(FormKeyForm):
    text = forms.CharField(
        max_length=400,
        label="Your question",
        help_text="Everybody can read it, without a name. No names of people, and nothing about anybody’s treatment.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write your question."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout("text", "form_key", Submit("ask", "Ask this question", css_class="button-wide"))


class AnswerQuestionForm(legible.Form):
    """What the follow-up says to one question, and what was promised with it."""

    answer = forms.CharField(
        max_length=4000, required=False, label="Answer", help_text="Markdown.", widget=forms.Textarea(attrs={"rows": 5})
    )
    reference = forms.CharField(
        max_length=300,
        required=False,
        label="Promised reference",
        help_text="What was promised, such as a study. Empty: nothing but the answer.",
    )
    reference_url = forms.URLField(required=False, label="Its address")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout("answer", "reference", "reference_url", Submit("save", "Save the answer"))


class MergeForm(legible.Form):
    """The question that another one is asked together with."""

    into = forms.ModelChoiceField(
        queryset=Question.objects.none(), label="Ask it together with", empty_label="Choose a question"
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["into"]
        field.queryset = question.meeting.questions.open().exclude(pk=question.pk)


class VersionForm(ReasonForm):
    """Why a table is published anew. ``seen`` is the fingerprint of what was looked at."""

    seen = forms.CharField(max_length=20, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Everybody reads it beside the new version. Say nothing about a person."


class OutreachForm(legible.Form):
    """About which seat, and which partners could pass it on."""

    seat = forms.ChoiceField(label="Seat")
    kind = forms.ChoiceField(
        choices=PartnerKind.choices, label="Partners to pass it on", help_text="The draft names those of this kind."
    )

    def __init__(self, seats: list[str], data: Any = None, *, seat: str = "") -> None:
        super().__init__(data, initial={"seat": seat, "kind": _kind_for(seat)})
        self.fields["seat"].choices = [(name, name) for name in seats]  # type: ignore[attr-defined]


def _kind_for(seat: str) -> str:
    """The kind of partner that the words of a seat make likely; staff choose."""
    words = {"trib": PartnerKind.TRIBE, "county": PartnerKind.COUNTY, "recovery": PartnerKind.RECOVERY}
    return next((kind for word, kind in words.items() if word in seat.lower()), PartnerKind.ASSOCIATION)
