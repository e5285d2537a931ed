"""Polls that stand ready: the category poll of every meeting, and saved questions, some of them at every meeting too."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from cop_portal.errors import Refused
from meetings.models import Meeting
from polls.actions.polls import prepare_category_poll, prepare_poll, worded, write_draft_anew
from polls.enums import PollKind, PollState
from polls.models import OtherText, Poll, Receipt, SavedQuestion

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.querysets import MeetingQuerySet
    from members.models import Member

logger = logging.getLogger(__name__)
RECEIPTS_LAST = timedelta(days=2)


def prepare_category_polls(*, now: datetime) -> int:
    """Give every published meeting that is not over its category poll; how many were prepared.

    Each in a transaction of its own. Where it is refused (fewer than two categories are in force that day) the meeting
    has none, and staff are told why when they prepare it themselves.
    """
    done = 0
    for meeting in _to_prepare(now).exclude(polls__kind=PollKind.CATEGORIES):
        try:
            prepare_category_poll(meeting, by=None, now=now)
        except Refused as refusal:
            logger.warning("No category poll for meeting %s: %s", meeting.pk, refusal.code)
        else:
            done += 1
    return done


def prepare_standing(*, now: datetime) -> int:
    """Give every published meeting that is not over each question that stands ready at every meeting; how many.

    Once each: a meeting that has or had it is left as it is. Where a question is refused (its answers do not fit), no
    meeting has it, and staff are told why when they prepare it themselves.
    """
    done = 0
    for saved in SavedQuestion.objects.standing():
        for meeting in _to_prepare(now).exclude(polls__saved=saved):
            try:
                done += _prepare_once(meeting, saved, now)
            except Refused as refusal:
                logger.warning(
                    "Saved question %s is not prepared for meeting %s: %s", saved.pk, meeting.pk, refusal.code
                )
    return done


@transaction.atomic
def _prepare_once(meeting: Meeting, saved: SavedQuestion, now: datetime) -> bool:
    """Two workers at one time: the second waits here, and finds it prepared."""
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if meeting.polls.filter(saved=saved).exists():
        return False
    prepare_saved(meeting, saved, by=None, now=now)
    return True


def _to_prepare(now: datetime) -> MeetingQuerySet:
    found: MeetingQuerySet = Meeting.objects.upcoming(now).filter(state="published", is_historical=False)
    return found


def forget_receipts(*, now: datetime) -> int:
    """Take away the receipts of polls that closed two days ago: no phone sends its form again that late."""
    return Receipt.objects.filter(poll__closed_at__lt=now - RECEIPTS_LAST).delete()[0]


def prepare_saved(meeting: Meeting, saved: SavedQuestion, *, by: Member | None, now: datetime) -> Poll:
    """A draft from a saved question. Refuses what ``prepare_poll`` does."""
    return prepare_poll(meeting, **words_of_saved(saved), saved=saved, by=by, now=now)


def words_of_saved(saved: SavedQuestion) -> dict[str, Any]:
    """What ``prepare_poll`` and ``worded`` are told of a saved question."""
    labels = [line.strip()[:120] for line in saved.labels.splitlines() if line.strip()]
    return {
        "kind": saved.kind, "question": saved.question, "labels": labels, "minimum": saved.minimum,
        "maximum": saved.maximum, "has_other": saved.has_other,
    }  # fmt: skip


@transaction.atomic
def reword_drafts(saved: SavedQuestion, *, by: Member, now: datetime) -> int:
    """Put a saved question's new words into the polls that stand ready with its old ones; how many. Refuses as ``worded``."""
    asked, waiting = worded(**words_of_saved(saved)), saved.polls.filter(state=PollState.DRAFT)
    drafts = waiting.select_for_update()  # one that somebody opens at this moment keeps its words
    return len([write_draft_anew(poll, asked, by=by, now=now) for poll in drafts])


@transaction.atomic
def save_question(poll: Poll) -> SavedQuestion:
    """Keep the question of a poll, to use it again; this poll is the first of those that ask it.

    Refuses: ``is_category_kind``, ``saved_already``.
    """
    if poll.kind == PollKind.CATEGORIES:
        raise Refused("The category poll stands ready for every meeting anyway.", code="is_category_kind")
    if SavedQuestion.objects.filter(question=poll.question).exists():
        raise Refused("A question of these words is saved already.", code="saved_already")
    options = list(poll.options.all())
    saved: SavedQuestion = SavedQuestion.objects.create(
        question=poll.question,
        kind=poll.kind,
        labels="\n".join(option.label for option in options if not option.is_other),
        minimum=poll.minimum,
        maximum=poll.maximum,
        has_other=any(option.is_other for option in options),
    )
    Poll.objects.filter(pk=poll.pk).update(saved=saved)
    return saved


@transaction.atomic
def decide_text(text: OtherText, *, state: str, by: Member, now: datetime) -> OtherText:
    """Show what somebody wrote beside "other", or do not; it can be decided anew. Refuses: ``poll_open``."""
    poll = Poll.objects.select_for_update().get(pk=text.poll_id)
    if poll.state == PollState.OPEN:
        raise Refused("The poll is open: its texts are still their writers’ to change.", code="poll_open")
    text.state, text.decided_by, text.decided_at = state, by, now
    text.save(update_fields=["state", "decided_by", "decided_at"])
    # Whoever watches the room sees it.
    Poll.objects.filter(pk=poll.pk).update(version=poll.version + 1)
    return text
