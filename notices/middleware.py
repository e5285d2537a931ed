"""What stands in the frame beside a form when what it would show cannot."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

FRAMES = {"notices_notice_preview-writing", "notices_rfp_look"}
SHOWN_IN_FRAME = (200, 405)
# The link to the sign-in opens a tab of its own; nothing else runs or loads.
IN_FRAME = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'self'; frame-ancestors 'self'"
)


class PreviewFrameMiddleware:
    """No sign-in and no refusal may be framed: the browser would put an error of its own there.

    A sentence says instead what to do, and that nothing is lost.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "POST" or response.status_code in SHOWN_IN_FRAME or not _is_framed(request.path_info):
            return response
        page = render(request, "admin/notices/notice/not_shown.html", status=403)
        page["Content-Security-Policy"], page["X-Frame-Options"] = IN_FRAME, "SAMEORIGIN"
        page["Cache-Control"] = "no-store"
        return page


def _is_framed(path: str) -> bool:
    try:
        return resolve(path).url_name in FRAMES
    except Resolver404:
        return False
