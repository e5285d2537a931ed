"""What stands in the links of our mails: unguessable, each good for one purpose, none of them a way to sign in."""

import secrets
from functools import cache

from django.conf import settings
from django.core import signing
from django.urls import reverse

# One salt for each purpose: a token made for one of them is nothing to the other.
_UNSUBSCRIBE = signing.Signer(salt="notices.unsubscribe")
_NEVER = signing.Signer(salt="notices.never")
_RENEW = signing.Signer(salt="notices.renew")
_CONFIRM = "notices.confirm"
CONFIRM_SECONDS = 3 * 24 * 3600


def new_token() -> str:
    return secrets.token_urlsafe(32)


def new_message_id() -> str:
    """Fixed when a message is owed, so that a mail system sees the same message however often it is tried."""
    return f"<{secrets.token_hex(16)}@{settings.MAIL_DOMAIN}>"


def unsubscribe_url(subscriber_pk: int, subject: str) -> str:
    token = _UNSUBSCRIBE.sign(f"{subscriber_pk}-{subject}")
    return _address("notices:unsubscribe", token)


def read_unsubscribe(token: str) -> tuple[int, str] | None:
    """The subscriber and the subject that a link speaks of, or None where it is not one of ours."""
    try:
        pk, _, subject = _UNSUBSCRIBE.unsign(token).partition("-")
        return int(pk), subject
    except (signing.BadSignature, ValueError):
        return None


def never_url(referral_pk: int) -> str:
    """Where somebody who was proposed says: never again. It names the proposal, not the address."""
    return _address("notices:never", _NEVER.sign(str(referral_pk)))


def read_never(token: str) -> int | None:
    """The proposal that a link speaks of, or None where it is not one of ours."""
    try:
        return int(_NEVER.unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def renew_url(subscriber_pk: int) -> str:
    """Where somebody whose year ends says: another one."""
    return _address("notices:renew", _RENEW.sign(str(subscriber_pk)))


def read_renew(token: str) -> int | None:
    """The subscriber that a link speaks of, or None where it is not one of ours."""
    try:
        return int(_RENEW.unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def preferences_url(token: str) -> str:
    return _address("notices:preferences", token)


def confirm_url(email: str, subjects: list[str], notice: int) -> str:
    """``notice``: the id of the consent notice that stood beside the form."""
    token = signing.dumps([email, subjects, notice], salt=_CONFIRM)
    return _address("notices:confirm", token)


def read_confirm(token: str) -> tuple[str, list[str], int] | None:
    """The address and the subjects that somebody asked for, and the notice they read; None for a link too old or not ours."""
    try:
        email, subjects, notice = signing.loads(token, salt=_CONFIRM, max_age=CONFIRM_SECONDS)
    except (signing.BadSignature, ValueError):
        return None
    return email, list(subjects), int(notice)


def _address(page: str, token: str) -> str:
    """The page's address with this token, which is of letters that an address may hold as they are."""
    before, after = _around_the_token(page)
    return f"{settings.PUBLIC_URL}{before}{token}{after}"


@cache
def _around_the_token(page: str) -> tuple[str, str]:
    """Asked once: Django takes longer to look an address up than the rest of a message's links takes."""
    before, _, after = reverse(page, args=["the-token"]).partition("the-token")
    return before, after
