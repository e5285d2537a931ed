"""A meeting tool's poll report, from its file to closed polls: kept without names, mapped, and imported once or not at all.

What staff say of it stands in ``ToolReport.mapping`` until the import: which question is which poll (``questions``), which
answer is which option (``answers``), and whether those who are called like a facilitator are one (``namesakes_out``).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cop_portal.errors import Refused
from meetings.actions import finish, hold_report, lock_meeting, read_files
from meetings.enums import AttendanceRole, MeetingTool, ReportKind, ReportState
from meetings.models import Attendance, ToolReport
from meetings.tool_report import checksum
from members.models import Member, ParticipantCategory
from polls.actions.polls import close_poll, open_poll, prepare_category_poll, prepare_poll
from polls.enums import PollKind, PollState
from polls.models import Ballot, Choice, Poll
from polls.poll_report import Facilitators, PollReport, plain, read_report
from polls.report_answers import LABEL_AT_MOST, QUESTION_AT_MOST, Tally, Target, likely, said_in, tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from meetings.models import Meeting
    from polls.poll_report import Asked

NEW_CATEGORIES, NEW_ONE, NEW_MANY = "categories", "one", "many"
MOST_OPTIONS, AT_A_TIME = 50, 1_000


@dataclass(frozen=True)
class SaidOfQuestion:
    """What a question becomes: ``to`` is an existing poll (``p12``) or a new one; wording and labels are a new one's."""

    to: str
    wording: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """One question as it will be imported."""

    place: int
    asked: Asked
    said: SaidOfQuestion
    target: Target
    name: str
    tally: Tally

    @property
    def rows(self) -> list[tuple[str, int]]:
        return [(label, self.tally.counts[label]) for label in self.target.labels]


@transaction.atomic
def keep_poll_report(meeting: Meeting, *, tool: str, files: Sequence[bytes], by: Member, now: datetime) -> ToolReport:
    """Read the files of a poll report and keep what was answered, without any name.

    The same files from the same person again are the same report, read anew: who facilitates may be known only by now, and
    what was said of its answers stays. Refuses what ``meetings.actions.read_files`` and
    ``polls.poll_report.read_report`` do.
    """
    texts = read_files(meeting, files, now=now)
    found = read_report(texts, zone=meeting.zone, facilitators=_facilitators(meeting))
    known = {
        "meeting": lock_meeting(meeting.pk), "kind": ReportKind.POLL, "state": ReportState.REVIEW,
        "checksum": _checksum(files), "uploaded_by": by,
    }  # fmt: skip
    # Held: whoever throws it away meanwhile must not find it filled again.
    report: ToolReport | None = ToolReport.objects.select_for_update(of=("self",)).filter(**known).first()
    if report is None:
        return ToolReport.objects.create(**known, tool=tool, texts=found.to_json(), uploaded_at=now)
    report.tool, report.texts = tool, found.to_json()
    report.save(update_fields=["tool", "texts"])
    return report


def poll_report(report: ToolReport) -> PollReport:
    """What is kept of a report that is in review."""
    return PollReport.from_json(report.texts)


def question_said(report: ToolReport) -> dict[int, SaidOfQuestion]:
    """What staff said of its questions, by place; those left out are not among them."""
    said = report.mapping.get("questions", {})
    return {int(place): SaidOfQuestion(**{**each, "labels": tuple(each["labels"])}) for place, each in said.items()}


@transaction.atomic
def say_questions(report: ToolReport, *, said: Mapping[int, SaidOfQuestion]) -> ToolReport:
    """Keep which question is which poll; each answer that reads like an option is that option, until staff say otherwise.

    Refuses: ``not_in_review``, ``nothing`` (every question is left out), ``twice``, ``no_question``, ``too_few_options``,
    ``too_many_options``, ``same_label``, ``poll_not_draft``, ``poll_gone``, ``imported_before``.
    """
    report = hold_report(report)
    kept = poll_report(report)
    if not said:
        raise Refused("Every question is left out: there is nothing to import.", code="nothing")
    targets = [each.to for each in said.values() if each.to not in {NEW_ONE, NEW_MANY}]
    if len(set(targets)) < len(targets):
        raise Refused("Two questions cannot become one poll. Choose another for one of them.", code="twice")
    answers = {}
    for place, each in said.items():
        _check_new(report, each)
        target, _ = target_of(report.meeting, each)
        answers[str(place)] = likely(said_in(kept.questions[place], target), target.labels)
    questions = {
        str(place): {"to": each.to, "wording": each.wording, "labels": each.labels} for place, each in said.items()
    }
    report.mapping = {"questions": questions, "answers": answers, "namesakes_out": True}
    report.save(update_fields=["mapping"])
    return report


@transaction.atomic
def say_answers(report: ToolReport, *, said: Mapping[int, Mapping[str, str]], namesakes_out: bool = True) -> ToolReport:
    """Keep which answer is which option (empty: it counts as none). An answer that is not among them stays as it was.

    Refuses: ``not_in_review``, ``changed_meanwhile`` (the questions became other polls), ``poll_not_draft``,
    ``poll_gone``.
    """
    report = hold_report(report)
    questions = question_said(report)
    answers: dict[str, dict[str, str]] = report.mapping.get("answers", {})
    for place, labels in said.items():
        if place not in questions:
            raise _changed()
        target, _ = target_of(report.meeting, questions[place])
        if not {label for label in labels.values() if label} <= set(target.labels):
            raise _changed()
        answers[str(place)] = {**answers.get(str(place), {}), **labels}
    report.mapping = {**report.mapping, "answers": answers, "namesakes_out": namesakes_out}
    report.save(update_fields=["mapping"])
    return report


def outcomes(report: ToolReport) -> list[Outcome]:
    """What an import would bring, question by question. Refuses: ``poll_not_draft``, ``poll_gone``."""
    kept, found = poll_report(report), []
    for place, said in sorted(question_said(report).items()):
        target, name = target_of(report.meeting, said)
        answers = report.mapping.get("answers", {}).get(str(place), {})
        counted = tally(
            kept.questions[place], target, answers, namesakes_out=report.mapping.get("namesakes_out", True)
        )  # fmt: skip
        found.append(Outcome(place, kept.questions[place], said, target, name, counted))
    return found


def seen_of(found: Sequence[Outcome]) -> str:
    """Short, and another one where anything that the review shows is another."""
    shown: list[Any] = [
        [each.said.to, each.name, each.rows, len(each.tally.ballots), sorted(each.tally.unused.items())]
        for each in found
    ]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:20]


@transaction.atomic
def import_poll_report(report: ToolReport, *, seen: str, by: Member, now: datetime) -> list[Poll]:
    """Make closed polls of the reviewed report, all or none, and delete what it said. Twice is once.

    ``seen`` is the fingerprint of the review. Each poll is opened, answered and closed by the actions that a meeting uses, in this
    one transaction: nobody sees it open, and its ballots are written anew under random keys like all others.
    Refuses: ``not_in_review``, ``not_read``, ``open_answers``, ``nobody``, ``changed_meanwhile``, ``poll_not_draft``,
    ``poll_gone``, ``imported_before``, and what ``open_poll`` and ``prepare_poll`` refuse.
    """
    meeting = lock_meeting(report.meeting_id)
    report = hold_report(report, already=ReportState.DONE)
    if report.state == ReportState.DONE:
        return list(report.polls.all())
    found = outcomes(report)
    _check_import(report, found, seen)
    polls = [_import_one(meeting, report, each, by=by, now=now) for each in found]
    numbers = {"polls": len(polls), "ballots": sum(len(each.tally.ballots) for each in found)}
    report.total = report.done = numbers["ballots"]
    report.outcome, report.confirmed_by, report.confirmed_at = numbers, by, now
    finish(report, ReportState.DONE, now=now)
    return polls


def source_words(report: ToolReport) -> str:
    """Which tool it was, as it stands in a sentence."""
    return MeetingTool(report.tool or MeetingTool.OTHER).label


def _check_import(report: ToolReport, found: Sequence[Outcome], seen: str) -> None:
    if not found:
        raise Refused("Say first which question is which poll.", code="not_read")
    undecided = sum(each.tally.undecided for each in found)
    if undecided:
        raise Refused("Say first of every answer which option it is.", code="open_answers")
    if not all(each.tally.ballots for each in found):
        raise Refused(
            "Nothing of one question counts: no answer in it is an option. Leave the question out.", code="nobody"
        )  # fmt: skip
    if seen != seen_of(found):
        raise _changed()
    for each in found:
        _check_new(report, each.said)


def _import_one(meeting: Meeting, report: ToolReport, each: Outcome, *, by: Member, now: datetime) -> Poll:
    reason = f"Read from a poll report of {source_words(report)}, SHA-256 {report.checksum[:16]}…"
    poll = open_poll(_poll(meeting, each, by=by, now=now), by=by, now=now, reason=reason)
    options = dict(poll.options.values_list("label", "pk"))
    if tuple(options) != each.target.labels:
        raise _changed()
    ballots = Ballot.objects.bulk_create(
        [Ballot(poll=poll, voter_key=secrets.token_hex(32)) for _ in each.tally.ballots], batch_size=AT_A_TIME
    )
    Choice.objects.bulk_create(
        [
            Choice(ballot=ballot, option_id=options[label])
            for ballot, labels in zip(ballots, each.tally.ballots, strict=True)
            for label in labels
        ],
        batch_size=AT_A_TIME,
    )
    poll = close_poll(poll, by=by, now=now, reason=reason)
    poll.report = report
    day = timezone.localtime(now)
    poll.imported_remark = (
        f"The answers were given in {source_words(report)} and read from its poll report on {day:%B %-d, %Y}."
    )
    poll.save(update_fields=["report", "imported_remark"])
    return poll


def _poll(meeting: Meeting, each: Outcome, *, by: Member, now: datetime) -> Poll:
    """The draft that the question becomes."""
    said = each.said
    if said.to == NEW_CATEGORIES:
        return prepare_category_poll(meeting, by=by, now=now)
    if said.to in {NEW_ONE, NEW_MANY}:
        kind, maximum = (PollKind.MANY, 0) if said.to == NEW_MANY else (PollKind.ONE, 1)
        return prepare_poll(
            meeting, kind=kind, question=said.wording, labels=said.labels, maximum=maximum, by=by, now=now
        )  # fmt: skip
    return _named(meeting, said)


def target_of(meeting: Meeting, said: SaidOfQuestion) -> tuple[Target, str]:
    """What is counted into, and its question. Refuses: ``poll_not_draft``, ``poll_gone``."""
    if said.to in {NEW_ONE, NEW_MANY}:
        several = said.to == NEW_MANY
        return Target(said.labels, several, maximum=0 if several else 1), said.wording
    poll = meeting.polls.of_categories().first() if said.to == NEW_CATEGORIES else _named(meeting, said)
    if poll is not None and poll.state != PollState.DRAFT:
        state = poll.get_state_display().lower()
        words = f"“{poll}” is {state} by now. Only a poll that was never opened takes answers from a report."
        raise Refused(words, code="poll_not_draft")
    if poll is None or poll.kind == PollKind.CATEGORIES:
        labels = tuple(row.label for row in ParticipantCategory.objects.in_force(meeting.held_on))
        name = poll.question if poll else "The meeting’s category poll"
        return Target(labels, takes_several=True, minimum=1, maximum=0, is_of_categories=True), name
    labels = tuple(poll.options.values_list("label", flat=True))
    return Target(labels, poll.takes_several, max(poll.minimum, 1), poll.maximum), poll.question


def _named(meeting: Meeting, said: SaidOfQuestion) -> Poll:
    """The poll of this very meeting that was said. Refuses: ``poll_gone`` (deleted since, or another meeting's)."""
    number = said.to.removeprefix("p")
    poll = meeting.polls.select_related("meeting").filter(pk=number).first() if number.isdecimal() else None
    if poll is None:
        words = "What a question should become is not a poll of this meeting any more. Say anew which poll it is."
        raise Refused(words, code="poll_gone")
    return poll


def _check_new(report: ToolReport, said: SaidOfQuestion) -> None:
    """Whether a new poll can be made of the question, and is not there from these very files."""
    if said.to not in {NEW_ONE, NEW_MANY}:
        return
    if not said.wording.strip() or len(said.wording) > QUESTION_AT_MOST:
        raise Refused("Write the question of the new poll.", code="no_question")
    if len(said.labels) < 2:
        raise Refused(f"“{said.wording}” needs at least two answers to choose from.", code="too_few_options")
    if len(said.labels) > MOST_OPTIONS or any(len(label) > LABEL_AT_MOST for label in said.labels):
        words = f"A poll takes up to {MOST_OPTIONS} answers of up to {LABEL_AT_MOST} characters."
        raise Refused(words, code="too_many_options")
    if len({plain(label) for label in said.labels}) < len(said.labels):
        raise Refused(f"Two answers to “{said.wording}” read the same.", code="same_label")
    same = Poll.objects.filter(meeting=report.meeting_id, report__checksum=report.checksum)
    if any(plain(poll.question) == plain(said.wording) for poll in same):
        words = f"“{said.wording}” was imported from these same files already. Leave the question out."
        raise Refused(words, code="imported_before")


def _checksum(files: Sequence[bytes]) -> str:
    """Of one file its own SHA-256, as any tool works it out again; of several, one over theirs."""
    return hashlib.sha256(files[0]).hexdigest() if len(files) == 1 else checksum(files)


def _facilitators(meeting: Meeting) -> Facilitators:
    """Everybody who counts as one in this meeting: by profile, by the meeting, or by the list of who was there."""
    here = Attendance.objects.filter(meeting=meeting, role=AttendanceRole.FACILITATOR)
    members = Member.objects.filter(
        Q(is_facilitator=True) | Q(facilitated_meetings=meeting) | Q(pk__in=here.values("member"))
    )
    rows = list(members.values_list("email", "name").distinct())
    names = [name for _, name in rows] + list(here.filter(member=None).values_list("guest_name", flat=True))
    return Facilitators(
        addresses=frozenset(email.casefold() for email, _ in rows if email),
        names={plain(name): name for name in names if name},
    )


def _changed() -> Refused:
    return Refused("Something changed since you looked at it. Please look again.", code="changed_meanwhile")
