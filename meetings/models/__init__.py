"""Meetings, who said they would come, who came, and what was left behind."""

from meetings.models.attendance import Attendance, AttendanceEvent, ReportPerson, ToolReport
from meetings.models.meetings import AgendaItem, Duty, Meeting, Series, Workgroup, WorkgroupMembership
from meetings.models.papers import ChangeLogEntry, Material, MeetingWork, OwedChange, Summary
from meetings.models.people import Accommodation, CalendarFeed, GuestAnswer, Rsvp

__all__ = [
    "Accommodation",
    "AgendaItem",
    "Attendance",
    "AttendanceEvent",
    "CalendarFeed",
    "ChangeLogEntry",
    "Duty",
    "GuestAnswer",
    "Material",
    "Meeting",
    "MeetingWork",
    "OwedChange",
    "ReportPerson",
    "Rsvp",
    "Series",
    "Summary",
    "ToolReport",
    "Workgroup",
    "WorkgroupMembership",
]
