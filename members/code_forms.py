"""allauth's forms for a code: a phone shows its digits, and whoever is asked for nothing else need not look for it."""

from typing import Any

from allauth.account.forms import (
    ConfirmEmailVerificationCodeForm,
    ConfirmLoginCodeForm,
    ConfirmPasswordResetCodeForm,
)
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm

from privacy import legible

# Focus comes back to the field after a wrong code too; what was wrong is its description.
OF_A_CODE = {"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}


class DigitsFields(legible.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attrs = self.fields["code"].widget.attrs
        attrs.pop("placeholder", None)
        attrs |= OF_A_CODE


class LoginCode(DigitsFields, ConfirmLoginCodeForm):
    pass


class AddressCode(DigitsFields, ConfirmEmailVerificationCodeForm):
    pass


class RecoveryCode(DigitsFields, ConfirmPasswordResetCodeForm):
    pass


class SecondFactorCode(DigitsFields, AuthenticateForm):
    pass


class ProofCode(DigitsFields, ReauthenticateForm):
    pass


class AppCode(DigitsFields, ActivateTOTPForm):
    pass
