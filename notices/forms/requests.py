"""Requests for proposals."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings

from notices.enums import RfpUpdateKind
from notices.forms.clock import ClockTimeField
from notices.models import Rfp
from notices.moments import at_clock
from privacy import legible


def name_both_boxes(field: forms.Field) -> None:
    """The label names a date and its time together; a screen reader is told which box is which."""
    for part, box in zip(("date", "time"), getattr(field.widget, "widgets", []), strict=False):
        box.attrs["aria-label"] = f"{field.label}: {part}"


def date_and_time() -> forms.SplitDateTimeWidget:
    """Boxes that the browser helps to fill in, each with the form in which it keeps its value."""
    return forms.SplitDateTimeWidget(
        date_format="%Y-%m-%d", time_format="%H:%M", date_attrs={"type": "date"}, time_attrs={"type": "time"}
    )


DATES = ("questions_due_at", "letter_due_at", "due_at")


class RfpForm(legible.ModelForm):
    """A request for proposals, in admin. Its dates are entered at the clock of its own zone, as its page shows them."""

    class Meta:
        model = Rfp
        fields = (
            "title", "slug", "summary", "official_url", "contact", "amount", "zone", *DATES,
        )  # fmt: skip
        labels = {"slug": "Address of its page", "zone": "Time zone"}
        help_texts = {"slug": "What comes after /rfps/ in the browser."}
        # Admin's own boxes set today and now, and count hours, by the clock of the server and not of the request.
        widgets = {name: date_and_time() for name in DATES}
        field_classes = dict.fromkeys(DATES, ClockTimeField)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask, least = settings.RFP_QUESTION_DAYS, settings.RFP_NOTICE_DAYS
        leave = {
            "questions_due_at": f"Empty where none are taken. Leave {ask} days to ask, and {ask} more for the answers.",
            "letter_due_at": f"Empty where none is asked for. It binds nobody. Leave {least} days to write one.",
            "due_at": f"Leave {settings.RFP_POLICY_DAYS} days where a trade agreement covers the purchase "
            f"({settings.RFP_EXCEPTION_DAYS} by exception), and {least} in any case.",
        }
        for name, words in leave.items():
            if name in self.fields:
                self.fields[name].help_text = words
                name_both_boxes(self.fields[name])
                if at := getattr(self.instance, name):
                    self.initial[name] = at.astimezone(ZoneInfo(self.instance.zone)).replace(tzinfo=None)
        if "zone" in self.fields:
            self.fields["zone"].help_text = "Every date below is at the clock of this zone, here and on the page."

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"]
        if zone not in available_timezones():
            raise forms.ValidationError("Enter the name of a time zone, such as America/Chicago.")
        return zone

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in DATES:
            if data.get(name) and data.get("zone"):
                try:
                    data[name] = at_clock(data[name], data["zone"])
                except forms.ValidationError as error:
                    self.add_error(name, error)
        return data


class RfpUpdateForm(legible.Form):
    kind = forms.ChoiceField(choices=RfpUpdateKind.choices)
    body = forms.CharField(
        label="Text", widget=forms.Textarea(attrs={"rows": 12, "class": "vLargeTextField"}),
        help_text="Markdown. Everybody reads it, and it cannot be changed afterwards.",
    )  # fmt: skip
