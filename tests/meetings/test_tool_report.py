"""Files that meeting tools write: whatever the encoding, separator and headings, and whatever somebody did to them."""

import random
from datetime import UTC, datetime

import pytest

from cop_portal.errors import Refused
from meetings.models import Meeting
from meetings.presence import Columns, best_clock, moment, read_callers, seconds_in, seconds_of, union
from meetings.tool_report import MOST_ROWS, checksum, decode, grids, guess, tidy

# January 20, 2027, 10 to 12 in Minnesota.
MEETING = Meeting(
    starts_at=datetime(2027, 1, 20, 16, tzinfo=UTC),
    ends_at=datetime(2027, 1, 20, 18, tzinfo=UTC),
    zone="America/Chicago",
)
ZOOM = """\
Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
812 3456 7890,Full CoP,01/20/2027 09:55:00 AM,01/20/2027 12:01:00 PM,host@example.org,126,3

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest
Ana Lopez,ana@example.org,01/20/2027 09:58:00 AM,01/20/2027 11:00:00 AM,62,No
Ana's phone,ANA@example.org,01/20/2027 10:50:00 AM,01/20/2027 11:30:00 AM,40,No
16125550100,,01/20/2027 10:10:00 AM,01/20/2027 12:01:00 PM,111,Yes
"""
TEAMS = (
    "1. Summary\nMeeting title\tFull CoP\nAttended participants\t2\nStart time\t1/20/27, 9:55:00\u202fAM\n\n"
    "2. Participants\nName\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\n"
    "Bea O'Neil\t1/20/27, 9:58:00\u202fAM\t1/20/27, 12:00:10\u202fPM\t1h 32m 10s\tbea@example.org\tbea@x\tOrganizer\n"
    "Cy\t1/20/27, 10:00:00\u202fAM\t1/20/27, 12:00:00\u202fPM\t2h\t\t\tPresenter\n\n"
    "3. In-Meeting Activities\nName\tJoin Time\tLeave Time\tDuration\tEmail\tRole\n"
    "Bea O'Neil\t1/20/27, 9:58:00\u202fAM\t1/20/27, 10:30:00\u202fAM\t32m\tbea@example.org\tOrganizer\n"
    "Bea O'Neil\t1/20/27, 11:00:00\u202fAM\t1/20/27, 12:00:10\u202fPM\t1h 10s\tbea@example.org\tOrganizer\n"
    "Cy\t1/20/27, 10:00:00\u202fAM\t1/20/27, 12:00:00\u202fPM\t2h\t\tPresenter\n"
)
WEBEX = (
    "Meeting Name\tMeeting Start Time\tDisplay Name\tRole\tAttendee Email\tJoin Time\tLeave Time\tAttendance Duration\n"
    'Full\t"=""2027-01-20 16:00:00"""\tDee\tHost\tdee@example.org\t"=""2027-01-20 16:05:00"""\t"=""2027-01-20 17:05:00"""\t60 mins\n'
)
GERMAN_EXCEL = "sep=;\r\nName;E-Mail;Note;Duration\r\nÄnne Groß;aenne@example.org;;0:45\r\n"
DAY_FIRST = "Name,Email,Join time,Leave time\nEve,eve@example.org,20/01/2027 10:00,20/01/2027 11:15\n"
NAMES_APART = "First name,Last name,Email,Duration,Time joined,Time exited\nFay,Ito,fay@example.org,1 hr 5 min,10:30 AM,11:35 AM\n"
TWICE = "Name,Name,Email,Duration\nGil,Gilbert,gil@example.org,30\n"


def read(data):
    grid = grids(decode(data))[0]
    columns = best_clock([grid], Columns(**guess(grid.headings)), MEETING)
    callers, unread = read_callers([grid], columns, MEETING)
    assert unread == 0
    return [
        (c.name, c.email, c.lines, c.is_host, seconds_in(c.spans, without_times=c.without_times, meeting=MEETING) // 60)
        for c in callers
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ZOOM.encode(), [("Ana Lopez", "ana@example.org", 2, False, 90), ("16125550100", "", 1, False, 110)]),
        (TEAMS.encode("utf-16"), [("Bea O'Neil", "bea@example.org", 2, True, 90), ("Cy", "", 1, False, 120)]),
        (TEAMS.encode("utf-16-le"), [("Bea O'Neil", "bea@example.org", 2, True, 90), ("Cy", "", 1, False, 120)]),
        (WEBEX.encode("utf-16"), [("Dee", "dee@example.org", 1, True, 60)]),
        (GERMAN_EXCEL.encode("cp1252"), [("Änne Groß", "aenne@example.org", 1, False, 45)]),
        (DAY_FIRST.encode("utf-8-sig"), [("Eve", "eve@example.org", 1, False, 75)]),
        (NAMES_APART.encode(), [("Fay Ito", "fay@example.org", 1, False, 65)]),
        (TWICE.encode(), [("Gil", "gil@example.org", 1, False, 30)]),
    ],
    ids=["zoom", "teams", "teams without mark", "webex", "semicolons", "day first", "names apart", "headings twice"],
)  # fmt: skip
def test_report_is_read_as_the_tool_writes_it(data, expected):
    assert read(data) == expected


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n,,,\r\n", "empty"),
        (b"\x00" * 400, "empty"),
        (b"%PDF-1.7 Name,Email", "no_table"),
        (b"PK\x03\x04xl/workbook.xml", "no_table"),
        (b"<!DOCTYPE html><table>", "no_table"),
        (b"Name,Email,Duration\n", "no_table"),
        (b"hello", "no_table"),
        (b'Name,Email,Duration\n"' + b"x" * 1_000_000 + b'",a@example.org,5\n', "no_table"),
        (b"x" * 8_000_001, "too_big"),
        (b"Name,Duration\n" + b"A,1\n" * (MOST_ROWS + 1), "too_many"),
    ],
    ids=["empty", "blank", "zeros", "pdf", "excel", "page", "headings only", "a word", "long cell", "big", "long"],
)  # fmt: skip
def test_what_is_no_report_is_refused_in_words(data, code):
    with pytest.raises(Refused) as refusal:
        grids(decode(data))

    assert refusal.value.code == code
    assert len(str(refusal.value)) > 15


def test_broken_files_are_read_or_refused_and_nothing_else():
    """A small version; `python -m tests.meetings.fuzz_reports 20000` does the same for longer."""
    from tests.meetings.fuzz_reports import broken_file, try_to_read

    chance = random.Random(1)
    outcomes = {try_to_read(broken_file(chance)) for _ in range(150)}

    assert outcomes == {"read", "refused"}


@pytest.mark.parametrize(
    ("cell", "tidied"),
    [
        ('="2027-01-20 16:05:00"', "2027-01-20 16:05:00"),
        ("=1+1", "=1+1"),
        ("'=1+1", "=1+1"),
        ("  a\r\n\tb\u00a0c ", "a b c"),
        ("\u202eevil\x00\x07\ud800", "evil"),
        ("O’Neil 👩\u200d🔬", "O’Neil 👩\u200d🔬"),
        ("x" * 5000, "x" * 1000),
    ],
)
def test_cell_is_one_line_that_can_be_shown(cell, tidied):
    assert tidy(cell) == tidied


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("01/20/2027 10:02:33 AM", "America/Chicago", "2027-01-20T16:02:33+00:00"),
        ("1/20/27, 12:05 PM", "America/Chicago", "2027-01-20T18:05:00+00:00"),
        ("Jan 20, 2027 10:02:33 AM", "America/Chicago", "2027-01-20T16:02:33+00:00"),
        ("Wednesday, January 20, 2027 at 10:02 a.m.", "America/Chicago", "2027-01-20T16:02:00+00:00"),
        ("20 Jan 2027 10:02", "UTC", "2027-01-20T10:02:00+00:00"),
        ("20.01.2027 10:02", "UTC", "2027-01-20T10:02:00+00:00"),
        ("2027-01-20T16:02:33Z", "America/Chicago", "2027-01-20T16:02:33+00:00"),
        ("2027-01-20 10:02:33.123 -06:00", "UTC", "2027-01-20T16:02:33+00:00"),
        ("31/31/2027 10:00", "UTC", None),
        ("2027-01-20 29:00", "UTC", None),
        ("99999999", "UTC", None),
        ("soon", "UTC", None),
    ],
)
def test_moment_is_read(text, zone, expected):
    found = moment(text, zone=zone)

    assert (found and found.isoformat()) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45", 2700), ("45.5", 2730), ("1:02:03", 3723), ("0:45", 2700), ("1h 2m 3s", 3723), ("1 hr 2 min", 3720),
        ("60 mins", 3600), ("2h", 7200), ("", None), ("-5", None), ("a while", None), ("99999", None),
    ],
)  # fmt: skip
def test_duration_is_read(text, seconds):
    assert seconds_of(text) == seconds


def test_nothing_counts_twice_or_outside_of_the_meeting():
    def at(hour, minute):
        return datetime(2027, 1, 20, hour, minute, tzinfo=UTC)

    spans = [(at(15, 0), at(16, 30)), (at(16, 10), at(16, 40)), (at(17, 0), at(17, 10)), (at(17, 50), at(19, 0))]

    within = (MEETING.starts_at, MEETING.ends_at)
    assert union(spans, within=within) == [(at(16, 0), at(16, 40)), (at(17, 0), at(17, 10)), (at(17, 50), at(18, 0))]
    assert seconds_in(spans, without_times=0, meeting=MEETING) == 60 * 60
    assert seconds_in(spans, without_times=9 * 3600, meeting=MEETING) == 120 * 60


def test_checksum_does_not_ask_for_the_order_of_the_files():
    assert checksum([b"a", b"b"]) == checksum([b"b", b"a"]) != checksum([b"a"])
