"""What staff fill in for somebody who answers on the phone or at the door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from meetings.enums import Answer
from meetings.rules import accommodation_is_late
from members.enums import Asked
from privacy import legible
from privacy.reading import NoticeFields

if TYPE_CHECKING:
    from meetings.models import Meeting, Rsvp


class MemberAnswerForm(legible.Form):
    """The answer with all that goes with it, and how the person was heard."""

    how = forms.ChoiceField(label="How did they ask you?", choices=Asked, initial=Asked.PHONE)
    answer = forms.ChoiceField(label="Are they coming?", choices=Answer)
    need = forms.CharField(
        label="What they need to take part", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    language = forms.CharField(
        label="Language they would like to use", required=False, max_length=40, help_text="Empty for English."
    )
    needs_interpreter = forms.BooleanField(label="They would like an interpreter", required=False)
    note = forms.CharField(
        label="Note to the organizers", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = [  # type: ignore[attr-defined]
            (value, label) for value, label in Answer.choices if value != Answer.IN_PERSON or meeting.place
        ]
        if meeting.always_provided:
            self.fields["need"].help_text = f"Always provided, without asking: {meeting.always_provided}."
        if accommodation_is_late(meeting, timezone.localdate()):
            self.fields["need"].help_text += " There is little time left: it is tried all the same."


class GuestAnswerForm(NoticeFields, MemberAnswerForm):
    """The same for somebody without an account, who hears first why we ask."""

    tick = "told"

    name = forms.CharField(max_length=120)
    email = forms.EmailField(label="E-mail address", required=False, help_text="With one, they are told by mail.")
    phone = forms.CharField(
        required=False,
        max_length=40,
        help_text="Without an e-mail address: the number to call when something changes.",
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    told = forms.BooleanField(label="I told them why we ask, and that they may refuse")

    def __init__(self, *args: Any, known: Rsvp | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known is not None:
            for name in ("name", "email", "phone"):
                del self.fields[name]
        self.order_fields(["name", "email", "phone", "how", "notice", "told"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "name" in self.fields and not self.errors and not data.get("email") and not data.get("phone"):
            raise ValidationError("Give an e-mail address or a phone number: they must hear when something changes.")
        return data
