"""A draft and its release."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from members.enums import Level
from notices.enums import TAKEN_SLUGS, Subject
from notices.markup import unknown_placeholders
from notices.models import Notice, Topic
from privacy import legible


class NoticeForm(legible.ModelForm):
    """A draft, in admin."""

    levels = forms.MultipleChoiceField(
        label="To members", choices=Level.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="The levels it goes to. Only those who want this subject get it.",
    )  # fmt: skip

    subject = forms.ChoiceField(label="About", choices=Topic.objects.to_write_about, initial=Subject.MEETINGS)

    class Meta:
        model = Notice
        fields = ("title", "slug", "subject", "body", "page", "rfp", "levels", "to_subscribers")

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if unknown := unknown_placeholders(body):
            raise forms.ValidationError(f"Only {{name}} can be filled in; not {', '.join(unknown)}.")
        return body

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug in TAKEN_SLUGS:
            raise forms.ValidationError("This address is taken by another page. Choose another one.")
        return slug

    def clean_title(self) -> str:
        return " ".join(str(self.cleaned_data["title"]).split())


class ReleaseForm(legible.Form):
    at = forms.SplitDateTimeField(
        label="When", required=False, help_text="Date and time, such as 2027-01-20 and 09:00. Empty: now.",
        widget=forms.SplitDateTimeWidget(
            date_attrs={"type": "date", "aria-label": "Date"}, time_attrs={"type": "time", "aria-label": "Time"}
        ),
    )  # fmt: skip
    read = forms.BooleanField(
        label="I have read the text and looked at the list of recipients.",
        error_messages={"required": "Read the text and the list first; then tick this."},
    )

    def clean_at(self) -> Any:
        at = self.cleaned_data["at"]
        if at and at < timezone.now():
            raise forms.ValidationError("This time is past.")
        return at


class PreviewForm(legible.Form):
    person = forms.EmailField(label="As the person with this e-mail address", required=False)


class DecisionForm(legible.Form):
    """What becomes of a message of which nobody knows whether it arrived."""

    decision = forms.ChoiceField(
        choices=[("arrived", "It arrived: count it as sent"), ("again", "Send it again")], widget=forms.RadioSelect
    )
