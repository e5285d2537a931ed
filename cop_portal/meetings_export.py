"""What the portal holds about one person's part in meetings: their answers, their attendance, their work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from cop_portal.data_tables import at_their_address, table
from meetings.models import Accommodation, Attendance, GuestAnswer, ReportPerson, Rsvp

if TYPE_CHECKING:
    from cop_portal.data_tables import Table
    from meetings.models import AttendanceEvent
    from members.models import Member


def meeting_tables(member: Member) -> list[Table]:
    present = Attendance.objects.filter(member=member).select_related("meeting").order_by("recorded_at")
    return [
        *_answers(member),
        table(
            "Meetings I attended",
            "To count who took part and to decide on stipends.",
            ["Meeting", "Role", "Recorded how", "Minutes", "Recorded"],
            (
                [a.meeting.title, a.get_role_display(), a.get_source_display(), a.minutes, a.recorded_at]
                for a in present
            ),
        ),
        *_steps(member),
        table(
            "Work I marked as done",
            "To know who has prepared for a meeting.",
            ["Meeting", "Work", "Due"],
            (
                [w.meeting.title, w.title, w.due_on]
                for w in member.work_done.select_related("meeting").order_by("due_on", "pk")
            ),
        ),
    ]


def _steps(member: Member) -> list[Table]:
    return [
        table(
            "How my attendance was recorded",
            "So that every correction can be checked afterwards.",
            ["Meeting", "What", "Before", "Then", "Why", "By", "When"],
            (
                [e.meeting.title, e.what, e.before_text, e.after_text, e.reason, _by(e, member), e.at]
                for e in member.attendance_events.select_related("meeting", "by").order_by("at", "pk")
            ),
        ),
        table(
            "In a meeting tool's report that staff have not imported yet",
            "To count who took part. Deleted once it is imported, or after some days.",
            ["Meeting", "Name", "E-mail", "Minutes"],
            (
                [r.report.meeting.title, r.name, r.email, r.minutes]
                for r in ReportPerson.objects.filter(Q(member=member) | at_their_address(member, "email"))
                .select_related("report__meeting")
                .order_by("report", "place")
            ),
        ),
    ]


def _by(event: AttendanceEvent, member: Member) -> str:
    if event.by is None:
        return "A guest"
    return "You" if event.by_id == member.pk else event.by.name


def _answers(member: Member) -> list[Table]:
    mine = Rsvp.objects.filter(Q(member=member) | at_their_address(member, "guest_email"))
    rsvps = mine.select_related("meeting").order_by("answered_at")
    needs = Accommodation.objects.filter(rsvp__in=mine).select_related("rsvp__meeting").order_by("asked_at")
    unconfirmed = GuestAnswer.objects.filter(at_their_address(member, "email")).select_related("meeting")
    return [
        table(
            "Answers to invitations",
            "To plan seats, interpreters and mail about a meeting.",
            ["Meeting", "Answer", "As a guest named", "Phone", "Language", "Interpreter", "Note", "Answered"],
            (
                [
                    *[r.meeting.title, r.answer_text, r.guest_name, r.guest_phone],
                    *[r.language, r.needs_interpreter, r.note, r.answered_at],
                ]
                for r in rsvps
            ),
        ),
        table(
            "Answers nobody confirmed yet",
            "Given as a guest with your address. Forgotten when the meeting begins.",
            ["Meeting", "Answer", "Name", "Language", "Interpreter", "What I need", "Note", "Answered"],
            (
                [
                    *[g.meeting.title, g.get_answer_display(), g.name],
                    *[g.language, g.needs_interpreter, g.need, g.note, g.asked_at],
                ]
                for g in unconfirmed.order_by("asked_at")
            ),
        ),
        table(
            "Accommodations I asked for",
            "To have them ready at the meeting.",
            ["Meeting", "What I need", "State", "Answer", "What I said to it", "Asked"],
            ([a.rsvp.meeting.title, a.need, a.get_state_display(), a.answer, a.reply, a.asked_at] for a in needs),
        ),
    ]
