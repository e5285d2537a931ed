"""The staff's room for meetings."""

from meetings.admin.accommodations import AccommodationAdmin
from meetings.admin.meetings import MeetingAdmin
from meetings.admin.people import AttendanceAdmin, RsvpAdmin
from meetings.admin.plans import ChangeLogAdmin, DutyAdmin, SeriesAdmin, SummaryAdmin, WorkgroupAdmin

__all__ = [
    "AccommodationAdmin",
    "AttendanceAdmin",
    "ChangeLogAdmin",
    "DutyAdmin",
    "MeetingAdmin",
    "RsvpAdmin",
    "SeriesAdmin",
    "SummaryAdmin",
    "WorkgroupAdmin",
]
