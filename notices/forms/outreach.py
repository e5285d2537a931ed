"""Links for partners."""

from __future__ import annotations

from datetime import date

from django import forms
from django.utils import timezone

from notices.models import Relay
from privacy import legible


class RelayForm(legible.ModelForm):
    class Meta:
        model = Relay
        fields = ["label", "page", "last_day"]

    def clean_last_day(self) -> date | None:
        last_day: date | None = self.cleaned_data["last_day"]
        if last_day and last_day < timezone.localdate():
            raise forms.ValidationError("Choose today or a later day.", code="past")
        return last_day
