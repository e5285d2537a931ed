"""Codes sent by mail and typed in the same browser: good for ten minutes and three tries, kept in the session."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from members.http import MemberRequest

TRIES = 3


def remember(request: MemberRequest, key: str, codes: dict[str, str], **facts: str) -> None:
    """``key``: what the codes are for. ``codes``: each by the name of the field into which it is typed."""
    request.session[key] = {"old": request.user.email, "codes": codes, "at": time.time(), "tries": 0} | facts


def under_way(request: MemberRequest, key: str) -> dict[str, Any] | None:
    """What waits for its codes, or None: nothing was begun, it is too old, or too many codes were wrong."""
    state: dict[str, Any] | None = request.session.get(key)
    if state is None:
        return None
    fresh = time.time() - state["at"] < settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT
    if fresh and state["tries"] < TRIES and state["old"] == request.user.email:
        return state
    end(request, key)
    return None


def wrong(request: MemberRequest, key: str, typed: dict[str, str]) -> list[str]:
    """The names of the codes that are not right. Any wrong one uses up a try."""
    state = request.session[key]
    names = [
        name
        for name, code in state["codes"].items()
        if not secrets.compare_digest(typed[name].strip().encode(), code.encode())
    ]
    if names:
        state["tries"] += 1
        request.session.modified = True
    return names


def end(request: MemberRequest, key: str) -> None:
    request.session.pop(key, None)
