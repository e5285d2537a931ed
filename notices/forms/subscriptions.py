"""What people enter about themselves: preferences and a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms

from notices.enums import Frequency, Subject
from notices.models import Topic
from privacy import legible
from privacy.enums import NoticeKey
from privacy.models import ConsentNotice
from privacy.reading import NoticeFields

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING = "off"  # a choice like the others: an empty entry is a mistake, not a wish
SUBJECT_HELP = {
    Subject.MEETINGS: "Meetings of the whole community, and what was decided.",
    Subject.RFPS: "Requests for proposals, answers to questions, and addenda.",
    Subject.RESOURCES: "New reports and materials.",
    Subject.DIGEST: "Before a meeting: agenda, papers and what you were asked to prepare.",
}


class PreferencesForm(legible.Form):
    """Every subject with how often; the digest before a meeting comes with the meeting, so it is only on or off.

    It goes to members alone: nobody else is offered it.
    """

    def __init__(self, *args: Any, of_member: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for subject in Subject:
            if subject == Subject.DIGEST and not of_member:
                continue
            rhythms = [(Frequency.AT_ONCE, "Before each meeting")] if subject == Subject.DIGEST else Frequency.choices
            self._offer(subject, subject.label, SUBJECT_HELP[subject], rhythms, forms.RadioSelect)
        for topic in Topic.objects.all():  # one line each: there may be many
            self._offer(topic.key, topic.label, topic.about, Frequency.choices, forms.Select)
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Save my choices"))

    def _offer(self, key: str, label: str, about: str, rhythms: Sequence[tuple[str, str]], widget: type) -> None:
        choices = [*rhythms, (NOTHING, "Nothing")]
        self.fields[key] = forms.ChoiceField(label=label, choices=choices, widget=widget, help_text=about)

    def choices(self) -> dict[str, str]:
        """Subject -> frequency, or empty for not at all."""
        chosen = {subject: self.cleaned_data[subject] for subject in self.fields}
        return {subject: "" if rhythm == NOTHING else rhythm for subject, rhythm in chosen.items()}


class SubscribeForm(NoticeFields, legible.Form):
    tick = None
    email = forms.EmailField(
        label="Your e-mail address", widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"})
    )
    subjects = forms.MultipleChoiceField(
        label="What would you like to hear about?",
        choices=Topic.objects.to_write_about,
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
