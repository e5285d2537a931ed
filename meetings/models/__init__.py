"""Meetings, who said they would come, who came, and what was left behind."""

from meetings.models.meetings import AgendaItem, Duty, Meeting, Series, Workgroup, WorkgroupMembership
from meetings.models.papers import ChangeLogEntry, Material, MeetingWork, OwedChange, Summary
from meetings.models.people import Accommodation, Attendance, CalendarFeed, GuestAnswer, Rsvp

__all__ = [
    "Accommodation",
    "AgendaItem",
    "Attendance",
    "CalendarFeed",
    "ChangeLogEntry",
    "Duty",
    "GuestAnswer",
    "Material",
    "Meeting",
    "MeetingWork",
    "OwedChange",
    "Rsvp",
    "Series",
    "Summary",
    "Workgroup",
    "WorkgroupMembership",
]
