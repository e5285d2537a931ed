"""The staff's room for meetings."""

from meetings.admin.accommodations import AccommodationAdmin
from meetings.admin.meetings import MeetingAdmin
from meetings.admin.people import AttendanceAdmin, AttendanceEventAdmin, RsvpAdmin
from meetings.admin.plans import ChangeLogAdmin, DutyAdmin, SeriesAdmin, SummaryAdmin, WorkgroupAdmin
from meetings.admin.reports import ToolReportAdmin

__all__ = [
    "AccommodationAdmin",
    "AttendanceAdmin",
    "AttendanceEventAdmin",
    "ChangeLogAdmin",
    "DutyAdmin",
    "MeetingAdmin",
    "RsvpAdmin",
    "SeriesAdmin",
    "SummaryAdmin",
    "ToolReportAdmin",
    "WorkgroupAdmin",
]
