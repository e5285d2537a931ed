"""Questions to a meeting: asked, wanted by others too, answered in it or promised for its follow-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from cop_portal.errors import Refused
from meetings.enums import Audience, MaterialKind
from meetings.models import Material, Meeting
from polls.actions.room import lock_room, touch
from polls.enums import QUESTION_NEXT, QuestionState
from polls.models import Question, Room, Upvote
from polls.person_key import person_key
from polls.rules import room_is_open

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from members.models import Member

QUESTIONS_EACH = 5
VOTABLE = (QuestionState.OPEN, QuestionState.LATER)


@transaction.atomic
def ask_question(meeting: Meeting, *, person: Member | str, text: str, form_key: UUID, now: datetime) -> Question:
    """Put a question to the meeting, without a name, with the asker's own vote. The same form again is the same question.

    ``person``: a member, or the random text of a guest's device. Open to everybody at every item: a question is no
    input to a discussion. Refuses: ``not_running``, ``no_text``, ``too_many`` (open ones of one person).
    """
    _check_running(meeting, now)
    text = " ".join(text.split())[:400]
    if not text:
        raise Refused("Write your question.", code="no_text")
    key = person_key(meeting.pk, person)
    asked = meeting.questions.filter(person_key=key)
    if known := asked.filter(form_key=form_key).first():
        return known
    if asked.open().count() >= QUESTIONS_EACH:
        raise Refused(
            f"You have asked {QUESTIONS_EACH} questions that are still open. Please wait for an answer.", code="too_many"
        )  # fmt: skip
    row = Question(meeting=meeting, text=text, person_key=key, form_key=form_key, asked_at=now)
    Question.objects.bulk_create([row], ignore_conflicts=True)
    row = asked.get(form_key=form_key)
    Upvote.objects.bulk_create([Upvote(question=row, person_key=key)], ignore_conflicts=True)
    touch(meeting)
    return row


@transaction.atomic
def upvote(question: Question, *, person: Member | str, wanted: bool, now: datetime) -> None:
    """Want a question answered too, or not any more. Twice is once.

    Refuses: ``not_running``, ``not_open`` (it is answered, merged or hidden).
    """
    _check_running(question.meeting, now)
    row = Question.objects.select_for_update().get(pk=question.pk)
    if row.state not in VOTABLE:
        raise Refused("This question takes no votes any more.", code="not_open")
    key = person_key(row.meeting_id, person)
    if wanted:
        Upvote.objects.bulk_create([Upvote(question=row, person_key=key)], ignore_conflicts=True)
    else:
        row.upvotes.filter(person_key=key).delete()
    touch(question.meeting)


@transaction.atomic
def mark_question(question: Question, *, state: str, by: Member) -> Question:
    """Say what became of a question: answered live, for later, hidden, or open again.

    Refuses: ``not_next`` (asked together with another: open it again first).
    """
    row = Question.objects.select_for_update().get(pk=question.pk)
    if state == QuestionState.MERGED or state not in QUESTION_NEXT[QuestionState(row.state)]:
        raise Refused("This question was asked together with another. Open it again first.", code="not_next")
    row.state, row.merged_into, row.decided_by = state, None, by
    row.save(update_fields=["state", "merged_into", "decided_by"])
    touch(row.meeting)
    return row


@transaction.atomic
def merge_question(question: Question, *, into: Question, by: Member) -> Question:
    """Ask a question together with another, which gets its voters: who voted for both counts once.

    Refuses: ``not_next``, ``foreign_question`` (of another meeting, itself, or one that is merged or hidden).
    """
    rows = {row.pk: row for row in Question.objects.select_for_update().filter(pk__in=[question.pk, into.pk])}
    row, target = rows[question.pk], rows[into.pk]
    if row.pk == target.pk or row.meeting_id != target.meeting_id or target.state not in VOTABLE:
        raise Refused("Choose another open question of this meeting.", code="foreign_question")
    if QuestionState.MERGED not in QUESTION_NEXT[QuestionState(row.state)]:
        raise Refused("This question is not open any more.", code="not_next")
    voters = row.upvotes.values_list("person_key", flat=True)
    Upvote.objects.bulk_create([Upvote(question=target, person_key=key) for key in voters], ignore_conflicts=True)
    # What was merged with it before goes along: nothing is two steps away.
    row.merged.update(merged_into=target)
    row.state, row.merged_into, row.decided_by = QuestionState.MERGED, target, by
    row.save(update_fields=["state", "merged_into", "decided_by"])
    touch(row.meeting)
    return row


@transaction.atomic
def answer_question(
    question: Question, *, answer: str, by: Member, reference: str = "", reference_url: str = ""
) -> Question:
    """Write what the follow-up says to a question. Refuses: ``hidden`` (it is not shown)."""
    row = Question.objects.select_for_update().get(pk=question.pk)
    if row.state in (QuestionState.HIDDEN, QuestionState.MERGED):
        raise Refused("This question is not shown, so it has no answer in the follow-up.", code="hidden")
    row.answer, row.decided_by = answer.strip(), by
    row.reference, row.reference_url = reference.strip()[:300], reference_url.strip()
    row.save(update_fields=["answer", "decided_by", "reference", "reference_url"])
    touch(row.meeting)
    return row


@transaction.atomic
def publish_handout(meeting: Meeting, *, now: datetime) -> Room:
    """Publish the follow-up: the questions with their answers, and a line among the meeting's papers that leads to it.

    Whose votes they were is forgotten; their number stays. Published again after more answers: the same page, a new
    date. Refuses: ``not_over``, ``nothing`` (no question was left), ``unanswered`` (one for later has no answer yet).
    """
    if not meeting.is_over(now):
        raise Refused("The follow-up comes after the meeting.", code="not_over")
    room = lock_room(meeting)
    owed = meeting.questions.to_follow_up()
    if not owed.exists():
        raise Refused("No question was left for later, and no reference was promised.", code="nothing")
    left = owed.exclude(state=QuestionState.ANSWERED_LIVE).filter(answer="").count()
    if left:
        are = "question has" if left == 1 else "questions have"
        raise Refused(f"{left} {are} no answer yet. Answer them, or hide what will not be answered.", code="unanswered")
    _forget_voters(meeting)
    address = settings.PUBLIC_URL + reverse("polls:handout", args=[meeting.slug])
    Material.objects.get_or_create(
        meeting=meeting,
        kind=MaterialKind.HANDOUT,
        url=address,
        defaults={"title": "Questions and answers", "audience": Audience.PUBLIC, "added_at": now},
    )
    room.handout_at, room.version = now, room.version + 1
    room.save(update_fields=["handout_at", "version"])
    return room


def _forget_voters(meeting: Meeting) -> None:
    counted = Upvote.objects.filter(question=OuterRef("pk")).order_by().values("question").annotate(n=Count("pk"))
    meeting.questions.update(earlier_votes=F("earlier_votes") + Coalesce(Subquery(counted.values("n")), 0))
    Upvote.objects.filter(question__meeting=meeting).delete()


def _check_running(meeting: Meeting, now: datetime) -> None:
    if not room_is_open(meeting, now):
        raise Refused("Questions are taken from an hour before the meeting until an hour after it.", code="not_running")
