"""Poll reports as meeting tools write them, with people who do not exist."""

from datetime import timedelta

from polls import actions
from polls.actions import SaidOfQuestion
from tests.factories import NOW, MeetingFactory

CATEGORIES = "Which categories describe you today?"
ZOOM_HEAD = """\
Poll Report
Report Generated:,"Jan 20, 2027 12:30 PM"
Topic,Meeting ID,Actual Start Time,Actual Duration (minutes)
"Full meeting, January",812 3456 7890,"Jan 20, 2027 10:00 AM",95
Poll Details
#,User Name,User Email,Submitted Date/Time,
"""
# Zoom: question and answer by turns, several answers with ";". Ana answers again, Fay facilitates, two are anonymous.
ZOOM = (
    ZOOM_HEAD
    + f"""\
1,Ana Lopez,ana@example.org,"Jan 20, 2027 10:05:01",{CATEGORIES},"Used services;Family",Is the pace right?,Yes
2,Ben Ito,ben@example.org,"Jan 20, 2027 10:05:30",{CATEGORIES},PROVIDER,Is the pace right?,No
3,Fay Runs,fay@example.org,"Jan 20, 2027 10:05:40",{CATEGORIES},Provider,Is the pace right?,Yes
4,Anonymous Attendee,,"Jan 20, 2027 10:06:00",{CATEGORIES},County;  family
5,Anonymous Attendee,,"Jan 20, 2027 10:06:10",{CATEGORIES},County
6,ana lopez,ANA@example.org,"Jan 20, 2027 10:07:10",{CATEGORIES},"Used services; Provider",Is the pace right?,Yes
7,Cem D’Arcy,,"Jan 20, 2027 10:06:30",{CATEGORIES},a neighbor of theirs,Is the pace right?,
8,Cem D'Arcy,,"Jan 20, 2027 10:06:50",{CATEGORIES},,Is the pace right?,No
"""
)
# Teams and forms: a column for each question.
TEAMS = """\
ID;Start time;Completion time;Email;Name;Is the pace right?;What else? 👩\u200d🔬
1;1/20/27 10:00:00;1/20/27 10:05:00;ana@example.org;Ana Lopez;Yes;=1+1
2;1/20/27 10:00:00;1/20/27 10:06:00;ben@example.org;Ben Ito;no;"O’Neil"
3;1/20/27 10:00:00;1/20/27 10:04:00;ana@example.org;Ana Lopez;No;
"""
PACE = SaidOfQuestion("one", "Is the pace right?", ("Yes", "No", "Cannot say"))


def meeting_over(**more):
    """Over just now: it ran from 8 to 10 in Minnesota."""
    return MeetingFactory(starts_at=NOW - timedelta(hours=2), **more)


def kept(meeting, *texts, by, tool="zoom"):
    return actions.keep_poll_report(meeting, tool=tool, files=[text.encode() for text in texts], by=by, now=NOW)


def imported(report, *, by):
    report.refresh_from_db()
    return actions.import_poll_report(report, seen=actions.seen_of(actions.outcomes(report)), by=by, now=NOW)
