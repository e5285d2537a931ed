"""The boxes of the tick list."""

from __future__ import annotations

from typing import Any

from django import forms

from privacy import legible


class TickForm(legible.Form):
    """One line of the tick list. The person is in the line's prefix, not in a field that could be changed."""

    present = forms.BooleanField(required=False)
    minutes = forms.IntegerField(min_value=1)
    facilitator = forms.BooleanField(required=False)
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, longest: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"].max_value = longest  # type: ignore[attr-defined]
        self.fields["minutes"].widget.attrs.update({"max": longest, "inputmode": "numeric"})


class GuestForm(legible.Form):
    """A guest who came without an answer."""

    guest = forms.CharField(
        label="A guest who is not on the list", max_length=120, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def clean_guest(self) -> str:
        return " ".join(self.cleaned_data["guest"].split())


class ReasonForm(legible.Form):
    """Why something that was confirmed changes after the meeting."""

    reason = forms.CharField(label="Why it changes", max_length=300, required=False)
