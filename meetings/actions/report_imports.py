"""The worker's part in a report: looked at some people at a time, written in one transaction. All of it or nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from meetings.actions.reports import finish
from meetings.actions.rsvps import lock_meeting
from meetings.attendance_steps import Written, as_it_is, write_steps
from meetings.enums import AttendanceRole, AttendanceSource, PersonChoice, ReportState, WhereRecorded
from meetings.models import Attendance, ReportPerson, ToolReport
from meetings.presence import seconds_in
from privacy.disposal import no_new_holds, not_held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meetings.attendance_steps import AsItIs
    from meetings.models import Meeting

    Key = tuple[int | None, str]

LOOKED_AT_ONCE, WRITTEN_AT_ONCE = 250, 500
FAULT = "It could not be imported, and nothing of it was written. Try it once more; if it fails again, tell whoever runs the portal."


class Present:
    """One person to record: all lines of the report that staff said are them."""

    def __init__(self, first: ReportPerson) -> None:
        self.member_id, self.guest_name = first.member_id, first.guest_name
        self.spans: list[tuple[datetime, datetime]] = []
        self.without_times, self.is_facilitator = 0, False

    def add(self, person: ReportPerson) -> None:
        pairs = [[datetime.fromisoformat(text).astimezone(UTC) for text in pair] for pair in person.spans]
        self.spans += [(start, end) for start, end in pairs]
        self.without_times += person.without_times
        self.is_facilitator = self.is_facilitator or person.is_facilitator

    def minutes(self, meeting: Meeting) -> int:
        seconds = seconds_in(self.spans, without_times=self.without_times, meeting=meeting)
        return min(max(1, round(seconds / 60)), meeting.minutes) if seconds else 0


def next_report() -> ToolReport | None:
    """The oldest that waits and that no other worker holds. Call it in the transaction that works on it."""
    found: ToolReport | None = (
        ToolReport.objects.waiting()
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("confirmed_by")
        .first()
    )
    return found


def look_at_some(report: ToolReport) -> bool:
    """Look at the next people of a report that the caller holds, so that staff see how far it is. False: none is left.

    A worker that dies here has written nothing; the next one goes on where it was.
    """
    left = report.people.filter(is_checked=False).exclude(choice=PersonChoice.OUT).order_by("place")
    some = list(left.values_list("pk", flat=True)[:LOOKED_AT_ONCE])
    if not some:
        return False
    report.people.filter(pk__in=some).update(is_checked=True)
    report.done += len(some)
    report.save(update_fields=["done"])
    return True


def write_report(report: ToolReport, *, now: datetime) -> ToolReport:
    """Record everybody of a report that the caller holds, under the meeting's lock, and delete what it said of them.

    Who is recorded already stays as staff said, or changes with their reason; a person's own check-in is confirmed with
    the report's minutes; nobody is confirmed by themselves. A report that is done is not written again.
    """
    meeting, by = lock_meeting(report.meeting_id), report.confirmed_by
    assert by is not None  # noqa: S101  # a constraint says so
    written = Written(by=by, at=now, reason=report.reason, report=report)
    known = {_key(row.member_id, row.guest_name): row for row in Attendance.objects.filter(meeting=meeting)}
    new: list[Attendance] = []
    changed: list[tuple[AsItIs | None, Attendance]] = []
    numbers: Counter[str] = Counter()
    for person in _everybody(report.people.exclude(choice=PersonChoice.OUT).order_by("place")):
        minutes = person.minutes(meeting)
        row = known.get(_key(person.member_id, person.guest_name))
        what = _what_becomes(report, row, minutes)
        if what == "new":
            row = _row(meeting, person, minutes, written)
            new.append(row)
        elif what in {"confirmed", "replaced", "added"} and row is not None:
            before = as_it_is(row)
            _put(row, person, minutes, written, meeting, adds=what == "added")
            if as_it_is(row) == before:
                what = "kept"
            else:
                changed.append((before, row))
        numbers[what] += 1
    _save(new, changed, written)
    report.outcome = {**report.outcome, **numbers, "out": report.people.filter(choice=PersonChoice.OUT).count()}
    report.done = report.total
    finish(report, ReportState.DONE, now=now)
    return report


def _key(member_id: int | None, guest_name: str) -> Key:
    return member_id, "" if member_id else guest_name.casefold()


def _everybody(people: Iterable[ReportPerson]) -> list[Present]:
    """Lines that staff gave to one member are one person; two guests of one name are two, and told apart."""
    found: dict[Key, Present] = {}
    for person in people:
        key, number = _key(person.member_id, person.guest_name), 2
        while person.member_id is None and key in found:
            key = _key(None, f"{person.guest_name[:110]} ({number})")
            number += 1
        present = found.setdefault(key, Present(person))
        if person.member_id is None and number > 2:
            present.guest_name = f"{person.guest_name[:110]} ({number - 1})"
        present.add(person)
    return list(found.values())


def _what_becomes(report: ToolReport, row: Attendance | None, minutes: int) -> str:
    if not minutes:
        return "not_there"
    if row is None:
        return "new"
    if row.confirmed_by_id is None:
        return "confirmed"
    return {WhereRecorded.KEEP: "kept", WhereRecorded.REPLACE: "replaced", WhereRecorded.ADD: "added"}[
        WhereRecorded(report.where_recorded)
    ]


def _row(meeting: Meeting, person: Present, minutes: int, written: Written) -> Attendance:
    row = Attendance(
        meeting=meeting,
        member_id=person.member_id,
        guest_name="" if person.member_id else person.guest_name,
        source=AttendanceSource.IMPORT,
    )
    _put(row, person, minutes, written, meeting, adds=False)
    return row


def _put(row: Attendance, person: Present, minutes: int, written: Written, meeting: Meeting, *, adds: bool) -> None:
    row.minutes = min(row.minutes + minutes, meeting.minutes) if adds else minutes
    if not adds:
        row.role = AttendanceRole.FACILITATOR if person.is_facilitator else AttendanceRole.PARTICIPANT
    row.recorded_at, row.recorded_by = written.at, written.by
    row.confirmed_by = None if written.by is not None and written.by.pk == person.member_id else written.by


def _save(new: list[Attendance], changed: list[tuple[AsItIs | None, Attendance]], written: Written) -> None:
    Attendance.objects.bulk_create(new, batch_size=WRITTEN_AT_ONCE)
    Attendance.objects.bulk_update(
        [row for _, row in changed], ["minutes", "role", "recorded_at", "recorded_by", "confirmed_by"], batch_size=200
    )
    write_steps([*((None, row) for row in new), *changed], written, batch_size=WRITTEN_AT_ONCE)


def import_step(*, now: datetime) -> bool:
    """One step with the oldest report that waits: some people more, or all of it written. False: nothing waits."""
    report, is_done = None, False
    try:
        with transaction.atomic():
            report = next_report()
            if report is not None and not look_at_some(report):
                write_report(report, now=now)
        is_done = True
    finally:  # whatever went wrong goes on to the log, and the report back to who gave it
        if report is not None and not is_done:
            ToolReport.objects.waiting().filter(pk=report.pk).update(state=ReportState.REVIEW, done=0, fault=FAULT)
    return report is not None


@transaction.atomic
def forget_old_reports(*, now: datetime) -> int:
    """Throw away what was given so many days ago (a setting) and never imported, and is on no hold. Returns how many."""
    before = now - timedelta(days=settings.TOOL_REPORT_DAYS)
    no_new_holds()
    old = ToolReport.objects.filter(state=ReportState.REVIEW, uploaded_at__lt=before)
    free = not_held(old, kind="attendance", member=["people__member"], meeting=["meeting"]).values("pk")
    reports = list(ToolReport.objects.filter(pk__in=free).select_for_update(skip_locked=True, of=("self",)))
    for report in reports:
        finish(report, ReportState.GONE, now=now)
    return len(reports)
