"""What happens to a poll: prepared, opened, closed, published, reset. One transaction each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from cop_portal.errors import Refused
from meetings.models import Meeting
from members.models import ParticipantCategory
from polls.actions.ballots import throw_away, write_anew
from polls.actions.tables import record_first
from polls.agenda import named_item
from polls.enums import WRITTEN, PollKind, PollState
from polls.models import Option, Poll, PollEvent
from polls.rules import may_follow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from members.models import Member
    from polls.models import SavedQuestion


# No 0 and O, no 1, I and L: a code is read from a wall and typed on a phone.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 6
CATEGORY_QUESTION = "Which categories describe you today?"
THUMBS = ("Thumbs up: I support it", "Thumbs sideways: I can live with it", "Thumbs down: I cannot support it")
OTHER = "Other"
SCALE = ("1, not at all", "2", "3", "4", "5, very much")


@transaction.atomic
def prepare_category_poll(meeting: Meeting, *, by: Member | None, now: datetime) -> Poll:
    """Give the meeting its category poll: the categories in force on its date, in order, several at once.

    ``by`` nobody: the portal prepares it by itself. Again on a draft: the options are made anew, so that a changed
    category arrives. Refuses: ``has_poll`` (it is past
    a draft), ``too_few_options`` (with one category the number of ballots would be its count), ``same_label``,
    ``meeting_cancelled``.
    """
    _check_meeting(meeting)
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    poll = meeting.polls.of_categories().first()
    if poll is not None and poll.state != PollState.DRAFT:
        raise Refused("This meeting has its category poll already.", code="has_poll")
    categories = list(ParticipantCategory.objects.in_force(meeting.held_on))
    if poll is None:
        _check_labels([category.label for category in categories])
        poll = _new_poll(meeting, kind=PollKind.CATEGORIES, question=CATEGORY_QUESTION, minimum=1, maximum=0)
    _offer(poll, categories)
    _note(poll, by=by, now=now)
    return poll


@transaction.atomic
def prepare_poll(
    meeting: Meeting,
    *,
    kind: str,
    question: str,
    labels: Sequence[str] = (),
    minimum: int = 1,
    maximum: int = 1,
    has_other: bool = False,
    saved: SavedQuestion | None = None,
    by: Member | None,
    now: datetime,
) -> Poll:
    """Write a poll of another kind, as a draft. Consensus and scale have their answers; the others take ``labels``.

    ``has_other``: a last answer "Other" with a text, to the kinds whose answers are written. ``saved``: the question it
    is prepared from. ``by`` nobody: the portal prepares it by itself.

    Refuses: ``is_category_kind``, ``no_question``, ``too_few_options``, ``same_label``, ``bad_limits`` (more asked
    for than there are, or more at least than at most), ``meeting_cancelled``.
    """
    _check_meeting(meeting)
    asked = worded(
        kind=kind, question=question, labels=labels, minimum=minimum, maximum=maximum, has_other=has_other
    )  # fmt: skip
    poll = _new_poll(meeting, **asked.fields, saved=saved)
    _write_options(poll, asked)
    _note(poll, by=by, now=now)
    return poll


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a poll would put it."""

    fields: dict[str, Any]
    labels: tuple[str, ...]
    has_other: bool  # then it is the last of the labels


def worded(
    *, kind: str, question: str, labels: Sequence[str], minimum: int, maximum: int, has_other: bool
) -> Asked:  # fmt: skip
    """What a poll of these words asks and offers. Changes nothing; refuses what ``prepare_poll`` does of the words."""
    if kind == PollKind.CATEGORIES:
        raise Refused("The category poll is prepared from the participant categories.", code="is_category_kind")
    if not question.strip():
        raise Refused("Write the question.", code="no_question")
    has_other = has_other and kind in WRITTEN
    offered = {PollKind.CONSENSUS: THUMBS, PollKind.SCALE: SCALE}.get(PollKind(kind), tuple(labels))
    offered = (*offered, OTHER) if has_other else offered
    _check_labels(offered)
    if kind != PollKind.MANY:
        minimum = maximum = 1
    if not 1 <= minimum <= (maximum or len(offered)) <= len(offered):
        raise Refused("“At least” and “at most” must fit the number of answers.", code="bad_limits")
    fields = {"kind": kind, "question": question.strip(), "minimum": minimum, "maximum": maximum}
    return Asked(fields, offered, has_other)


@transaction.atomic
def write_draft_anew(poll: Poll, asked: Asked, *, by: Member, now: datetime) -> Poll:
    """Put other words into a draft. Refuses: ``not_a_draft``."""
    poll = _locked(poll)
    if poll.state != PollState.DRAFT:
        raise Refused("This poll was opened: its words stay.", code="not_a_draft")
    for name, value in asked.fields.items():
        setattr(poll, name, value)
    poll.version += 1
    poll.save(update_fields=[*asked.fields, "version"])
    poll.options.all().delete()
    _write_options(poll, asked)
    _note(poll, by=by, now=now)
    return poll


def _write_options(poll: Poll, asked: Asked) -> None:
    last = len(asked.labels) - 1
    Option.objects.bulk_create(
        Option(poll=poll, order=order, label=label, is_other=asked.has_other and order == last)
        for order, label in enumerate(asked.labels)
    )


@transaction.atomic
def open_poll(poll: Poll, *, by: Member, now: datetime, reason: str = "") -> Poll:
    """Take answers from now on, under a fresh secret. A ``reason`` stands in the record.

    What those who run the meeting have said is on now is kept as what it was asked at; a guess by the clock is not.

    A category poll offers what is in force on the meeting's day, whatever has changed since it was prepared.
    Refuses: ``not_next``, ``meeting_not_public``, ``too_few_options``, ``same_label``.
    """
    if not poll.meeting.is_published:
        raise Refused(
            "The meeting must be published, and not cancelled, before its poll opens.", code="meeting_not_public"
        )
    poll = _locked(poll)
    # Read from a report afterwards, it says nothing of when it was asked.
    item = None if poll.meeting.is_over(now) else named_item(poll.meeting)
    _move(poll, PollState.OPEN, secret=secrets.token_bytes(32), opened_at=now, item=item)
    if poll.kind == PollKind.CATEGORIES:
        _offer(poll, list(ParticipantCategory.objects.in_force(poll.meeting.held_on)))
    _note(poll, by=by, now=now, reason=reason)
    return poll


@transaction.atomic
def close_poll(poll: Poll, *, by: Member, now: datetime, reason: str = "") -> Poll:
    """End the answering for good: the secret is destroyed and the ballots are written anew, so none has a voter.

    Fresh rows in random order with random keys: neither a key nor a row's number says who it was, or who came first.
    Refuses: ``not_next``.
    """
    poll = _locked(poll)
    _insist_next(poll, PollState.CLOSED)
    # While it is still open: afterwards the database takes no row of it, from nobody.
    write_anew(poll)
    _move(poll, PollState.CLOSED, secret=None, closed_at=now)
    _note(poll, by=by, now=now, reason=reason)
    return poll


@transaction.atomic
def publish_poll(poll: Poll, *, by: Member, now: datetime) -> Poll:
    """Show the results to everybody: the table as it is now is kept as its next version.

    Refuses: ``not_next`` (close it first).
    """
    poll = _locked(poll)
    _move(poll, PollState.PUBLISHED, published_at=now)
    _note(poll, by=by, now=now)
    record_first(poll, by=by, now=now)
    return poll


@transaction.atomic
def reset_poll(poll: Poll, *, reason: str, by: Member, now: datetime) -> Poll:
    """Throw the answers away and begin again as a draft; the event says why.

    Refuses: ``no_reason``, ``not_next`` (a draft has nothing to reset), ``imported`` (a published record stays).
    """
    if not reason.strip():
        raise Refused("Say why the answers are thrown away.", code="no_reason")
    poll = _locked(poll)
    if poll.is_imported:
        raise Refused("This table was published before the portal existed. It stays as it is.", code="imported")
    no_report = {"report": None, "imported_remark": ""}
    _move(poll, PollState.DRAFT, secret=None, opened_at=None, closed_at=None, published_at=None, **no_report)
    throw_away(poll)
    _note(poll, by=by, now=now, reason=reason.strip())
    return poll


@transaction.atomic
def import_published(
    meeting: Meeting,
    *,
    rows: Sequence[tuple[str, int]],
    participants: int,
    facilitators: int,
    submissions: int,
    remark: str,
    by: Member,
    now: datetime,
) -> Poll:
    """Keep a table that was published before this portal existed: its percentages as published, nothing computed.

    Refuses: ``has_poll``, ``no_remark`` (a reader must know where it comes from), ``same_label``, ``too_few_options``.
    """
    if not remark.strip():
        raise Refused("Say where the table comes from.", code="no_remark")
    poll: Poll | None = meeting.polls.of_categories().first()
    if poll is not None and poll.state != PollState.DRAFT:
        raise Refused("This meeting has its category poll already.", code="has_poll")
    _check_labels([label for label, _ in rows])
    if poll is None:
        poll = _new_poll(meeting, kind=PollKind.CATEGORIES, question=CATEGORY_QUESTION, minimum=1, maximum=0)
    Option.objects.filter(poll=poll).delete()  # of a draft that stood ready
    known = {category.label: category for category in ParticipantCategory.objects.in_force(meeting.held_on)}
    Option.objects.bulk_create(
        Option(poll=poll, order=order, label=label, category=known.get(label), imported_percent=percent)
        for order, (label, percent) in enumerate(rows)
    )
    poll.imported_participants, poll.imported_facilitators = participants, facilitators
    poll.imported_submissions, poll.imported_remark = submissions, remark.strip()
    poll.state, poll.published_at, poll.version = PollState.PUBLISHED, now, 1
    poll.save()
    _note(poll, by=by, now=now, reason="Imported as published")
    record_first(poll, by=by, now=now)
    return poll


def _locked(poll: Poll) -> Poll:
    locked: Poll = Poll.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=poll.pk)
    return locked


def _offer(poll: Poll, categories: Sequence[ParticipantCategory]) -> None:
    """Make the options of a category poll that nobody has answered yet: anew only where something differs."""
    wanted = [(order, row.label, row.pk) for order, row in enumerate(categories)]
    if list(poll.options.values_list("order", "label", "category")) == wanted:
        return
    _check_labels([row.label for row in categories])
    poll.options.all().delete()
    Option.objects.bulk_create(
        Option(poll=poll, order=order, label=row.label, category=row) for order, row in enumerate(categories)
    )


def _insist_next(poll: Poll, state: PollState) -> None:
    if not may_follow(poll.state, state):
        now, then = poll.get_state_display().lower(), state.label.lower()
        raise Refused(f"This poll is “{now}”, so it cannot become “{then}”.", code="not_next")


def _move(poll: Poll, state: PollState, **changes: object) -> None:
    _insist_next(poll, state)
    for name, value in changes.items():
        setattr(poll, name, value)
    poll.state, poll.version = state, poll.version + 1
    poll.save(update_fields=["state", "version", *changes])


def _new_poll(meeting: Meeting, **fields: Any) -> Poll:
    poll: Poll = Poll.objects.create(meeting=meeting, code=_new_code(), **fields)
    return poll


def _new_code() -> str:
    while True:
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
        if not Poll.objects.filter(code=code).exists():
            return code


def _note(poll: Poll, *, by: Member | None, now: datetime, reason: str = "") -> None:
    PollEvent.objects.create(poll=poll, state=poll.state, actor=by, reason=reason, at=now)


def _check_meeting(meeting: Meeting) -> None:
    if meeting.is_cancelled:
        raise Refused("The meeting is cancelled.", code="meeting_cancelled")


def _check_labels(labels: Sequence[str]) -> None:
    if len(labels) < 2:
        raise Refused("A poll needs at least two answers to choose from.", code="too_few_options")
    if len(set(labels)) < len(labels):
        raise Refused("Two answers read the same.", code="same_label")
