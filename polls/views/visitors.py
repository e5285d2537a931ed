"""Who stands in the room: a member by account, anybody else by a random text that their browser keeps."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from allauth.core import ratelimit

from cop_portal.errors import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest

    from members.models import Member

# Not the name that a guest answers polls by (views/answers.py): what somebody said leads to no ballot.
DEVICE = "room_device"


def member_of(request: HttpRequest) -> Member | None:
    return request.user if request.user.is_authenticated else None


def person_of(request: HttpRequest) -> Member | str:
    """Whoever asks; an empty text for a visitor who has sent nothing yet. Sets no cookie."""
    return member_of(request) or str(request.session.get(DEVICE, ""))


def person_who_sends(request: HttpRequest) -> Member | str:
    """Whoever sends something: from here on a visitor's browser keeps a text of its own, until it is closed."""
    return member_of(request) or str(request.session.setdefault(DEVICE, secrets.token_urlsafe(24)))


def check_rate(request: HttpRequest) -> None:
    """A whole room may stand behind one connection: the limit is wide, and is there for machines. Refuses: ``too_fast``."""
    if not ratelimit.consume(request, action="room_word"):
        raise Refused(
            "Very much came from this connection just now. Please try again in a few minutes.", code="too_fast"
        )
