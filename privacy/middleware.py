"""Pages about a person stay out of every cache."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers


class PrivatePagesMiddleware:
    """Whatever a signed-in person is shown is theirs alone: no proxy and no "back" on a shared computer keeps it.

    A visitor's pages are not touched: asking who they are would start a session, and with it a cookie.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Asked before the view as well: leaving the portal is still a page about the person who left.
        was_known = self._is_known(request)
        response = self.get_response(request)
        if was_known or self._is_known(request):
            response.headers["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ("Cookie",))
        return response

    def _is_known(self, request: HttpRequest) -> bool:
        return bool(request.session.session_key) and request.user.is_authenticated
