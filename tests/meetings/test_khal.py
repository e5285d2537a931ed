"""Calendar files given to khal, a calendar program with a store of its own, as a person would give them."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from meetings import ical
from tests.calendar_scenes import NOW, STARTS, meetings

CONFIG = """[calendars]
[[meetings]]
path = {folder}/meetings
type = calendar
[sqlite]
path = {folder}/khal.db
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = {zone}
default_timezone = {zone}
"""


@pytest.fixture
def khal(tmp_path):
    """``khal(text, …)`` imports each file in turn and lists the year: lines “start | end | title | status”."""

    def run(*words):
        result = subprocess.run(
            [sys.executable, "-c", "from khal.cli import main_khal; main_khal()", "-c", tmp_path / "config", *words],
            capture_output=True, text=True, timeout=60, env={**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return result.stdout

    def imported(*texts, zone="America/Chicago"):
        (tmp_path / "meetings").mkdir()
        (tmp_path / "config").write_text(CONFIG.format(folder=tmp_path, zone=zone))
        for number, text in enumerate(texts):
            file = tmp_path / f"{number}.ics"
            file.write_bytes(text.encode())
            run("import", "--batch", "-a", "meetings", str(file))
        form = "{start} | {end} | {title} | {status}"
        lines = run("list", "--day-format", "", "--format", form, "2027-01-01", "365d").splitlines()
        return [line.strip() for line in lines if line.strip()]

    return imported


def in_zone(start, zone_hour):
    return f"{start:%Y-%m-%d} {zone_hour:02}:00 | {start:%Y-%m-%d} {zone_hour + 2:02}:00"


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("America/Chicago", [10, 10, 10, 10]), ("UTC", [16, 15, 15, 16]), ("America/Phoenix", [9, 8, 8, 9])],
)
def test_khal_shows_a_feed_at_the_right_hour_on_both_sides_of_both_clock_changes(khal, zone, hours):
    shown = khal(ical.feed([(meeting, 0) for meeting in meetings()], name="Meetings", now=NOW), zone=zone)

    assert [line.split(" | Full")[0] for line in shown] == [
        in_zone(start, hour) for start, hour in zip(STARTS, hours, strict=True)
    ]


def test_khal_follows_an_invitation_its_update_and_its_cancel(khal):
    first, later = meetings()[0], meetings()[0]
    later.starts_at, later.ends_at = STARTS[1], STARTS[1] + timedelta(hours=2)
    to = {"address": "ana@example.org", "now": NOW}

    [shown] = khal(
        ical.invitation(first, sequence=0, **to),
        ical.invitation(later, sequence=1, **to),
        ical.cancellation(later, sequence=2, **to),
    )

    assert shown.startswith(in_zone(STARTS[1], 10))
    assert "CANCELLED" in shown
