"""A change of address under way: a code to the old mailbox, a code to the new one, both typed in the same browser.

Whoever sits at an open session of somebody else, or mistypes the new address, gets no further than this. An address
that belongs to somebody else here looks the same as any other; only the mail to it differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress

from members import mailed_codes
from members.models import Member

if TYPE_CHECKING:
    from members.http import MemberRequest

KEY = "address_change"


def begin(request: MemberRequest, email: str) -> None:
    """Send both codes and remember them in the session. ``email``: the new address, in lower case."""
    adapter = get_adapter(request)
    old_code, new_code = (adapter.generate_email_verification_code() for _ in range(2))
    known = Member.objects.filter(email__iexact=email).exists()
    known = EmailAddress.objects.filter(email=email, verified=True).exists() or known
    adapter.send_mail("account/email/address_change_old", request.user.email, {"code": old_code})
    adapter.send_mail(f"account/email/address_{'taken' if known else 'change_new'}", email, {"code": new_code})
    mailed_codes.remember(request, KEY, {"old_code": old_code, "new_code": new_code}, email=email)
