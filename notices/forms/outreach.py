"""Links for partners."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from notices.models import Mention, Notice, Relay
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


class MentionForm(legible.ModelForm):
    """An article, a broadcast or a post, as somebody of the staff noted it."""

    class Meta:
        model = Mention
        fields = ("kind", "where", "appeared_on", "url", "notice", "partner", "remark")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "notice" in self.fields:
            notice: Any = self.fields["notice"]
            notice.queryset = Notice.objects.readable().order_by("-released_at")

    def clean_appeared_on(self) -> date:
        day: date = self.cleaned_data["appeared_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("Choose today or an earlier day: note it once it has appeared.", code="future")
        return day
