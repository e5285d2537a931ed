"""A draft and its release."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils import timezone

from members.enums import Level
from notices.enums import TAKEN_SLUGS, Subject
from notices.forms.clock import ClockTimeField
from notices.kinds import kinds, meetings
from notices.markup import NAME, OF_MEETING, placeholders
from notices.models import Notice, Topic
from notices.moments import at_clock
from privacy import legible

FAR = timedelta(days=366)  # what is released for later than this is a year mistyped
FOR = "for_"  # how the names of the fields begin by which a notice is narrowed
ZONES = sorted(
    name for name in available_timezones() if name.startswith(("America/", "Pacific/"))
)  # to choose from; any other can be typed
KNOWN = {NAME: "{name}, the reader's name"} | dict(
    zip(OF_MEETING, ("{meeting}, its title", "{date}, its day", "{time}, its hours"), strict=True)
)


def not_to_fill_in(body: str) -> str:
    """What is in braces and nobody knows, in a sentence; empty where there is nothing."""
    unknown = sorted(placeholders(body) - set(KNOWN))
    if not unknown:
        return ""
    braces, known = (", ".join(f"{{{name}}}" for name in names) for names in (unknown, KNOWN))
    return f"Nobody can fill in {braces}. What can be filled in: {known}."


class NoticeForm(legible.ModelForm):
    """A draft, in admin. ``notice_form`` adds a field for each way to narrow it."""

    levels = forms.MultipleChoiceField(
        label="To members", choices=Level.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="The levels it goes to. Only those who want this subject get it.",
    )  # fmt: skip
    meeting = forms.TypedChoiceField(
        label="About the meeting", required=False, coerce=int, empty_value=None,
        help_text="Then its title, day and hours can stand in the text.",
    )  # fmt: skip

    subject = forms.ChoiceField(label="About", choices=Topic.objects.to_write_about, initial=Subject.MEETINGS)

    class Meta:
        model = Notice
        fields: tuple[str, ...] = (
            "title", "slug", "subject", "body", "page", "rfp", "meeting", "levels", "to_subscribers",
        )  # fmt: skip
        labels = {"slug": "Address of its page", "body": "Text", "page": "Leads to", "rfp": "Request for proposals"}
        help_texts = {
            "slug": "What comes after /notices/ in the browser.",
            "body": f"Markdown. In braces: {'; '.join(KNOWN.values())}.",
            "to_subscribers": "Not where it is narrowed below: then it goes to members only.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "meeting" in self.fields:
            self.fields["meeting"].choices = self._meetings()  # type: ignore[attr-defined]
        for key in kinds():
            if FOR + key in self.fields:
                self.initial[FOR + key] = self.instance.audience.get(key, [])

    def _meetings(self) -> list[tuple[Any, str]]:
        offered = meetings()
        choices: list[tuple[Any, str]] = list(offered.choices(timezone.now())) if offered else []
        kept = self.instance.meeting
        if kept and kept not in dict(choices):  # an old draft keeps its meeting
            choices.append((kept, (offered.words(kept) if offered else {}).get("meeting", f"Meeting {kept}")))
        return [("", "No meeting"), *choices]

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if words := not_to_fill_in(body):
            raise forms.ValidationError(words)
        return body

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug in TAKEN_SLUGS:
            raise forms.ValidationError("This address is taken by another page. Choose another one.")
        return slug

    def clean_title(self) -> str:
        title = " ".join(str(self.cleaned_data["title"]).split())
        if placeholders(title):
            raise forms.ValidationError("What is in braces is filled in in the text only, and not in the title.")
        return title

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = {key: data[FOR + key] for key in kinds() if data.get(FOR + key)}
        if any(FOR + key in self.fields for key in kinds()):
            self.instance.audience = chosen
            if chosen:
                data["to_subscribers"] = False
        if chosen and not data.get("levels") and "levels" in self.fields:
            self.add_error("levels", "Choose the levels, too: what is narrowed goes to members.")
        speaks = placeholders(data.get("body", "")) & set(OF_MEETING)
        asks = [key for key in chosen if kinds()[key].of_meeting]
        if (speaks or asks) and "meeting" in self.fields and not data.get("meeting") and "meeting" not in self.errors:
            self.add_error("meeting", "Choose the meeting: the text or the choice of people speaks of one.")
        return data


@cache
def notice_form() -> type[NoticeForm]:
    """The form with a field for each way to narrow a notice that the settings name."""
    fields: dict[str, Any] = {
        FOR + key: forms.MultipleChoiceField(
            label=kind.label, choices=kind.choices, required=False, widget=forms.CheckboxSelectMultiple,
            help_text=kind.help_text,
        )
        for key, kind in kinds().items()
    }  # fmt: skip
    return type("NoticeForm", (NoticeForm,), fields)


class CorrectionForm(NoticeForm):
    """A new version of what is out: whom it is for is settled, and it says what is different."""

    levels = None  # type: ignore[assignment]
    what_changed = forms.CharField(
        label="What is different", max_length=300, widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text="In a sentence or two, such as: The room is B 12, and not A 3. It stands above the text.",
    )  # fmt: skip

    class Meta(NoticeForm.Meta):
        fields = (*NoticeForm.Meta.fields, "what_changed")

    def clean_what_changed(self) -> str:
        words = " ".join(str(self.cleaned_data["what_changed"]).split())
        if placeholders(words):
            raise forms.ValidationError("What is in braces is filled in in the text only, and not here.")
        return words


class ReleaseForm(legible.Form):
    at = ClockTimeField(
        label="When", required=False, help_text="Date and time, such as 2027-01-20 and 09:00. Empty: now.",
        widget=forms.SplitDateTimeWidget(
            date_attrs={"type": "date", "aria-label": "Date"}, time_attrs={"type": "time", "aria-label": "Time"}
        ),
    )  # fmt: skip
    zone = forms.CharField(
        label="At the clock of", initial=settings.TIME_ZONE, max_length=40, required=False,
        help_text="A time zone, such as America/Chicago.", widget=forms.TextInput(attrs={"list": "zones"}),
    )  # fmt: skip
    read = forms.BooleanField(
        label="I have read the text and looked at the list of recipients.",
        error_messages={"required": "Read the text and the list first; then tick this."},
    )

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"] or settings.TIME_ZONE
        if zone not in available_timezones():
            raise forms.ValidationError("Enter the name of a time zone, such as America/Chicago.")
        return zone

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("at") and data.get("zone"):
            try:
                data["at"] = at_clock(data["at"], data["zone"])
            except forms.ValidationError as error:
                self.add_error("at", error)
            else:
                self._check(data["at"])
        return data

    def _check(self, at: datetime) -> None:
        now = timezone.now()
        if at < now:
            self.add_error("at", "This time is past. Choose a later one, or leave date and time empty: now.")
        elif at > now + FAR:
            self.add_error("at", "This is more than a year away. Is the year right?")


class PreviewForm(legible.Form):
    person = forms.EmailField(label="As the person with this e-mail address", required=False)


class WritingForm(legible.Form):
    """What stands in the form of a draft just now, to be shown as a mail."""

    title = forms.CharField(required=False, max_length=160)
    body = forms.CharField(required=False, widget=forms.Textarea)
    page = forms.CharField(required=False, max_length=200)
    meeting = forms.IntegerField(required=False, min_value=1)
    corrects = forms.IntegerField(required=False, min_value=1)
    what_changed = forms.CharField(required=False, max_length=300, widget=forms.Textarea)
    part = forms.ChoiceField(choices=[("html", "As it looks"), ("text", "As plain text")], required=False)
    person = forms.EmailField(label="As the person with this e-mail address", required=False)


class DecisionForm(legible.Form):
    """What becomes of a message of which nobody knows whether it arrived."""

    decision = forms.ChoiceField(
        choices=[("arrived", "It arrived: count it as sent"), ("again", "Send it again")], widget=forms.RadioSelect
    )
