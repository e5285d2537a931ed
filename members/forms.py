"""What people type about themselves: joining, the profile, the level."""

from datetime import date
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import RequestLoginCodeForm, ResetPasswordForm, SignupForm
from allauth.core import context, ratelimit
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, Submit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.timezone import localtime

from cop_portal.errors import Refused
from members.enums import Level
from members.http import LONG_CODES, here
from members.models import Interest, Member, ParticipantCategory
from members.rules import (
    EXPECTATIONS,
    LEVEL_DATE_WITHIN,
    must_confirm_expectations,
    why_phone_does_not_fit,
)
from privacy import legible
from privacy.enums import NoticeKey
from privacy.models import ConsentNotice
from privacy.reading import NoticeFields

AGREED_LABEL = "I have read what the level I chose expects, and I plan to do it."
AGREED_MISSING = "Please confirm what this level expects, or choose “Public attendee”."


class LevelFields(legible.Form):
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


class MailsHere(legible.Form):
    """Three mails a minute and ten an hour to one address from one visitor, whatever others ask for.

    Where others ask for very many, each visitor still gets one an hour: nobody can close the owner's way in. Codes for
    an address that many mails were asked for are longer, or guessing from many connections would come to something.
    """

    purpose: str

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:  # a form that must be mended first sends nothing
            request, email = context.request, data["email"].lower()
            mine, all_together = f"{self.purpose} {here(request, email)}", f"{self.purpose} {email}"
            may = ratelimit.consume(request, action="mail_here", key=mine) and (
                ratelimit.consume(request, action="mails_anywhere", key=all_together)
                or ratelimit.consume(request, action="mail_in_any_case", key=mine)
            )
            if not may:
                raise get_adapter().validation_error("rate_limited")
            request.session[LONG_CODES] = not ratelimit.consume(request, action="short_codes", key=email)
        return data


class LoginCodeForm(MailsHere, RequestLoginCodeForm):
    purpose = "code"

    def clean_email(self) -> str:
        email: str = super().clean_email()
        _look_once_more(email, known=bool(self._user))
        return email


class RecoveryForm(MailsHere, ResetPasswordForm):
    purpose = "recovery"

    def clean_email(self) -> str:
        email: str = super().clean_email()
        _look_once_more(email, known=bool(self.users))
        return email


def _look_once_more(email: str, *, known: bool) -> None:
    """allauth stops looking where it found a confirmed address; the clock must not tell that it did."""
    if known:
        list(Member.objects.filter(email=email))


class JoinFields(MailsHere, NoticeFields, LevelFields):
    """What somebody gives to join: e-mail, name and level, under the notice in force."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
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
        self.fields["email"].error_messages["required"] = "Please type your e-mail address."
        self.fields["name"].error_messages["required"] = "Please type your name."
        self.fields["level"].error_messages["required"] = "Please choose how you want to take part."
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


class ComeBackForm(LevelFields):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout(Field("level", template="members/_level_field.html"), "agreed")
        self.helper.add_input(Submit("come_back", "Open my membership again"))


class TakeOverForm(legible.Form):
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


class AddressForm(legible.Form):
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


class AddressCodesForm(legible.Form):
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


class ProofCodeForm(legible.Form):
    """The code that shows that it is the person."""

    code = forms.CharField(
        label="Code from your mail",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )


OTHER_LANGUAGE = "other"


class PhoneFits(legible.ModelForm):
    """A number that is not asked for comes back with a sentence: it is neither kept nor dropped unsaid."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        mend = why_phone_does_not_fit(data.get("reach_by", ""), data.get("phone", ""))
        if mend and not {"reach_by", "phone"} & self.errors.keys():
            self.add_error("phone", mend)
        return data


class ProfileForm(PhoneFits):
    """Who I am. Every field but the name may stay empty; each says why it is asked."""

    other_language = forms.CharField(
        label="Which other language?", max_length=40, required=False, help_text="Only if it is not in the list."
    )

    class Meta:
        model = Member
        fields = ["name", "organization", "language", "needs_interpreter", "reach_by", "phone"]
        labels = {
            "organization": "Organization, if you come for one",
            "needs_interpreter": "I need an interpreter at meetings",
            "reach_by": "How should staff reach you?",
        }
        help_texts = {
            "name": "As you want to be called in meetings.",
            "organization": "So that the facilitators know whom you can speak for. Staff see it.",
            "needs_interpreter": "So that one is there when you sign up for a meeting. Staff see it.",
            "reach_by": "When something about you must be settled. For a letter, staff ask you for the address when "
            "there is one to send; we do not keep it. What you get by e-mail is chosen elsewhere and stays as it is.",
            "phone": "Only if you chose a call or a text message; otherwise leave it empty. Staff see it.",
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "organization": forms.TextInput(attrs={"autocomplete": "organization"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
            "reach_by": forms.RadioSelect,
        }

    def __init__(self, data: Any = None, *, instance: Member, today: date) -> None:
        super().__init__(data, instance=instance)
        self._add_language(instance.language)
        self._add_categories(instance, today)
        # Public attendees are not asked: it decides nothing for them.
        asks_interests = must_confirm_expectations(instance.level_on(today) or "")
        if asks_interests:
            self.fields["interests"] = forms.ModelMultipleChoiceField(
                Interest.objects.all(),
                required=False,
                initial=instance.interests.all(),
                widget=forms.CheckboxSelectMultiple,
                label="Fields of interest",
                help_text="So that workgroups that fit stand first for you, and we can invite you. Staff see it.",
            )
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "name", "organization", "categories", *self.attestation_names,
            *(["interests"] if asks_interests else []), "language", "other_language", "needs_interpreter",
            "reach_by", "phone", Submit("save", "Save"),
        )  # fmt: skip

    def _add_language(self, spoken: str) -> None:
        offered = settings.PREFERRED_LANGUAGES
        is_other = bool(spoken) and spoken not in offered
        self.fields["language"] = forms.ChoiceField(
            label="Language you prefer",
            choices=[("", "–"), *((name, name) for name in offered), (OTHER_LANGUAGE, "Another language")],
            required=False,
            help_text="So that we can offer materials and interpreters you understand. Staff see it.",
        )
        self.initial["language"] = OTHER_LANGUAGE if is_other else spoken
        self.initial["other_language"] = spoken if is_other else ""

    def _add_categories(self, member: Member, today: date) -> None:
        in_force = ParticipantCategory.objects.in_force(today)
        self.fields["categories"] = forms.ModelMultipleChoiceField(
            in_force,
            required=False,
            initial=member.categories.all(),
            widget=forms.CheckboxSelectMultiple,
            label="Who I am in this community",
            help_text="Only to fill in the question at meetings for you; you can change it each time. Tables show "
            "numbers, never names.",
        )
        standing = dict(member.attestations.standing().values_list("category", "attested_at"))
        self.attestation_names: dict[str, ParticipantCategory] = {}
        for category in in_force.exclude(attestation=""):
            name, since = f"attest_{category.pk}", standing.get(category.pk)
            said = f" You confirmed it on {date_format(localtime(since), 'F j, Y')}." if since else ""
            self.attestation_names[name] = category
            self.fields[name] = forms.BooleanField(
                label=category.attestation,
                required=False,
                initial=bool(since),
                help_text=f"Only for “{category.label}”: the law counts that seat as filled only by somebody who can "
                "say this. You may choose the category without it. Take the tick out to withdraw it. Staff see that "
                f"you confirmed it, and when.{said}",
            )

    @property
    def attested(self) -> list[int]:
        """The categories (ids) whose statement is confirmed."""
        return [row.pk for name, row in self.attestation_names.items() if self.cleaned_data.get(name)]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("language") == OTHER_LANGUAGE:
            data["language"] = data.get("other_language", "")
            if not data["language"] and "other_language" not in self.errors:
                self.add_error("other_language", "Please say which language, or choose one from the list.")
        chosen = data.get("categories") or []
        for name, category in self.attestation_names.items():
            if data.get(name) and category not in chosen:
                self.add_error(name, f"Please choose “{category.label}” above too, or take this tick out.")
        return data
