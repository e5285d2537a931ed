"""The room: where the meeting stands, who speaks, and the comments sent in writing.

Every change that the room can see moves ``Room.version`` on: the pages that watch ask for that number alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from cop_portal.errors import Refused
from meetings.models import AgendaItem, Meeting
from members.models import Member
from polls.agenda import item_on_now
from polls.enums import COMMENT_NEXT, SPEAKER_NEXT, CommentState, OnScreen, SpeakerState
from polls.models import Comment, Room, SpeakerRequest
from polls.person_key import person_key
from polls.rules import may_give_input, room_is_open

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

COMMENTS_EACH = 10


@transaction.atomic
def go_to_item(meeting: Meeting, *, item: AgendaItem | None, now: datetime) -> Room:
    """Say what is on now; None goes by the clock again. Who waits to speak at an item that allowed it stays in the queue.

    Refuses: ``not_running``, ``foreign_item``.
    """
    _check_running(meeting, now)
    if item is not None and item.meeting_id != meeting.pk:
        raise Refused("This item is not on the agenda of this meeting.", code="foreign_item")
    room = lock_room(meeting)
    room.item, room.since = item, now if item is not None else None
    return _moved(room, "item", "since")


@transaction.atomic
def put_on_screen(meeting: Meeting, *, what: str) -> Room:
    """Choose what the projector shows. Refuses nothing."""
    room = lock_room(meeting)
    room.on_screen = OnScreen(what)
    return _moved(room, "on_screen")


@transaction.atomic
def ask_to_speak(meeting: Meeting, *, person: Member | str, name: str, now: datetime) -> SpeakerRequest:
    """Put somebody at the end of the queue, under the name they give; who is in it already stays where they are.

    ``person``: a member, or the random text of a guest's device. Refuses: ``not_running``, ``not_your_turn`` (no open
    discussion, and the person's level gives input only then), ``no_name``.
    """
    item = _check_input(meeting, person, now)
    name = _named(name)
    key = person_key(meeting.pk, person)
    standing = meeting.speaker_requests.standing().filter(person_key=key).first()
    if standing is not None:
        return standing
    row = SpeakerRequest(meeting=meeting, item=item, name=name, person_key=key, asked_at=now, changed_at=now)
    # Two taps at once: the constraint lets one row in, and both get it.
    SpeakerRequest.objects.bulk_create([row], ignore_conflicts=True)
    touch(meeting)
    return meeting.speaker_requests.standing().get(person_key=key)


@transaction.atomic
def withdraw_request(meeting: Meeting, *, person: Member | str, now: datetime) -> bool:
    """Take somebody out of the queue at their own wish. Out: were they waiting? Twice is once. Refuses nothing."""
    waiting = meeting.speaker_requests.waiting().filter(person_key=person_key(meeting.pk, person))
    gone = bool(waiting.order_by().update(state=SpeakerState.WITHDRAWN, changed_at=now))
    if gone:
        touch(meeting)
    return gone


@transaction.atomic
def call_speaker(request: SpeakerRequest, *, now: datetime) -> SpeakerRequest:
    """Give somebody the word; whoever had it has spoken. Refuses: ``not_next`` (they are not waiting any more)."""
    lock_room(request.meeting)
    row = SpeakerRequest.objects.select_related("meeting").get(pk=request.pk)
    if row.state == SpeakerState.SPEAKING:
        return row
    _check_speaker(row, SpeakerState.SPEAKING)
    end_speaking(row.meeting, now=now)
    return _set_speaker(row, SpeakerState.SPEAKING, now)


@transaction.atomic
def end_speaking(meeting: Meeting, *, now: datetime) -> bool:
    """Whoever has the word has spoken. Out: did anybody have it? Twice is once. Refuses nothing."""
    ended = bool(meeting.speaker_requests.speaking().order_by().update(state=SpeakerState.SPOKEN, changed_at=now))
    if ended:
        touch(meeting)
    return ended


@transaction.atomic
def pass_over(request: SpeakerRequest, *, now: datetime) -> SpeakerRequest:
    """Take somebody out of the queue: not there, or at the wrong item. Refuses: ``not_next``."""
    lock_room(request.meeting)
    row = SpeakerRequest.objects.select_related("meeting").get(pk=request.pk)
    if row.state == SpeakerState.PASSED_OVER:
        return row
    _check_speaker(row, SpeakerState.PASSED_OVER)
    return _set_speaker(row, SpeakerState.PASSED_OVER, now)


@transaction.atomic
def send_comment(
    meeting: Meeting, *, person: Member | str, name: str, text: str, form_key: UUID, now: datetime
) -> Comment:
    """Keep a comment until those who run the meeting show it. The same form sent again is the same comment.

    Refuses: ``not_running``, ``not_your_turn``, ``no_name``, ``no_text``, ``too_many``.
    """
    item = _check_input(meeting, person, now)
    name, text = _named(name), text.strip()
    if not text:
        raise Refused("Write what you want to say.", code="no_text")
    key = person_key(meeting.pk, person)
    sent = meeting.comments.filter(person_key=key)
    if known := sent.filter(form_key=form_key).first():
        return known
    if sent.to_read().count() >= COMMENTS_EACH:
        raise Refused("Several of your comments are still to be read. Please wait until they are.", code="too_many")
    row = Comment(
        meeting=meeting, item=item, name=name, text=text, person_key=key, form_key=form_key, sent_at=now
    )  # fmt: skip
    Comment.objects.bulk_create([row], ignore_conflicts=True)
    touch(meeting)
    return sent.get(form_key=form_key)


@transaction.atomic
def decide_comment(comment: Comment, *, state: str, by: Member) -> Comment:
    """Show a comment to everybody, or do not; who decided is kept with it. Refuses: ``not_next``."""
    row = Comment.objects.select_for_update().get(pk=comment.pk)
    if row.state == state:
        return row
    if state not in COMMENT_NEXT[CommentState(row.state)]:
        raise Refused("This comment cannot become that.", code="not_next")
    row.state, row.decided_by = state, by
    row.save(update_fields=["state", "decided_by"])
    touch(row.meeting)
    return row


def lock_room(meeting: Meeting) -> Room:
    """The room's row, made on first use and held until the transaction ends."""
    Room.objects.bulk_create([Room(meeting=meeting)], ignore_conflicts=True)
    room: Room = Room.objects.select_for_update(of=("self",)).get(meeting=meeting)
    return room


def touch(meeting: Meeting) -> None:
    """Tell the pages that watch that something changed."""
    if not Room.objects.filter(meeting=meeting).update(version=F("version") + 1):
        _moved(lock_room(meeting))


def _moved(room: Room, *fields: str) -> Room:
    room.version += 1
    room.save(update_fields=["version", *fields])
    return room


def _check_running(meeting: Meeting, now: datetime) -> None:
    if not room_is_open(meeting, now):
        raise Refused(
            "The room is open from an hour before the meeting until an hour after it.", code="not_running"
        )  # fmt: skip


def _check_input(meeting: Meeting, person: Member | str, now: datetime) -> AgendaItem | None:
    """What is on, if this person may say something to it."""
    _check_running(meeting, now)
    item = item_on_now(meeting, now)
    level, runs_it = None, False
    if isinstance(person, Member):
        level = person.level_on(meeting.held_on)
        runs_it = meeting.facilitators.filter(pk=person.pk).exists()
    if not may_give_input(item, level, is_facilitator=runs_it):
        raise Refused(
            "Input comes from full and specialty members now. Everybody may speak in the open discussion.",
            code="not_your_turn",
        )
    return item


def _named(name: str) -> str:
    name = " ".join(name.split())[:80]
    if not name:
        raise Refused("Say by what name you want to be called.", code="no_name")
    return name


def _check_speaker(row: SpeakerRequest, state: SpeakerState) -> None:
    if state not in SPEAKER_NEXT[SpeakerState(row.state)]:
        raise Refused(f"{row.name} is not waiting any more.", code="not_next")


def _set_speaker(row: SpeakerRequest, state: SpeakerState, now: datetime) -> SpeakerRequest:
    """One conditional UPDATE: somebody who withdrew at this very moment is not called."""
    if not SpeakerRequest.objects.filter(pk=row.pk, state=row.state).update(state=state, changed_at=now):
        raise Refused(f"{row.name} is not waiting any more.", code="not_next")
    row.state, row.changed_at = state, now
    touch(row.meeting)
    return row
