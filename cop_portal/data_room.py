"""What somebody said and asked in the rooms of meetings, found again by their key in each (polls/person_key.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from cop_portal.data_tables import table
from meetings.models import Meeting
from polls.actions import person_key
from polls.models import Comment, Question, SpeakerRequest, Upvote

if TYPE_CHECKING:
    from cop_portal.data_tables import Table
    from members.models import Member


def rooms(member: Member) -> list[Table]:
    """Out: what they asked to say, commented, asked and voted for, with an account. A guest's device is nobody's name."""
    meetings = Meeting.objects.filter(room__isnull=False).values_list("pk", flat=True)
    keys = [person_key(pk, member) for pk in meetings]
    speakers = SpeakerRequest.objects.filter(person_key__in=keys).select_related("meeting")
    comments = Comment.objects.filter(person_key__in=keys).select_related("meeting")
    return [
        table(
            "When I asked to speak",
            "To call people in their order. The name is the one you gave, and it was public.",
            ["Meeting", "Name", "What became of it", "Asked"],
            ([row.meeting.title, row.name, row.get_state_display(), row.asked_at] for row in speakers),
        ),
        table(
            "Comments I sent",
            "Public under the name you gave, once those who ran the meeting had shown them.",
            ["Meeting", "Name", "Comment", "State", "Sent"],
            ([row.meeting.title, row.name, row.text, row.get_state_display(), row.sent_at] for row in comments),
        ),
        _questions(keys),
    ]


def _questions(keys: list[str]) -> Table:
    voted = Upvote.objects.filter(person_key__in=keys).values("question")
    rows = Question.objects.filter(Q(person_key__in=keys) | Q(pk__in=voted)).select_related("meeting")
    return table(
        "Questions I asked or voted for",
        "Public without a name. Whose votes they were is forgotten when the follow-up is published.",
        ["Meeting", "Question", "Asked by me", "State", "Asked"],
        ([row.meeting.title, row.text, row.person_key in keys, row.get_state_display(), row.asked_at] for row in rows),
    )
