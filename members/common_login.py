"""Joining by a common login of the state (OpenID Connect), where one is set up: OIDC_SERVER_URL in the settings.

Who arrives that way for the first time joins like everybody: notice, level, consent. An address that somebody has here
already connects nothing: the answer is the one for every known address, and the owner gets a mail. A login is connected
to an existing account only by the person who is signed in to it. Staff are asked for their second factor here.
"""

from typing import Any

from allauth.socialaccount.forms import SignupForm

from members.forms import JoinFields


class CommonJoinForm(JoinFields, SignupForm):
    """Joining with the address that the common login vouches for; without one it is typed and confirmed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("email"):
            self.fields["email"].disabled = True
            self.fields["email"].help_text = "From the login you just used."
        known = self.sociallogin.account.extra_data.get("userinfo") or {}
        self.fields["name"].initial = known.get("name", "")
