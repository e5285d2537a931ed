"""How long somebody stays signed in: until nothing was done for a while, and never longer than the absolute limit.

The cookie ends with the browser; these limits are for the browser that is never closed, and for the cookie that was
stolen. Staff have shorter ones (STAFF_SESSION, MEMBER_SESSION in the settings). Both are kept by the server.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from allauth.usersessions.models import UserSession
from django.conf import settings

from members.apps import SESSION_BEGAN, SESSION_USED
from members.rules import why_session_ended

if TYPE_CHECKING:
    from datetime import timedelta

    from django.http import HttpRequest

    from members.models import Member

# What is noted of every use would be written at every request; a thirtieth of the limit is exact enough.
STEPS = 30
UNITS = [("day", 24 * 60), ("hour", 60), ("minute", 1)]


def ended(request: HttpRequest, member: Member) -> str:
    """Why this session has ended (``idle``, ``absolute``), or nothing while it goes on.

    One without times is from before they were kept, and has ended too.
    """
    idle, absolute = limits(member)
    began = request.session.get(SESSION_BEGAN, 0)
    used = request.session.get(SESSION_USED, 0)
    return why_session_ended(began=began, used=used, idle=idle, absolute=absolute, now=time.time())


def note_use(request: HttpRequest, member: Member) -> None:
    """The person did something. What a page asks for by itself, such as a live result, does not count."""
    if request.method == "GET" and request.headers.get("HX-Request"):
        return
    now, idle = int(time.time()), limits(member)[0]
    if now - request.session[SESSION_USED] >= idle.total_seconds() / STEPS:
        request.session[SESSION_USED] = now


def limits(member: Member) -> tuple[timedelta, timedelta]:
    """Idle and absolute."""
    limit: tuple[timedelta, timedelta] = settings.STAFF_SESSION if member.is_staff else settings.MEMBER_SESSION
    return limit


def in_words(span: timedelta) -> str:
    """A limit as people say it: “30 minutes”, “8 hours”, “14 days”."""
    minutes = int(span.total_seconds() // 60)
    unit, size = next((unit, size) for unit, size in UNITS if minutes % size == 0)
    count = minutes // size
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def end_all(member: Member) -> int:
    """End every session of a person, wherever they are signed in. Returns how many there were.

    allauth keeps a row of each; a session that ended by itself may still have one.
    """
    sessions = list(UserSession.objects.filter(user=member))
    for session in sessions:
        session.end()
    return len(sessions)
