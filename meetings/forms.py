"""What people fill in about meetings. The staff's forms are in admin/forms.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Fieldset, Layout, Submit
from django import forms
from django.conf import settings

from meetings.enums import Answer
from meetings.rules import accommodation_is_late
from privacy import legible
from privacy.reading import NoticeFields

if TYPE_CHECKING:
    from datetime import date

    from meetings.models import Meeting, Rsvp


class RsvpForm(legible.Form):
    """A member's answer with what goes with it."""

    answer = forms.ChoiceField(label="Are you coming?", choices=Answer, widget=forms.RadioSelect)
    need = forms.CharField(
        label="What do you need to take part?",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example captions, sign language, a ramp, large print. Only the meeting’s organizers read it.",
    )
    language = forms.CharField(
        label="Language you would like to use",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"list": "languages"}),
        help_text="Leave empty for English.",
    )
    needs_interpreter = forms.BooleanField(label="I would like an interpreter", required=False)
    note = forms.CharField(
        label="Anything else the organizers should know", required=False, max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(
        self, *args: Any, meeting: Meeting, today: date, is_full: bool = False, known: Rsvp | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        in_person = _in_person_words(is_full, known)
        self.fields["answer"].choices = [  # type: ignore[attr-defined]
            (value, f"{label}{in_person}" if value == Answer.IN_PERSON else label)
            for value, label in Answer.choices
            if value != Answer.IN_PERSON or meeting.place
        ]
        if accommodation_is_late(meeting, today):
            days = settings.ACCOMMODATION_NOTICE_DAYS
            self.fields["need"].help_text += (
                f" Asking {days} days ahead or more makes it most likely that we can arrange it. Ask now all the same:"
                " we will try."
            )
        self.helper = FormHelper()
        self.helper.layout = Layout(
            *self.first_fields(),
            Fieldset("To take part well", "need", "language", "needs_interpreter", "note"),
            HTML('{% include "meetings/_languages.html" %}'),
            Submit("save", self.submit_label, css_class="button"),
        )

    submit_label = "Save my answer"

    def first_fields(self) -> list[str]:
        return ["answer"]


def _in_person_words(is_full: bool, known: Rsvp | None) -> str:
    """What coming in person means for this person at this moment."""
    if known is not None and known.is_offered:
        return ": I take the seat that is held for me"
    if known is not None and known.answer == Answer.IN_PERSON:
        return " (I stay on the waiting list)" if known.is_waiting else ""
    return " (the room is full: you join the waiting list)" if is_full else ""


class GuestRsvpForm(NoticeFields, RsvpForm):
    """The same for somebody without an account; it counts once the link in the mail is opened."""

    tick = None

    submit_label = "Send me the link"
    name = forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label="Your e-mail address",
        help_text="We send one message with a link that confirms your answer.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def first_fields(self) -> list[str]:
        return ["notice", "name", "email", "answer"]


class AnswerForm(legible.Form):
    """One tap: the answer alone."""

    answer = forms.ChoiceField(choices=Answer)


class RequestAnswerForm(legible.Form):
    """What the person says to what was arranged for them. The button says which."""

    will_do = forms.ChoiceField(choices=[("yes", "That will do"), ("no", "It is not enough")])
    words = forms.CharField(
        label="What is missing?",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
        help_text="Only the meeting’s organizers read it.",
    )


def code_field() -> forms.CharField:
    return forms.CharField(
        label="Code shown in the room",
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class CheckInForm(legible.Form):
    code = code_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout("code", Submit("check_in", "Check in", css_class="button"))


class GuestCheckInForm(NoticeFields):
    """Somebody without an account, in the room: their name, and the code that shows there."""

    tick = None
    name = forms.CharField(
        label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    code = code_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout("notice", "name", "code", Submit("check_in", "Check in", css_class="button"))
