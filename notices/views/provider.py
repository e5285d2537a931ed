"""What the mail provider tells us, and what a person does whose mail comes back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from cop_portal.errors import Refused
from notices import actions
from notices.provider import Forged, understand

if TYPE_CHECKING:
    from members.http import MemberRequest

log = logging.getLogger(__name__)


@csrf_exempt  # the provider signs what it says
@require_http_methods(["GET", "HEAD", "POST"])  # some ask first whether anybody is there
def mail_events(request: HttpRequest) -> HttpResponse:
    """The provider says what became of our messages. Where none is configured, there is no such page."""
    if not settings.MAIL_PROVIDER:
        raise Http404
    if request.method != "POST":  # how some of them ask whether anybody is here
        return HttpResponse()
    try:
        events = understand(request)
    except Forged as error:
        log.warning("Somebody said that they were the mail provider (%s).", error)
        return HttpResponse(status=403)
    for said in events:
        actions.hear(said, now=timezone.now())
    return HttpResponse()


@login_required
@require_POST
def try_address(request: MemberRequest) -> HttpResponse:
    """My address works again: write to it."""
    try:
        actions.try_address_again(request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Thank you. From now on we write to your address again.")
    return redirect("my_cop")
