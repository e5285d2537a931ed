"""Where a running meeting stands: what is on, who speaks, what was commented and asked. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from polls.enums import OnScreen
from polls.models import Room

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from meetings.models import AgendaItem, Meeting
    from polls.models import Comment, Question, SpeakerRequest

QUESTIONS_SHOWN, COMMENTS_SHOWN, WAITING_SHOWN = 5, 10, 8


@dataclass(frozen=True)
class Standing:
    """The room as everybody may see it."""

    items: list[AgendaItem]  # the agenda, with times in words
    item: AgendaItem | None  # what is on now
    by_clock: bool  # nobody has said what is on: the agenda's times do
    next_open: AgendaItem | None  # the open discussion still to come
    on_screen: str
    version: int
    speaker: SpeakerRequest | None
    waiting: list[SpeakerRequest]
    comments: list[Comment]
    questions: list[Question]
    questions_asked: int

    @property
    def is_open_discussion(self) -> bool:
        return self.item is not None and self.item.is_open_discussion

    @property
    def next_item(self) -> AgendaItem | None:
        """What the agenda has after the item on now; its first while none is."""
        place = self.items.index(self.item) if self.item in self.items else -1
        return next(iter(self.items[place + 1 :]), None)

    @property
    def waiting_shown(self) -> list[SpeakerRequest]:
        return self.waiting[:WAITING_SHOWN]

    @property
    def waiting_more(self) -> int:
        return max(len(self.waiting) - WAITING_SHOWN, 0)


def named_item(meeting: Meeting) -> AgendaItem | None:
    """What those who run the meeting have said is on; None while the agenda goes by the clock."""
    room = Room.objects.filter(meeting=meeting).select_related("item").first()
    return room.item if room else None


def item_on_now(meeting: Meeting, now: datetime) -> AgendaItem | None:
    """The item that those who run the meeting have named; else the one whose time it is by the clock; else None."""
    room = Room.objects.filter(meeting=meeting).first()
    return _on_now(meeting, list(meeting.agenda_items.all()), room, now)


def standing(meeting: Meeting, now: datetime) -> Standing:
    """What the phone, the screen and the console all say. A handful of queries, however many people are in the room."""
    room = Room.objects.filter(meeting=meeting).first()
    items = meeting.timed_agenda()
    item = _on_now(meeting, items, room, now)
    place = items.index(item) if item in items else -1
    speakers: list[Any] = list(meeting.speaker_requests.standing().order_by("asked_at", "pk"))
    questions: list[Any] = list(meeting.questions.shown().with_votes())
    return Standing(
        items=items,
        item=item,
        by_clock=room is None or room.item_id is None,
        next_open=next((later for later in items[place + 1 :] if later.is_open_discussion), None),
        on_screen=room.on_screen if room else OnScreen.BY_ITSELF,
        version=room.version if room else 0,
        speaker=next((row for row in speakers if row.state == "speaking"), None),
        waiting=[row for row in speakers if row.state == "waiting"],
        comments=list(meeting.comments.shown().order_by("-sent_at", "-pk")[:COMMENTS_SHOWN]),
        questions=[row for row in questions if row.state == "open"][:QUESTIONS_SHOWN],
        questions_asked=len(questions),
    )


def item_by_clock(meeting: Meeting, items: Iterable[AgendaItem], now: datetime) -> AgendaItem | None:
    """The item whose time it is: each starts where the one before it ends. One that was carried on takes none."""
    begins_at = meeting.starts_at
    for item in items:
        ends_at = begins_at + timedelta(minutes=item.minutes if item.takes_time else 0)
        if begins_at <= now < ends_at:
            return item
        begins_at = ends_at
    return None


def _on_now(meeting: Meeting, items: list[AgendaItem], room: Room | None, now: datetime) -> AgendaItem | None:
    if room is not None and room.item_id is not None:
        return next((item for item in items if item.pk == room.item_id), None)
    return item_by_clock(meeting, items, now)
