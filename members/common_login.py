"""Joining by a common login of the state (OpenID Connect), where one is set up: OIDC_SERVER_URL in the settings.

Who arrives that way for the first time joins like everybody: notice, level, consent. An address that somebody has here
already connects nothing: the answer is the one for every known address, and the owner gets a mail. A login is connected
to an existing account only by the person who is signed in to it. Staff are asked for their second factor here.
"""

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.forms import SignupForm
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest

from members.forms import JoinFields
from members.models import Member


class CommonLoginAdapter(DefaultSocialAccountAdapter):
    """Of all that the other side says about a person only who issued which number is kept."""

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Member:
        """The name goes into the join form, and no further if they do not join. Called before anything is saved."""
        member: Member = super().populate_user(request, sociallogin, data)
        member.name = (data.get("name") or "")[:120]
        account = sociallogin.account
        issuer = (account.extra_data.get("id_token") or {}).get("iss", "")
        account.extra_data = {"iss": issuer, "sub": account.uid}
        return member


class CommonJoinForm(JoinFields, SignupForm):
    """Joining with the address that the common login vouches for; without one it is typed and confirmed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("email"):
            self.fields["email"].disabled = True
            self.fields["email"].help_text = "From the login you just used."
        self.fields["name"].initial = self.sociallogin.user.name
