"""Pages about a person stay out of every cache, and pages that ask before an admin action have an address."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from privacy.confirmation import ANSWERED, ASKED, is_confirmed, send_again


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


class QuestionsMiddleware:
    """Whoever was asked (``privacy.confirmation``) finds the page at its address in the same session, until it is answered.

    What was chosen is sent again for it, without a “yes”. Once an answer is through, a later click, or one after “back”,
    is told so, and does nothing more. Two at the very same moment are the action's own to refuse.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if ASKED not in request.GET or not request.path.startswith(reverse("admin:index")):
            return self.get_response(request)
        if not request.session.session_key:
            return self.get_response(request)
        name = self._take_name(request)
        kept = request.session.get(ASKED, {}).get(name)
        if kept is not None and kept["path"] == request.path:
            if kept["posted"] == ANSWERED:
                return self._to_list(request, "This was answered already. Nothing more was done.")
            request.asked = name  # type: ignore[attr-defined]
            if request.method == "GET":
                send_again(request, kept["posted"])
            return self._answered(request, name, self.get_response(request))
        if request.method == "GET":
            return self._to_list(
                request, "This page is not kept any more. If you had not answered it, nothing was done: choose again."
            )
        return self.get_response(request)  # the page carries what was chosen

    def _take_name(self, request: HttpRequest) -> str:
        """Out of the address: the list takes it for a filter, and leads back to the address without it."""
        asked = request.GET.copy()
        name = str(asked.pop(ASKED)[-1])
        request.GET, request.META["QUERY_STRING"] = asked, asked.urlencode()  # type: ignore[assignment]
        return name

    def _to_list(self, request: HttpRequest, words: str) -> HttpResponse:
        messages.info(request, words)
        return HttpResponseRedirect(request.get_full_path())

    def _answered(self, request: HttpRequest, name: str, response: HttpResponse) -> HttpResponse:
        """An action that is through leads back to the list; one that is not shows its page, or leads elsewhere first."""
        is_through = is_confirmed(request) and response.headers.get("Location") == request.get_full_path()
        # Whoever ended their own sessions has none to write to.
        if is_through and request.session.exists(request.session.session_key or ""):
            request.session[ASKED][name]["posted"] = ANSWERED
            request.session.modified = True
        return response
