"""Nobody enters the staff's room with a password alone."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from members.http import reauthenticate, used_second_factor

SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


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
