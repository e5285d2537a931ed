"""Links that let somebody answer without signing in. They hold row numbers under a signature, never a name."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing
from django.urls import reverse

if TYPE_CHECKING:
    from meetings.models import GuestAnswer, Meeting, Rsvp
    from members.models import Member

_SALT = "meetings.answer"
# No 0/O, 1/I/L: codes are read out in a room and typed on phones.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def new_code(length: int = 6) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_token() -> str:
    return secrets.token_urlsafe(32)


def member_answer_url(meeting: Meeting, member: Member) -> str:
    return _answer_url(meeting, {"m": meeting.pk, "p": member.pk})


def answer_url(rsvp: Rsvp) -> str:
    """The page where this person changes the answer. It works as long as answers are taken."""
    if rsvp.member_id:
        return _answer_url(rsvp.meeting, {"m": rsvp.meeting_id, "p": rsvp.member_id})
    return _answer_url(rsvp.meeting, {"m": rsvp.meeting_id, "r": rsvp.pk})


def read_answer(token: str, meeting: Meeting) -> tuple[int | None, int | None] | None:
    """(member's number, guest's rsvp number), one of them; None where the link is not ours or of another meeting."""
    try:
        data = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    if not isinstance(data, dict) or data.get("m") != meeting.pk:
        return None
    return data.get("p"), data.get("r")


def guest_confirm_url(answer: GuestAnswer) -> str:
    path = reverse("meetings:guest_confirm", args=[answer.meeting.slug, answer.token])
    return f"{settings.PUBLIC_URL}{path}"


def _answer_url(meeting: Meeting, data: dict[str, int]) -> str:
    token = signing.dumps(data, salt=_SALT)
    return settings.PUBLIC_URL + reverse("meetings:answer_by_link", args=[meeting.slug, token])
