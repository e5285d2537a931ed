"""What staff fill in. Times are typed as clocks show them in the meeting's own zone."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTimeWidget
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import slugify

from meetings import uploads
from meetings.enums import Scope
from meetings.models import AgendaItem, Material, Meeting, Series
from meetings.rearranging import Wish
from meetings.recurrence import ComesTwice, NoSuchTime, from_wall_clock, occurrences
from meetings.rules import change_needs_reason
from privacy import legible

COMMON_ZONES = [
    "America/Chicago", "America/New_York", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu",
]  # fmt: skip


def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    others = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/")))
    return [
        ("Common", [(name, name) for name in COMMON_ZONES]),
        ("All", [(name, name) for name in others if name not in COMMON_ZONES]),
    ]


class ClockField(forms.TimeField):
    """A time of day as people write it, and as the portal's own pages do: 14:30, 2:30 PM, 2 p.m., noon."""

    widget = AdminTimeWidget
    input_formats = ["%H:%M:%S", "%H:%M", "%I:%M%p", "%I%p"]
    default_error_messages = {"invalid": "Enter a time such as 2:30 PM or 14:30."}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            words = {"noon": "12pm", "midnight": "12am"}
            value = re.sub(r"\s*([ap])\.?m\.?$", r"\1m", value.strip().lower())
            value = words.get(value, value)
        return super().to_python(value)


WRONG_DATE = "Enter a date such as 2/17/2027 or 2027-02-17."


class WallClockField(forms.SplitDateTimeField):
    """Date and time as typed, without a zone: the form knows the meeting's and adds it."""

    widget = AdminSplitDateTime
    default_error_messages = {**forms.SplitDateTimeField.default_error_messages, "invalid_date": WRONG_DATE}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields = (self.fields[0], ClockField(required=False))

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list:
            return None
        day, time = data_list
        if day in self.empty_values or time in self.empty_values:
            raise ValidationError("Enter a date and a time.")
        return datetime.combine(day, time)


class HiddenBox(forms.HiddenInput):
    """In a fieldset: the admin's template writes a label beside everything, and a label of this would lead nowhere."""

    def id_for_label(self, id_: str) -> str:
        return ""


# What the form writes to the row; admin mixes what it only shows into the form's own list of fields.
EDITED = [
    "title", "kind", "purpose", "workgroup", "rfp", "starts_at", "ends_at", "zone", "place", "join_url", "capacity",
    "always_provided", "agenda_public_on",
]  # fmt: skip


def which_field(label: str) -> forms.ChoiceField:
    """Which of the two is meant, of a time that comes twice when the clocks go back. Shown only where it is asked."""
    choices = [("first", "The first, before the clocks go back"), ("second", "The second, an hour later")]
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=HiddenBox)


# What the dates of a series follow from.
RULE = ["cadence", "first_on", "starts_at", "minutes", "zone", "meetings_planned"]


class MeetingForm(legible.ModelForm):
    starts_at = WallClockField(label="Starts", help_text="As clocks show it in the time zone below.")
    starts_which = which_field("Which of the two (start)")
    ends_at = WallClockField(label="Ends")
    ends_which = which_field("Which of the two (end)")
    zone = forms.ChoiceField(label="Time zone", choices=zone_choices, initial="America/Chicago")
    reason = forms.CharField(
        label="Reason for the change",
        required=False,
        max_length=300,
        help_text="Needed for a new time or place within three days of the start. Stands in the public change log.",
    )

    class Meta:
        model = Meeting
        fields = [*EDITED, "facilitators"]
        labels = {"rfp": "Request for proposals"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts_at", "ends_at"):
            day, time = self.fields[name].widget.widgets
            day.attrs["aria-label"] = f"{self.fields[name].label}: date"
            time.attrs["aria-label"] = f"{self.fields[name].label}: time"
        if self.instance.pk:
            for name, moment in (("starts", self.instance.local_start), ("ends", self.instance.local_end)):
                self.initial[f"{name}_at"] = moment.replace(tzinfo=None, fold=0)
                if moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset():
                    self.initial[f"{name}_which"] = "second" if moment.fold else "first"
                    self._ask_which(name)

    def _ask_which(self, name: str) -> None:
        field = self.fields[f"{name}_which"]
        field.widget = forms.RadioSelect(choices=field.choices)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("starts", "ends"):
            if data.get("zone") and data.get(f"{name}_at"):
                data[f"{name}_at"] = self._moment(name, data)
        if self.errors or not self.instance.pk:
            return data
        before = Meeting.objects.get(pk=self.instance.pk)
        if before.is_cancelled:
            raise ValidationError("A cancelled meeting stays as it was. Plan a new one.")
        if change_needs_reason(before, self.changes(before), timezone.now()) and not data["reason"].strip():
            self.add_error("reason", "The meeting is less than three days away. Say why it changes now.")
        return data

    def _moment(self, name: str, data: dict[str, Any]) -> datetime | None:
        which = data.get(f"{name}_which")
        try:
            return from_wall_clock(
                data[f"{name}_at"], ZoneInfo(data["zone"]), second=which == "second" if which else None
            )
        except ComesTwice as error:
            self._ask_which(name)
            self.add_error(f"{name}_which", f"{error} Say which of the two is meant.")
        except NoSuchTime as error:
            self.add_error(f"{name}_at", str(error))
        return None

    def changes(self, before: Meeting) -> dict[str, Any]:
        """The fields of the row that would change, with their new values."""
        return {name: self.cleaned_data[name] for name in EDITED if self.cleaned_data[name] != getattr(before, name)}


class AgendaFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        """An item without a number comes after those above it."""
        super().clean()
        last = 0
        for form in self.forms:
            data = getattr(form, "cleaned_data", None)
            if not data or data.get("DELETE"):
                continue
            if data.get("order") is None:
                form.instance.order = data["order"] = last + 1
            last = max(last, data["order"])

    def minutes(self) -> int:
        """How long the agenda takes. One that is longer than its meeting is saved, and staff are told."""
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return sum(form.cleaned_data.get("minutes") or 0 for form in kept if not form.instance.carried_to_id)


class MaterialFormSet(forms.BaseInlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        """A paper belongs to the meeting, or to an item of this very meeting's agenda."""
        super().add_fields(form, index)
        form.fields["item"].queryset = AgendaItem.objects.filter(meeting=self.instance.pk)


class AgendaItemForm(legible.ModelForm):
    class Meta:
        model = AgendaItem
        fields = ["order", "title", "kind", "minutes", "presenter", "notes", "duties"]
        # A box to tick for each duty: a list loses what was chosen by one click without a held key.
        widgets = {"notes": forms.Textarea(attrs={"rows": 2}), "duties": forms.CheckboxSelectMultiple}
        labels = {"order": "Number"}
        help_texts = {"order": "Empty: as they stand."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["order"].required = False


class MaterialForm(legible.ModelForm):
    class Meta:
        model = Material
        fields = ["title", "kind", "item", "audience", "legal_reason", "file", "url"]

    def clean_file(self) -> Any:
        """Typed by its content and given a name of our own: the sender's name never reaches the disk."""
        file = self.cleaned_data.get("file")
        if not file or "file" not in self.changed_data:
            return file
        if file.size > uploads.MAX_BYTES:
            raise ValidationError("Files may have up to 25 MB.")
        kind = uploads.sniff(file)
        if kind is None:
            raise ValidationError(f"This is not one of the kinds of file we keep: {uploads.ALLOWED}.")
        file.name = f"{uuid.uuid4().hex}.{kind.extension}"
        return file


class SeriesForm(legible.ModelForm):
    starts_at = ClockField(
        label="Starts at", help_text="As clocks show it in the time zone below; it stays the same all year."
    )
    zone = forms.ChoiceField(label="Time zone", choices=zone_choices, initial="America/Chicago")

    class Meta:
        model = Series
        fields = [
            "title", "slug", "kind", "workgroup", "cadence", "first_on", "starts_at", "minutes", "zone",
            "meetings_planned", "place", "join_url", "capacity",
        ]  # fmt: skip
        labels = {"slug": "Address"}
        help_texts = {"slug": "The part of its meetings' addresses before the day. Empty: made from the title."}
        error_messages = {"first_on": {"invalid": WRONG_DATE}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"] or free_slug_of_series(self.cleaned_data.get("title", "")))

    def clean(self) -> dict[str, Any]:
        """Each of its dates must have this time of day, and have it once."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return data
        series = Series(**{name: data.get(name, getattr(self.instance, name)) for name in RULE})
        try:
            occurrences(series, ZoneInfo(series.zone))
        except NoSuchTime as error:
            # What is planned already keeps its time; the fields of the rule are then shown and not asked.
            self.add_error("starts_at" if "starts_at" in self.fields else None, f"{error} Choose another time of day.")
        return data


def free_slug_of_series(title: str) -> str:
    wanted = slugify(title)[:40].strip("-") or "series"
    taken = set(Series.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    return next(slug for slug in (wanted, *(f"{wanted}-{number}" for number in range(2, 9999))) if slug not in taken)


class ShortNoticeForm(legible.Form):
    """Why at such short notice: asked of those who publish within three days of the start."""

    reason = forms.CharField(
        label="Why at such short notice (public)",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 30}),
    )


def reason_field(label: str, *, required: bool) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=300, required=required, widget=forms.Textarea(attrs={"rows": 3, "cols": 30})
    )


class ScopeForm(legible.Form):
    """Which meetings of a series it is for. A meeting of no series is not asked."""

    scope = forms.ChoiceField(
        label="Which meetings", choices=Scope, initial=Scope.ONE, widget=forms.RadioSelect, required=False
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if meeting.series_id is None:
            del self.fields["scope"]

    @property
    def chosen(self) -> str:
        return self.cleaned_data.get("scope") or Scope.ONE


class CancelForm(ScopeForm):
    reason = reason_field("Why it is cancelled (public)", required=True)


class MoveForm(ScopeForm):
    day = forms.DateField(label="New day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    starts = forms.TimeField(label="Starts", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label="Length in minutes", min_value=15, max_value=24 * 60)
    place = forms.CharField(label="Place", max_length=200, required=False)
    join_url = forms.URLField(label="Join link", required=False)
    with_moved = forms.BooleanField(label="Also those that were moved by hand", required=False)
    reason = reason_field("Reason (public)", required=False)
    field_order = ["scope", "day", "starts", "minutes", "place", "join_url", "with_moved", "reason"]

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        initial = {
            "scope": Scope.ONE,
            "day": meeting.held_on,
            "starts": meeting.local_start.time(),
            "minutes": meeting.minutes,
            "place": meeting.place,
            "join_url": meeting.join_url,
        }
        super().__init__(*args, meeting=meeting, initial=initial, **kwargs)
        if meeting.series_id is None:
            del self.fields["with_moved"]

    @property
    def wish(self) -> Wish:
        return Wish(**{name: self.cleaned_data[name] for name in ("day", "starts", "minutes", "place", "join_url")})


class CarryForm(legible.Form):
    """Which items go on at which later meeting."""

    items = forms.ModelMultipleChoiceField(
        AgendaItem.objects.none(), label="Items", widget=forms.CheckboxSelectMultiple
    )
    to = forms.ModelChoiceField(Meeting.objects.none(), label="Meeting", empty_label=None)

    def __init__(self, *args: Any, items: Any, meetings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"].queryset = items  # type: ignore[attr-defined]
        to: Any = self.fields["to"]
        to.queryset, to.label_from_instance = meetings, lambda meeting: f"{meeting}, {meeting.date_text}"
