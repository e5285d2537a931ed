"""A change of address under way: a code to the old mailbox, a code to the new one, both typed in the same browser.

Whoever sits at an open session of somebody else, or mistypes the new address, gets no further than this. An address
that belongs to somebody else here looks the same as any other; only the mail to it differs.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings

from members.models import Member

if TYPE_CHECKING:
    from members.http import MemberRequest

KEY = "address_change"
TRIES = 3


def begin(request: MemberRequest, email: str) -> None:
    """Send both codes and remember them in the session. ``email``: the new address, in lower case."""
    adapter = get_adapter(request)
    old_code, new_code = (adapter.generate_email_verification_code() for _ in range(2))
    known = Member.objects.filter(email__iexact=email).exists()
    known = EmailAddress.objects.filter(email=email, verified=True).exists() or known
    adapter.send_mail("account/email/address_change_old", request.user.email, {"code": old_code})
    adapter.send_mail(f"account/email/address_{'taken' if known else 'change_new'}", email, {"code": new_code})
    request.session[KEY] = {
        "old": request.user.email,
        "email": email,
        "codes": {"old_code": old_code, "new_code": new_code},
        "at": time.time(),
        "tries": 0,
    }


def under_way(request: MemberRequest) -> dict[str, Any] | None:
    """The change that waits for its codes, or None: none was begun, it is too old, or too many codes were wrong."""
    state: dict[str, Any] | None = request.session.get(KEY)
    if state is None:
        return None
    fresh = time.time() - state["at"] < settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT
    if fresh and state["tries"] < TRIES and state["old"] == request.user.email:
        return state
    end(request)
    return None


def wrong_codes(request: MemberRequest, typed: dict[str, str]) -> list[str]:
    """The names of the codes that are not right. Any wrong one uses up a try."""
    state = request.session[KEY]
    wrong = [
        name
        for name, code in state["codes"].items()
        if not secrets.compare_digest(typed[name].strip().encode(), code.encode())
    ]
    if wrong:
        state["tries"] += 1
        request.session.modified = True
    return wrong


def end(request: MemberRequest) -> None:
    request.session.pop(KEY, None)
