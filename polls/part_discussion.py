"""The discussion in the room: what is on, who may speak, who speaks and who waits, and comments sent in writing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from meetings.models import Meeting
from notices.qr import qr
from polls.agenda import item_by_clock, standing
from polls.enums import OnScreen
from polls.part import Part
from polls.rules import room_is_open


def _version(meeting: int) -> str:
    """The room's own version, and the item on the agenda: by the clock that changes with no row. Two queries."""
    row, now = Meeting.objects.select_related("room").get(pk=meeting), timezone.now()
    room = getattr(row, "room", None)
    item = room.item_id if room and room.item_id else item_by_clock(row, row.agenda_items.all(), now)
    return f"{room.version if room else 0}.{getattr(item, 'pk', item)}.{room_is_open(row, now)}.{row.is_over(now)}"


def _context(meeting: Meeting) -> dict[str, Any]:
    now = timezone.now()
    stands = standing(meeting, now)
    by_itself = stands.on_screen == OnScreen.BY_ITSELF
    is_talked = stands.is_open_discussion or stands.speaker is not None or bool(stands.waiting)
    return {
        "stands": stands,
        "room_open": room_is_open(meeting, now),
        "is_over": meeting.is_over(now),
        # On the projector an open poll stands always; beside it one thing, the one that was chosen or that is going on.
        "shows_by_itself": by_itself and not is_talked,
        "shows_speakers": stands.on_screen == OnScreen.SPEAKERS or (by_itself and is_talked),
        "shows_questions": stands.on_screen == OnScreen.QUESTIONS,
        "shows_results": stands.on_screen == OnScreen.RESULTS,
        "shows_welcome": stands.on_screen == OnScreen.WELCOME,
        "room_qr": _qr("polls:live", meeting),
        "speak_qr": _qr("polls:speak", meeting),
        "questions_qr": _qr("polls:questions", meeting),
    }


def _qr(name: str, meeting: Meeting) -> str:
    return qr(settings.PUBLIC_URL + reverse(name, args=[meeting.slug]))


def _says(context: dict[str, Any]) -> list[str]:
    stands = context["stands"]
    said = []
    if stands.item:
        title = stands.item.title
        said.append(f"On now: {title}{'' if title[-1] in '.!?…' else '.'}")
    if stands.is_open_discussion:
        said.append("Open discussion: everybody may speak.")
    if stands.speaker:
        said.append(f"{stands.speaker.name} speaks.")
    return said


DISCUSSION = Part("discussion", _version, _context, _says)
