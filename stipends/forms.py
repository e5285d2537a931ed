"""What a person says about their own stipends, and what staff type when they decide and pay."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, Submit
from django import forms

from privacy import legible
from privacy.models import ConsentNotice
from privacy.reading import NoticeFields
from stipends.enums import ATTESTATION, Payer
from stipends.models import PaymentBatch, StipendPolicy
from stipends.rules import refusal_of_supplier_number

MOST_BYTES = 2_000_000
SUPPLIER_HELP = "From the state's supplier portal. Optional now, needed before the first payment. Never your Social Security number."


def _helper(*fields: str | Field, button: str, action: str = "") -> FormHelper:
    helper = FormHelper()
    helper.form_action = action
    helper.layout = Layout(*fields)
    helper.add_input(Submit("submit", button, css_class="button"))
    return helper


class SupplierFields(legible.Form):
    supplier_number = forms.CharField(
        label="Supplier number",
        max_length=20,
        required=False,
        help_text=SUPPLIER_HELP,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    wants_help = forms.BooleanField(label="I need help to register as a supplier", required=False)

    def clean_supplier_number(self) -> str:
        number: str = self.cleaned_data["supplier_number"].strip()
        refusal = refusal_of_supplier_number(number)
        if refusal:
            raise forms.ValidationError(str(refusal), code=refusal.code)
        return number


class EnrollForm(NoticeFields, SupplierFields):
    """The person's own yes, under the notice they have read."""

    lived_experience = forms.BooleanField(
        label="Yes: I have used substance use disorder treatment services, or I have lived experience.",
        help_text="Your own word is enough. We ask for no details, and please give none.",
        error_messages={
            "required": "Stipends are for people with lived experience. Please tick the box if that is you."
        },
    )
    agreed = forms.BooleanField(
        label="I have read the notice above and agree to it.",
        error_messages={"required": "We can keep this only if you agree to the notice."},
    )

    def __init__(self, *args: Any, notices: list[ConsentNotice], enrolled: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(notices)
        self.order_fields(["supplier_number", "wants_help", "lived_experience", "notice", "agreed"])
        if enrolled:
            # Only the notice is new: what the person said and gave stands as it is.
            del self.fields["supplier_number"], self.fields["wants_help"]
        button = "Agree to the notice" if enrolled else "Enroll for stipends"
        self.helper = _helper(*self.fields, button=button)


class SupplierForm(SupplierFields):
    """An empty field leaves the number as it is: it is taken away by its own tick only."""

    remove = forms.BooleanField(label="Take my supplier number away", required=False)

    def __init__(self, *args: Any, action: str = "", has_number: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_number:
            del self.fields["remove"]
        self.helper = _helper(*self.fields, button="Save", action=action)


class _AmountField(forms.DecimalField):
    def __init__(self, cap: Decimal) -> None:
        super().__init__(
            label="Amount in dollars",
            min_value=Decimal("0.01"),
            max_value=cap,
            max_digits=6,
            decimal_places=2,
            initial=cap,
            help_text=f"Up to ${cap}. You may ask for less.",
            error_messages={
                "invalid": "Please write dollars and cents with a point, such as 55.00.",
                "max_value": f"At most ${cap}.",
                "min_value": "More than $0.00.",
            },
        )


class ClaimForm(legible.Form):
    attested = forms.BooleanField(
        label=ATTESTATION,
        help_text="Also tick it if you took your own leave to be there.",
        error_messages={"required": "We can pay only if nobody else pays you for your time at this meeting."},
    )

    def __init__(self, *args: Any, cap: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = _AmountField(cap)
        self.helper = _helper("amount", "attested", button="Send my claim")


class AnswerForm(legible.Form):
    words = forms.CharField(label="Your answer", max_length=500, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, cap: Decimal, action: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = _AmountField(cap)
        self.helper = _helper("words", "amount", button="Send my answer", action=action)


class ReviewForm(legible.Form):
    """Why the person does not agree with a denial."""

    words = forms.CharField(
        label="Why should we look at it again?", max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, action: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _helper("words", button="Ask for a second look", action=action)


# --- The staff's room -------------------------------------------------------------------------------------------------
class ReasonForm(legible.Form):
    """The words that the person reads."""

    reason = forms.CharField(
        label="What the person reads",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text="Say what is missing and what they can do.",
    )


class BatchForm(legible.ModelForm):
    payer = forms.ChoiceField(choices=Payer)

    class Meta:
        model = PaymentBatch
        fields = ["payer", "note"]


class PolicyForm(legible.ModelForm):
    """A new policy ends the one in force, so its end is not asked here."""

    class Meta:
        model = StipendPolicy
        fields = ["starts_on", "cap", "per", "minimum_minutes", "claim_days", "yearly_cap", "funding"]


class PaidForm(legible.Form):
    """What the payer says: one date and reference for all that is open, or lines for single claims."""

    paid_on = forms.DateField(label="Day of payment", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    reference = forms.CharField(label="Payment reference", max_length=40, required=False)
    lines = forms.CharField(
        label="Or one line for each claim",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 60}),
        help_text="Claim reference, date, payment reference and, if the payer says it, the amount. For example: "
        "C-000012, 2027-01-31, EFT 7781, 55.00. A first line may name the columns.",
    )
    file = forms.FileField(label="Or the payer's file (CSV)", required=False, help_text="The same lines; at most 2 MB.")

    def clean_file(self) -> str:
        uploaded = self.cleaned_data["file"]
        if not uploaded:
            return ""
        if uploaded.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 2 MB.", code="too_large")
        try:
            text: str = uploaded.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(
                "This is not a CSV file in UTF-8. Save it as “CSV UTF-8”.", code="not_text"
            ) from error
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        whole = bool(data.get("paid_on") and data.get("reference", "").strip())
        ways = [whole, bool(data.get("lines", "").strip()), bool(data.get("file"))]
        if not self.errors and ways.count(True) != 1:
            raise forms.ValidationError(
                "Give either a day and a reference for all of them, or lines, or a file.", code="either"
            )
        return data
