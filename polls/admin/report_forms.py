"""What staff say about a meeting tool's poll report: whose it is, which question is which poll, which answer which option."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django import forms

from meetings.enums import MeetingTool
from meetings.models import Meeting
from meetings.report_files import FilesField
from polls.actions import SaidOfQuestion
from polls.actions.poll_reports import NEW_CATEGORIES, NEW_MANY, NEW_ONE
from polls.enums import PollKind, PollState
from polls.poll_report import plain
from polls.report_answers import LABEL_AT_MOST, QUESTION_AT_MOST, labels_from, likely, said_in, short
from privacy import legible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from polls.models import Poll
    from polls.poll_report import Asked
    from polls.report_answers import Target

OUT, NO_ANSWER, OPTION = "out", "none", "is:"
LIKELY = 0.6  # so many of the different answers must be options of a poll before it is offered first


class MeetingField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.title}, {obj.held_on:%B %-d, %Y}"


class UploadForm(legible.Form):
    meeting = MeetingField(queryset=Meeting.objects.none(), label="Meeting")
    tool = forms.ChoiceField(
        label="Asked in",
        choices=[("", "– choose –"), *MeetingTool.choices],
        help_text="Stands below the published table.",
    )
    chosen = FilesField(
        label="Poll report (CSV)",
        help_text="The one with a line for each person. If the call was restarted, choose the reports of all its parts "
        "at once.",
        error_messages={"empty": "This file is empty.", "required": "Choose the file that the meeting tool gave you."},
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        begun = Meeting.objects.public().filter(starts_at__lte=now, state="published")
        self.fields["meeting"].queryset = begun.order_by("-starts_at")  # type: ignore[attr-defined]


class QuestionForm(legible.Form):
    """What one question of the report becomes."""

    to = forms.ChoiceField(label="It becomes", error_messages={"required": "Say which poll it is, or leave it out."})
    wording = forms.CharField(label="Its question", max_length=QUESTION_AT_MOST, required=False)
    labels = forms.CharField(
        label="Its answers, one on each line, in their order",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 40}),
        help_text="These were given. Reword them, put them in order, and add those that could be chosen and nobody chose.",
    )

    def __init__(
        self, data: Any, *, place: int, asked: Asked, drafts: Sequence[tuple[Poll, Target]], has_categories: bool,
        said: SaidOfQuestion | None, is_said: bool,
    ) -> None:  # fmt: skip
        several = any(";" in cell for cell, _ in asked.answers)
        initial = {
            "to": said.to if said else OUT if is_said or asked.is_text else _likeliest(asked, drafts),
            "wording": said.wording if said and said.wording else short(asked.question, QUESTION_AT_MOST),
            "labels": "\n".join(said.labels if said and said.labels else labels_from(asked, several=several)),
        }
        super().__init__(data, prefix=f"q{place}", initial=initial)
        self.asked, self.place = asked, place
        new = [(NEW_ONE, "a new poll, one choice"), (NEW_MANY, "a new poll, several choices")]
        polls = [(f"p{poll.pk}", f"the poll “{short(poll.question, 80)}”") for poll, _ in drafts]
        if not has_categories:
            polls.append((NEW_CATEGORIES, "the category poll of the meeting"))
        choices = [(OUT, "nothing: leave it out")]
        if not asked.is_text:
            choices = [("", "– choose –"), *polls, *new, *choices]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]

    @property
    def is_open(self) -> bool:
        """Whether the boxes of a new poll stand open."""
        return self["to"].value() in {NEW_ONE, NEW_MANY} or bool(self.errors.keys() & {"wording", "labels"})

    def clean_labels(self) -> tuple[str, ...]:
        labels = tuple(" ".join(line.split()) for line in self.cleaned_data["labels"].splitlines() if line.strip())
        if any(len(label) > LABEL_AT_MOST for label in labels):
            raise forms.ValidationError(f"An answer may have up to {LABEL_AT_MOST} characters.")
        return labels

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("to") in {NEW_ONE, NEW_MANY}:
            if not cleaned.get("wording", "-").strip():
                self.add_error("wording", "Write the question of the new poll.")
            labels = cleaned.get("labels")
            if labels is not None and len(labels) < 2:
                self.add_error("labels", "A poll needs at least two answers to choose from.")
            elif labels and len({plain(label) for label in labels}) < len(labels):
                self.add_error("labels", "Two of these answers read the same.")
        return cleaned

    def said(self) -> SaidOfQuestion | None:
        data = self.cleaned_data
        if data["to"] == OUT:
            return None
        return SaidOfQuestion(data["to"], data["wording"], data["labels"])  # a new poll's words are kept in any case


def _likeliest(asked: Asked, drafts: Sequence[tuple[Poll, Target]]) -> str:
    """The poll of the same question, or one whose options most of the answers are."""
    best, share = "", LIKELY
    for poll, target in drafts:
        if plain(poll.question) == plain(asked.question):
            return f"p{poll.pk}"
        answers = said_in(asked, target)
        if answers and (found := len(likely(answers, target.labels)) / len(answers)) >= share:
            best, share = f"p{poll.pk}", found
    return best


def drafts_of(meeting: Meeting, target_of: Any) -> list[tuple[Poll, Target]]:
    """The polls of the meeting that take answers from a report, the category poll first."""
    drafts = list(meeting.polls.filter(state=PollState.DRAFT).order_by("pk"))
    drafts.sort(key=lambda poll: poll.kind != PollKind.CATEGORIES)
    return [(poll, target_of(meeting, SaidOfQuestion(f"p{poll.pk}"))[0]) for poll in drafts]


class AnswersForm(legible.Form):
    """Which option each different answer to one question is. A box is named by its answer, wherever that stands."""

    def __init__(self, data: Any, *, place: int, asked: Asked, target: Target, said: dict[str, str]) -> None:
        super().__init__(data, prefix=f"q{place}")
        choices = [
            ("", "– choose –"), *((f"{OPTION}{label}", label) for label in target.labels),
            (NO_ANSWER, "count as no answer"),
        ]  # fmt: skip
        self.answers: dict[str, tuple[str, str, int]] = {}
        for answer, (words, number) in said_in(asked, target).items():
            name = f"a{hashlib.sha256(answer.encode()).hexdigest()[:16]}"
            known = said.get(answer)
            self.answers[name] = (answer, words, number)
            self.fields[name] = forms.ChoiceField(
                label=words,
                choices=choices,
                initial="" if known is None else f"{OPTION}{known}" if known else NO_ANSWER,
                error_messages={"required": "Say which option this is, or that it counts as no answer."},
            )

    @property
    def rows(self) -> list[tuple[str, int, forms.BoundField]]:
        return [(words, number, self[name]) for name, (_, words, number) in self.answers.items()]

    @property
    def undecided(self) -> int:
        return sum(not self.initial_of(name) for name in self.answers)

    def initial_of(self, name: str) -> str:
        return str(self.fields[name].initial)

    def said(self) -> dict[str, str]:
        return {
            answer: self.cleaned_data[name].removeprefix(OPTION) if self.cleaned_data[name] != NO_ANSWER else ""
            for name, (answer, _, _) in self.answers.items()
        }


class NamesakesForm(legible.Form):
    namesakes_out = forms.BooleanField(label="They are: leave their answers out of the category poll", required=False)


class SeenForm(legible.Form):
    seen = forms.CharField(max_length=20, widget=forms.HiddenInput())
