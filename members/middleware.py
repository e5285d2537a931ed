"""Sessions end when they should, and nobody enters the staff's room with a password alone."""

import re
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh

from members import sessions
from members.http import KEPT_REQUEST, reauthenticate, recently_authenticated, used_second_factor
from privacy.confirmation import send_again

SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]

WHY_ENDED = {
    "idle": "You were signed out because nothing was done here for a while.",
    "absolute": "You were signed out because you signed in a long time ago.",
}
# Fields of a form that are not what somebody typed.
OF_THE_MACHINE = re.compile(r"csrfmiddlewaretoken|_.*|action|.*password.*|.*_FORMS|.*-id")


class SessionLimitsMiddleware:
    """A session ends when it was idle too long, or is too old; what was being sent is shown, so that it is not lost.

    Who only looks goes on as a visitor, to the sign-in where a page needs one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.session.session_key or not request.user.is_authenticated:
            return self.get_response(request)
        why = sessions.ended(request, request.user)
        if not why:
            sessions.note_use(request, request.user)
            return self.get_response(request)
        logout(request)
        if request.headers.get("HX-Request"):
            messages.info(request, WHY_ENDED[why])
            return HttpResponseClientRefresh()
        if request.method == "POST" and not request.path.startswith("/accounts/"):
            context = {"why": WHY_ENDED[why], "typed": _typed(request), "files": list(request.FILES)}
            return render(request, "members/session_ended.html", context, status=403)
        messages.info(request, WHY_ENDED[why])
        return self.get_response(request)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What somebody typed or chose, by field, in readable words."""
    return [
        (name.replace("_", " ").replace("-", " "), value)
        for name, values in request.POST.lists()
        for value in values
        if value.strip() and not OF_THE_MACHINE.fullmatch(name)
    ]


class StaffSecondFactorMiddleware:
    """No admin address answers staff who have no second factor, or who have not used it in this session.

    allauth asks for an enrolled factor at every sign-in (password or code; a passkey is one), and the admin has no
    sign-in of its own. What is left is the session that was open before: somebody without a factor is led to set one
    up, and then, like every session that has not shown it yet, to prove it once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._is_of_staff_alone(request.path) and self._is_staff(request):
            if not is_mfa_enabled(request.user, SECOND_FACTORS):
                messages.warning(request, "The staff's room needs a second factor: an authenticator app or a key.")
                return redirect("mfa_index")
            if not used_second_factor(request):
                return reauthenticate(request)
        return self.get_response(request)

    def _is_of_staff_alone(self, path: str) -> bool:
        """The staff's room, and the console of a meeting, where staff do by their right what is done in that room."""
        return path.startswith(reverse("admin:index")) or "/console/" in path

    def _is_staff(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.is_staff


class InvalidFormMiddleware:
    """allauth answers a form that cannot be taken with 200; the house says 422, on its pages as on all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        if request.method == "POST" and response.status_code == 200 and request.path.startswith("/accounts/"):
            form = (response.context_data or {}).get("form")
            if form is not None and form.errors:
                response.status_code = 422
        return response


class KeptRequestMiddleware:
    """Who came back from proving who they are finds the page that asks, with what they had chosen.

    What had been sent (``reauthenticate(request, keep=True)``) is sent again: it came from them with its CSRF token,
    and lies in their own session. It carries no “yes”.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and request.session.session_key and KEPT_REQUEST in request.session:
            kept = request.session[KEPT_REQUEST]
            if kept["path"] == request.get_full_path():
                del request.session[KEPT_REQUEST]
                if request.user.pk == kept["of"] and recently_authenticated(request):
                    send_again(request, kept["posted"])
                    request.was_kept = True  # type: ignore[attr-defined]
        return self.get_response(request)
