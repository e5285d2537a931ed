"""What meetings offer to notices: whom one can be narrowed to, and the words of the meeting it is about.

Named in the settings (AUDIENCE_KINDS, NOTICE_MEETINGS); notices know no meetings of their own.
"""

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from meetings.enums import Answer
from meetings.models import Attendance, Meeting, Rsvp, Workgroup, WorkgroupMembership
from notices.kinds import Kind, Meetings

OFFERED_FOR = timedelta(days=120)  # after it is over, people are told of a summary or asked what they thought
NO_ANSWER = "none"
ATTENDED, MISSED = "attended", "missed"


def _workgroups() -> list[tuple[str, str]]:
    return [(str(group.pk), group.name) for group in Workgroup.objects.all()]


def _in_workgroup(values: list[str], _on: date, _meeting: int | None) -> Q:
    return Q(Exists(WorkgroupMembership.objects.filter(member=OuterRef("pk"), workgroup_id__in=values)))


def _answered(values: list[str], _on: date, meeting: int | None) -> Q:
    answers = Rsvp.objects.filter(member=OuterRef("pk"), meeting=meeting)
    chosen = Q(Exists(answers.filter(answer__in=[value for value in values if value != NO_ANSWER])))
    return chosen | ~Q(Exists(answers)) if NO_ANSWER in values else chosen


def _was_there(values: list[str], _on: date, meeting: int | None) -> Q:
    """Who missed it: had said that they would come, and did not."""
    there = Exists(Attendance.objects.filter(member=OuterRef("pk"), meeting=meeting))
    said_yes = Exists(Rsvp.objects.going().filter(member=OuterRef("pk"), meeting=meeting))
    conditions = {ATTENDED: Q(there), MISSED: Q(said_yes) & ~Q(there)}
    either = Q(pk__in=[])
    for value in values:
        either |= conditions.get(value, Q(pk__in=[]))
    return either


def _choices(now: datetime) -> list[tuple[int, str]]:
    meetings = Meeting.objects.public().filter(ends_at__gt=now - OFFERED_FOR).order_by("starts_at")
    return [(meeting.pk, f"{meeting.title}, {meeting.date_text}") for meeting in meetings]


def _words(pk: int) -> dict[str, str]:
    meeting = Meeting.objects.public().filter(pk=pk).first()
    if meeting is None:
        return {}
    return {"meeting": meeting.title, "date": meeting.date_text, "time": meeting.time_text}


WORKGROUP = Kind("workgroup", "Workgroup", _workgroups, _in_workgroup)
ANSWER = Kind(
    "answer", "Answer to the meeting", lambda: [*Answer.choices, (NO_ANSWER, "Has not answered")], _answered,
    of_meeting=True,
)  # fmt: skip
PRESENCE = Kind(
    "presence", "Presence at the meeting",
    lambda: [(ATTENDED, "Was there"), (MISSED, "Had said yes, and was not there")], _was_there, of_meeting=True,
)  # fmt: skip
MEETINGS = Meetings(_choices, _words)
