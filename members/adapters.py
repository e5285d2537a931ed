"""The portal's word in allauth's journeys: one class for each switchboard."""

import base64
import secrets
from email.utils import make_msgid
from hashlib import sha256
from string import digits
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.models import EmailAddress
from allauth.account.utils import setup_user_email
from allauth.core import ratelimit
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string

from members import actions
from members.http import CODE_BY_MAIL, LONG_CODES, here, proves_by_mail_alone, recently_authenticated
from members.models import Member
from members.returning import come_back_url


class AccountAdapter(DefaultAccountAdapter):
    """Joining goes through the portal's own action."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": "There were too many tries with a password. Please sign in with a code by mail or a "
        "passkey. The password works again after a while.",
        "rate_limited": "Several mails were asked for. Please use the newest one, or wait a while and ask again.",
    }

    def save_user(self, request: HttpRequest, user: Member, form: Any, commit: bool = True) -> Member:
        """Save person, level and consent together. Raises Refused; the form turns it into an answer."""
        data = form.cleaned_data
        user.email, user.name = data["email"], data["name"]
        return actions.join(
            user, level=data["level"], agreed=data["agreed"], notice_id=data["notice"], now=timezone.now()
        )

    def login(self, request: HttpRequest, user: Member) -> None:
        """The first sign-in of somebody whom staff entered makes the membership their own."""
        super().login(request, user)
        if not get_authentication_records(request, user):
            # Who has just joined typed a code from their mail as well; allauth does not write that one down.
            record_authentication(request, user, method="code", email=user.email)
        actions.take_over(user, now=timezone.now())

    def get_reauthentication_methods(self, user: Member | AnonymousUser) -> list[dict[str, Any]]:
        """A code by mail is a proof as well, for whoever has no second factor: it would sign them in anew."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if user.is_authenticated and not any(method["id"].startswith("mfa") for method in methods):
            methods.append({"id": CODE_BY_MAIL, "description": "Get a code by mail", "url": reverse(CODE_BY_MAIL)})
        return methods

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Of somebody who can show nothing but their mailbox allauth asks nothing: it gets a fresh proof here."""
        user = self.request.user
        if user.is_authenticated and proves_by_mail_alone(user) and not recently_authenticated(self.request):
            raise ReauthenticationRequired
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        return required

    def rehearse_joining(self, data: dict[str, Any]) -> None:
        """Do what joining does and undo it: an address that is known must not answer sooner than a new one.

        (To be registered here is close to having to do with substance use: the clock must not tell it either.)
        """
        nobody = Member(name=data["name"], email=f"{secrets.token_hex(8)}@rehearsal.invalid")
        with transaction.atomic():
            actions.join(
                nobody, level=data["level"], agreed=data["agreed"], notice_id=data["notice"], now=timezone.now()
            )
            setup_user_email(self.request, nobody, [EmailAddress(email=nobody.email)])
            # Then allauth looks for the address it has just saved.
            EmailAddress.objects.filter(user=nobody, verified=True).exists()
            for _ in range(2):
                EmailAddress.objects.get_for_user(nobody, nobody.email)
            Member.objects.get(pk=nobody.pk)
            transaction.set_rollback(True)
        self.request.session.save()  # a commit takes its time too

    def generate_login_code(self) -> str:
        return self._mailed_code() or super().generate_login_code()

    def generate_password_reset_code(self) -> str:
        return self._mailed_code() or super().generate_password_reset_code()

    def _mailed_code(self) -> str:
        """Ten digits instead of six where very many codes were asked for; empty otherwise."""
        return get_random_string(10, digits) if self.request.session.get(LONG_CODES) else ""

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords are counted for each visitor by themselves: nobody locks the owner of an address out."""
        return here(request, credentials.get("email", ""))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        email = credentials.get("email", "").lower()
        if not ratelimit.consume(request, action="password_anywhere", key=email):
            raise self.validation_error("too_many_login_attempts")

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """The Message-ID names the portal's mail domain, not the machine that happened to send it."""
        own = {"Message-ID": make_msgid(domain=settings.MAIL_DOMAIN), "Auto-Submitted": "auto-generated"}
        message: EmailMessage = super().render_mail(template_prefix, email, context, own | (headers or {}))
        return message

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sign-in mails do not wait in the queue; they know the community as pages do."""
        own = {"community": settings.COMMUNITY, "public_url": settings.PUBLIC_URL}
        if template_prefix == "account/email/account_already_exists":
            # Only the owner of the address reads whether the membership is closed; the page says the same to all.
            own["come_back_url"] = come_back_url(email)
        super().send_mail(template_prefix, email, own | context)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes lie encrypted in the database.

    The key comes from SECRET_KEY, so that a copy of the database alone opens nothing; SECRET_KEY_FALLBACKS keep the
    old ones readable after a change.
    """

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(sha256(f"second factor:{key}".encode()).digest())) for key in keys]
    )
