"""What views need to know about who asks: the request of somebody signed in, and how lately they proved it.

Before an export, a payment or a change of rights, an admin action or view says::

    if not recently_authenticated(request):
        return reauthenticate(request)

The person confirms with their second factor, a password or a code by mail, and comes back to the page they were on. Where what was sent
only leads to a page that asks (an admin action), ``reauthenticate(request, keep=True)`` brings that page back with what
was chosen.
"""

import time
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.middleware import HtmxDetails

from members.models import Member
from privacy.confirmation import CONFIRMED

KEPT_REQUEST = "kept_request"
# Whether the codes mailed for this session have ten digits (members.forms.MailsHere).
LONG_CODES = "long_codes"
# The name of its page is its name among allauth's ways to prove who one is.
CODE_BY_MAIL = "members:prove_by_code"


class MemberRequest(HttpRequest):
    user: Member
    htmx: HtmxDetails


def signed_in(request: HttpRequest) -> Member:
    """The person behind a request that only somebody signed in can make, such as every one in the staff's room."""
    if not isinstance(request.user, Member):
        raise PermissionDenied
    return request.user


def recently_authenticated(request: HttpRequest) -> bool:
    """Whether the person proved who they are within the last minutes (ACCOUNT_REAUTHENTICATION_TIMEOUT)."""
    if not request.user.is_authenticated:
        return False
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def here(request: HttpRequest, address: str) -> str:
    """The key under which tries for an address are counted: of this visitor alone, so that nobody uses up another's."""
    return f"{get_ip(request)} {address.lower()}"


def proves_by_mail_alone(member: Member) -> bool:
    """Whether the person has neither a password nor a second factor: a code by mail is all they can show."""
    return [method["id"] for method in get_adapter().get_reauthentication_methods(member)] == [CODE_BY_MAIL]


def reauthenticate(request: HttpRequest, *, keep: bool = False) -> HttpResponse:
    """Lead the person to prove who they are, and back to this page; what was asked for is not done yet.

    ``keep``: what was sent is sent again afterwards (``members.middleware.KeptRequestMiddleware``), without the
    “yes” of a confirmation page. Only for what changes nothing without that.
    """
    methods = {method["id"]: method["url"] for method in get_adapter().get_reauthentication_methods(request.user)}
    # The second factor is the stronger proof where there is one, and the code page works without JavaScript.
    order = ("mfa_reauthenticate", "mfa_reauthenticate:webauthn", "reauthenticate", CODE_BY_MAIL)
    address = next(methods[name] for name in order if name in methods)
    path = request.get_full_path()
    if keep and request.method == "POST":
        posted = request.POST.copy()
        for name in (CONFIRMED, "csrfmiddlewaretoken"):
            posted.pop(name, None)
        request.session[KEPT_REQUEST] = {"path": path, "posted": posted.urlencode(), "of": request.user.pk}
        messages.info(request, "Please confirm that it is you. Then you come back to what you were doing.")
    else:
        messages.info(request, "Please confirm that it is you. Then do it again: nothing has been done yet.")
    return HttpResponseRedirect(f"{address}?{urlencode({REDIRECT_FIELD_NAME: path})}")


def was_kept(request: HttpRequest) -> bool:
    """Whether this was sent before the person proved who they are, and comes again: show it, do not do it."""
    return getattr(request, "was_kept", False)


def used_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened, or confirmed since, with a second factor or a passkey."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))
