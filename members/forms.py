"""What people type about themselves: joining, the profile, the level."""

from datetime import date
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import RequestLoginCodeForm, ResetPasswordForm, SignupForm
from allauth.core import context, ratelimit
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, Submit
from django import forms
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone

from cop_portal.errors import Refused
from members.enums import Level
from members.http import here
from members.models import Member, ParticipantCategory
from members.rules import EXPECTATIONS, LEVEL_DATE_WITHIN, must_confirm_expectations, no_control_characters
from privacy.enums import NoticeKey
from privacy.models import ConsentNotice
from privacy.reading import NoticeFields

AGREED_LABEL = "I have read what the level I chose expects, and I plan to do it."
AGREED_MISSING = "Please confirm what this level expects, or choose “Public attendee”."


class LevelFields(forms.Form):
    """The choice of a level and the tick under it; full and specialty are only held with the tick."""

    level = forms.ChoiceField(label="How do you want to take part?", choices=Level, widget=forms.RadioSelect)
    agreed = forms.BooleanField(
        label=AGREED_LABEL,
        required=False,
        help_text="Needed for “Full contributing member” and “Specialty contributor”.",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if must_confirm_expectations(data.get("level", "")) and not data.get("agreed"):
            self.add_error("agreed", AGREED_MISSING)
        return data

    @property
    def level_options(self) -> list[dict[str, Any]]:
        """Each level with what it expects, for the template that shows the choice."""
        return [{"value": level.value, "label": level.label, "expects": EXPECTATIONS[level]} for level in Level]


class MailsHere(forms.Form):
    """Three mails a minute and ten an hour to one address from one visitor, whatever others ask for."""

    purpose: str

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:  # a form that must be mended first sends nothing
            key = f"{self.purpose} {here(context.request, data['email'])}"
            if not ratelimit.consume(context.request, action="mail_here", key=key):
                raise get_adapter().validation_error("too_many_login_attempts")
        return data


class LoginCodeForm(MailsHere, RequestLoginCodeForm):
    purpose = "code"


class RecoveryForm(MailsHere, ResetPasswordForm):
    purpose = "recovery"


class JoinFields(MailsHere, NoticeFields, LevelFields):
    """What somebody gives to join: e-mail, name and level, under the notice in force."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
        validators=[no_control_characters],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="As you want to be called in meetings.",
    )
    consent = forms.BooleanField(
        label="I have read the notice above, and I agree that my data is kept and used as it says.",
        error_messages={
            "required": "Without your agreement we may not keep your data. You can still come to meetings."
        },
    )
    tick = "consent"
    purpose = "join"
    account_already_exists: bool
    field_order = ["email", "name", "level", "agreed", "notice", "consent"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(ConsentNotice.objects.readable(NoticeKey.MEMBERSHIP))
        self.fields["email"].label = "E-mail"
        self.fields["email"].widget.attrs.pop("placeholder", None)
        self.fields["email"].help_text = "We send a code to it. Nobody else is shown your address."
        self.helper = FormHelper()
        self.helper.form_tag = False  # the page's own form also carries where to go afterwards
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            "email", "name", Field("level", template="members/_level_field.html"), "agreed", "notice", "consent"
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.notices:
            self.add_error(None, "Joining is closed for the moment. Please write to us instead.")
        return data

    def try_save(self, request: HttpRequest) -> tuple[Member | None, Any]:
        if self.account_already_exists:
            get_adapter().rehearse_joining(self.cleaned_data)
        try:
            result: tuple[Member | None, Any] = super().try_save(request)  # type: ignore[misc]  # allauth's form
        except Refused as refusal:
            if refusal.code != "address_taken":
                messages.error(request, str(refusal))
                return None, redirect("account_signup")
            # Somebody joined with this address a moment ago: answer as for every address that is known.
            self.account_already_exists = True
            result = super().try_save(request)  # type: ignore[misc]
        return result

    @transaction.atomic
    def save(self, request: HttpRequest) -> Member:
        member: Member = super().save(request)  # type: ignore[misc]
        return member


class TakeOverForm(forms.Form):
    """What somebody types from the letter that staff printed for them."""

    code = forms.CharField(
        label="Code from the letter",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label="Your e-mail",
        help_text="You sign in with it from now on. We send a code to it.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("take_over", "Go on"))


class JoinForm(JoinFields, SignupForm):
    """Joining by a code in a mail."""


class LevelForm(LevelFields):
    """A change of level, from today or a later day on."""

    starts_on = forms.DateField(
        label="From when?",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Today, or a day within the next year. Until then nothing changes.",
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = today, today + LEVEL_DATE_WITHIN
        starts_on = self.fields["starts_on"]
        starts_on.initial = today
        starts_on.widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
        starts_on.validators += [
            MinValueValidator(first, "Please choose today or a later day."),
            MaxValueValidator(last, "Please choose a day within the next year."),
        ]
        self.helper = FormHelper()
        self.helper.layout = Layout(Field("level", template="members/_level_field.html"), "agreed", "starts_on")
        self.helper.add_input(Submit("save", "Change my level"))


class AddressForm(forms.Form):
    email = forms.EmailField(
        label="New e-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="We send a code to it, and another one to your present address.",
    )

    def __init__(self, *args: Any, present: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present = present
        self.helper = FormHelper()
        self.helper.add_input(Submit("change", "Send both codes"))

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if email == self.present.lower():
            raise forms.ValidationError("This is the address you have already.", code="same")
        return email


class AddressCodesForm(forms.Form):
    """The two codes of a change of address."""

    old_code = forms.CharField(max_length=20)
    new_code = forms.CharField(max_length=20)

    def __init__(self, *args: Any, old: str, new: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, address in (("old_code", old), ("new_code", new)):
            self.fields[name].label = f"Code we sent to {address}"
            self.fields[name].widget.attrs = {"inputmode": "numeric", "autocomplete": "one-time-code"}
        self.helper = FormHelper()
        self.helper.add_input(Submit("confirm", "Change my address"))


class ProfileForm(forms.ModelForm):
    """Who I am. Every field but the name may stay empty; each says why it is asked."""

    class Meta:
        model = Member
        fields = ["name", "organization", "phone", "language", "needs_interpreter", "categories", "interests"]
        labels = {
            "organization": "Organization, if you come for one",
            "language": "Language you prefer",
            "needs_interpreter": "I need an interpreter at meetings",
            "categories": "Who I am in this community",
            "interests": "Fields of interest",
        }
        help_texts = {
            "name": "As you want to be called in meetings.",
            "organization": "So that the facilitators know whom you can speak for. Staff see it.",
            "phone": "Only to reach you on the day of a meeting, if something goes wrong. Staff see it.",
            "language": "So that we can offer materials you can read. Staff see it.",
            "needs_interpreter": "So that one is there when you sign up for a meeting. Staff see it.",
            "categories": "Only to fill in the question at meetings for you; you can change it each time. "
            "Tables show numbers, never names.",
            "interests": "So that we can invite you to workgroups that fit. Staff see it.",
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "organization": forms.TextInput(attrs={"autocomplete": "organization"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
            "interests": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in ("name", "organization", "phone"):
            self.fields[line].validators.append(no_control_characters)
        self.fields["categories"] = forms.ModelMultipleChoiceField(
            ParticipantCategory.objects.in_force(timezone.localdate()),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            label=self.fields["categories"].label,
            help_text=self.fields["categories"].help_text,
        )
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Save"))
