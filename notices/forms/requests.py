"""Requests for proposals."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings

from notices.enums import RfpUpdateKind
from notices.models import Rfp
from privacy import legible


def name_both_boxes(field: forms.Field) -> None:
    """The label names a date and its time together; a screen reader is told which box is which."""
    for part, box in zip(("date", "time"), getattr(field.widget, "widgets", []), strict=False):
        box.attrs["aria-label"] = f"{field.label}: {part}"


class RfpForm(legible.ModelForm):
    """A request for proposals, in admin."""

    class Meta:
        model = Rfp
        fields = (
            "title", "slug", "summary", "official_url", "contact", "amount", "questions_due_at", "due_at", "zone",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("questions_due_at", "due_at"):
            if name in self.fields:
                self.fields[name].help_text = f"At the clock of {settings.TIME_ZONE}."
                name_both_boxes(self.fields[name])
        if "zone" in self.fields:
            self.fields["zone"].help_text = "The page shows every date of the request at the clock of this zone."

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"]
        if zone not in available_timezones():
            raise forms.ValidationError("Enter the name of a time zone, such as America/Chicago.")
        return zone


class RfpUpdateForm(legible.Form):
    kind = forms.ChoiceField(choices=RfpUpdateKind.choices)
    body = forms.CharField(
        label="Text", widget=forms.Textarea(attrs={"rows": 12, "class": "vLargeTextField"}),
        help_text="Markdown. Everybody reads it, and it cannot be changed afterwards.",
    )  # fmt: skip
