"""The forms of the roof's own pages: a person's data, and proposing somebody."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms

from privacy import legible
from privacy.models import ConsentNotice
from privacy.reading import NoticeFields


class ConsentForm(NoticeFields):
    agreed = forms.BooleanField(
        label="I have read the notice, and I agree that my data is kept and used as it says.",
        error_messages={"required": "Please tick the box if you agree. If you do not, see below what follows."},
    )

    def __init__(self, *args: Any, notices: list[ConsentNotice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(notices)
        self.order_fields(["notice", "agreed"])
        self.helper = FormHelper()
        self.helper.form_tag = False  # the page's own form carries what the person was about to do
        self.helper.disable_csrf = True


class AccuracyForm(legible.Form):
    details = forms.CharField(
        label="What exactly is wrong or missing?",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text="Say where it stands. Please do not write about other people, or anything about health that is not "
        "needed.",
    )
    wanted = forms.CharField(
        label="What should it say?", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("challenge", "Send"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("details") and data.get("wanted"):
            data["details"] = f"{data['details']}\n\nIt should say:\n{data['wanted']}"
        return data


class AccessForm(legible.Form):
    details = forms.CharField(
        label="What would you like to see or have explained?",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("ask", "Ask"))


class ClosingForm(legible.Form):
    sure = forms.BooleanField(label="I have read what happens, and I want to close my membership.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("close", "Close my membership", css_class="button button-danger"))


class ReferralForm(legible.Form):
    email = forms.EmailField(
        label="Their e-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="They get one message and decide for themselves. We forget the address if they do not answer in "
        "30 days.",
    )
    names_referrer = forms.BooleanField(label="You may tell them that I proposed them", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("refer", "Send the message"))
