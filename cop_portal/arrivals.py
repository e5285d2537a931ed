"""Who comes by an invitation link and joins is counted for the link: how many, never who.

The page the link leads to, and the page to join, carry its code in their address (``?via=``); there is no cookie before
somebody asks to join. From then until the address is confirmed it waits in the session that joining needs anyway.
"""

import re

from allauth.account import views as account_views
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from notices.actions import count_joining

VIA = "via"
_CODE = re.compile(r"[a-z0-9]{1,12}")
ONCE_SECONDS = 3600  # longer than a code to confirm is good for


def join_url(request: HttpRequest) -> str:
    """Where to join, with the link by which this page was reached, if it was."""
    code = _code(request)
    return reverse("account_signup") + (f"?{VIA}={code}" if code else "")


def _code(request: HttpRequest) -> str:
    code = request.GET.get(VIA, "")
    return code if _CODE.fullmatch(code) else ""


def join(request: HttpRequest) -> HttpResponse:
    """allauth's page. Once somebody asks to join, known address or not, it is kept by which link they came."""
    is_visitor = request.user.is_anonymous
    answer: HttpResponse = account_views.signup(request)
    if request.method == "POST" and is_visitor and answer.status_code == 302:
        request.session.pop(VIA, None)
        if code := _code(request):
            request.session[VIA] = code
    return answer


def confirm(request: HttpRequest) -> HttpResponse:
    """allauth's page. Whoever typed the code that was mailed has joined, and is counted for their link, once."""
    code = request.session.get(VIA) if request.user.is_anonymous else None
    answer: HttpResponse = account_views.email_verification_sent(request)
    if code and request.user.is_authenticated:
        request.session.pop(VIA, None)
        # Two requests of a double click can both be right: only one of them sets the mark.
        if cache.add(f"joined:{request.user.pk}", 1, ONCE_SECONDS):
            count_joining(code, today=timezone.localdate())
    return answer
