"""What every request passes on its way in and out, whichever app answers it."""

import logging
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect
from redis.exceptions import RedisError

from cop_portal.consent import LATER, ask_for_consent, keep
from members.http import MemberRequest
from privacy.models import ConsentNotice

logger = logging.getLogger(__name__)

# A person's own pages. Public ones stay open to members too, and so does whatever ends something.
OWN_PAGES = ("/me/", "/stipends/")
STAYS_OPEN = {
    "consent", "consent_later", "my_data", "my_data_download", "my_data_file", "my_data_accuracy", "my_data_access",
    "my_data_withdraw", "my_data_close", "my_data_closed", "notices:my_preferences",
    "stipends:leave", "stipends:withdraw", "meetings:workgroup_leave",
}  # fmt: skip
STAYS_OPEN_UNDER = ("/accounts/", "/admin/", "/notices/")


class ConsentMiddleware:
    """Nothing is kept about a signed-in person who has not agreed to the consent notice in force.

    A new version asks at the next visit: their own pages lead to it, and whatever is sent to any other address is held
    back, and offered again after they agreed. Open stay signing out, the data page and what ends something; the
    staff's room (other people's data is the work there); a visitor's pages, and reading the public ones.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """After Django's check that a form is the portal's own, and before the view."""
        asked = self._asked(request)
        if asked is None:
            return None
        here = request.get_full_path()
        if getattr(request, "htmx", False):
            words = "What you were sending is not saved. Please read this first; then go back and send it again."
            messages.warning(request, words)
            return HttpResponseClientRedirect(reverse("consent"))
        if request.method in ("GET", "HEAD"):
            return redirect(f"{reverse('consent')}?{urlencode({'next': here})}")
        return ask_for_consent(cast(MemberRequest, request), asked, target=here, kept=keep(request.POST), status=409)

    def _asked(self, request: HttpRequest) -> ConsentNotice | None:
        if self._stays_open(request) or not request.session.session_key or not request.user.is_authenticated:
            return None
        later = request.session.get(LATER, [])
        asked: ConsentNotice | None = ConsentNotice.objects.unanswered_by(request.user).exclude(pk__in=later).first()
        return asked

    def _stays_open(self, request: HttpRequest) -> bool:
        match = request.resolver_match
        if request.path.startswith(STAYS_OPEN_UNDER) or (match and match.view_name in STAYS_OPEN):
            return True
        return request.method in ("GET", "HEAD", "OPTIONS") and not request.path.startswith(OWN_PAGES)


class NoZeroBytesMiddleware:
    """An address or cookie with a zero byte in it is no request of a person's: 400, before anything reads it.

    PostgreSQL takes none in a text. Boxes of a form say so themselves, and keep what was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = [request.path_info, *request.COOKIES.values()]
        if "%00" in request.META.get("QUERY_STRING", "") or any("\0" in part for part in asked):
            raise BadRequest("A zero byte in the address or a cookie")
        return self.get_response(request)


class FormAddressMiddleware:
    """A page instead of a blank window for somebody who opens the address that a button sends to.

    It happens to people: the sign-in ran out before they pressed the button, and signing in leads back to its address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or request.method != "GET" or not request.accepts("text/html"):
            return response
        page = render(request, "405.html", status=405)
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page


class NoCacheMiddleware:
    """While the shared cache is down, whatever counts tries is refused with a sentence: a limit never fails open.

    That is signing in, joining, recovery, subscribing and a guest's answer; everything else goes on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, RedisError):
            return None
        logger.error("The shared cache is down: %s was refused", request.path)
        page = render(request, "503.html", {"closed_for_safety": True}, status=503)
        page.headers["Retry-After"] = "60"
        return page


# What PostgreSQL calls it when somebody else holds the row for too long: lock_not_available (after lock_timeout),
# deadlock_detected, query_canceled (after statement_timeout). SQLite has words instead.
BUSY = frozenset({"55P03", "40P01", "57014"})


class BusyMiddleware:
    """A page that asks to try again, where the database waited in vain for somebody else's work on the same rows.

    It stands at the roof, because any action of any app can meet it. The transaction is undone as a whole by then, so
    sending the same form once more is safe; everything that may happen once only is told apart by its own constraint.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """503 with what to do; every other error goes its way."""
        if not isinstance(exception, OperationalError):
            return None
        cause = exception.__cause__ or exception
        if getattr(cause, "sqlstate", "") not in BUSY and "is locked" not in str(cause):
            return None
        logger.warning("Somebody waited too long for rows that others hold: %s", request.method)
        page = render(request, "503.html", status=503)
        page.headers["Retry-After"] = "5"
        return page
