"""What people enter: preferences, a subscription, a draft and its release."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import available_timezones

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.conf import settings
from django.utils import timezone

from members.enums import Level
from notices.enums import Frequency, RfpUpdateKind, Subject
from notices.markup import unknown_placeholders
from notices.models import Notice, Relay, Rfp
from privacy import legible
from privacy.enums import NoticeKey
from privacy.models import ConsentNotice
from privacy.reading import NoticeFields

NOTHING = "off"  # a choice like the others: an empty entry is a mistake, not a wish
TAKEN = {"feed", "subscribe", "preferences", "unsubscribe", "never"}  # pages beside /notices/<slug>/
SUBJECT_HELP = {
    Subject.MEETINGS: "New meetings and what was decided.",
    Subject.RFPS: "Requests for proposals, answers to questions, and addenda.",
    Subject.RESOURCES: "New reports and materials.",
    Subject.DIGEST: "Before a meeting: agenda, papers and what you were asked to prepare.",
}


class PreferencesForm(legible.Form):
    """Every subject with how often; the digest before a meeting comes with the meeting, so it is only on or off."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for subject in Subject:
            rhythms = [(Frequency.AT_ONCE, "Before each meeting")] if subject == Subject.DIGEST else Frequency.choices
            self.fields[subject.value] = forms.ChoiceField(
                label=subject.label, choices=[*rhythms, (NOTHING, "Nothing")], widget=forms.RadioSelect,
                help_text=SUBJECT_HELP[subject],
            )  # fmt: skip
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Save my choices"))

    def choices(self) -> dict[str, str]:
        """Subject -> frequency, or empty for not at all."""
        chosen = {subject: self.cleaned_data[subject] for subject in Subject}
        return {subject: "" if rhythm == NOTHING else rhythm for subject, rhythm in chosen.items()}


class SubscribeForm(NoticeFields, legible.Form):
    tick = None
    email = forms.EmailField(
        label="Your e-mail address", widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"})
    )
    subjects = forms.MultipleChoiceField(
        label="What would you like to hear about?",
        choices=[choice for choice in Subject.choices if choice[0] != Subject.DIGEST],
        widget=forms.CheckboxSelectMultiple,
        initial=[Subject.MEETINGS],
        error_messages={"required": "Choose at least one subject."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        # A public page sets no cookie, so there is no token; the mail that has to be confirmed is the guard.
        self.helper.disable_csrf = True
        self.helper.add_input(Submit("subscribe", "Send me the link to confirm"))
        self.offer(ConsentNotice.objects.readable(NoticeKey.GUEST))


class NoticeForm(legible.ModelForm):
    """A draft, in admin."""

    levels = forms.MultipleChoiceField(
        label="To members", choices=Level.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="The levels it goes to. Only those who want this subject get it.",
    )  # fmt: skip

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
        if slug in TAKEN:
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


class RelayForm(legible.ModelForm):
    class Meta:
        model = Relay
        fields = ["label", "page", "last_day"]

    def clean_last_day(self) -> date | None:
        last_day: date | None = self.cleaned_data["last_day"]
        if last_day and last_day < timezone.localdate():
            raise forms.ValidationError("Choose today or a later day.", code="past")
        return last_day
