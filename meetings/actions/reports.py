"""A meeting tool's report on who was there, until staff say that it may be imported. Nothing is recorded here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from cop_portal.errors import Refused
from meetings.actions.attendance import tidy_name
from meetings.enums import PersonChoice, ReportKind, ReportState, WhereRecorded
from meetings.models import Meeting, ReportPerson, ToolReport
from meetings.presence import Caller, Columns, best_clock, read_callers, seconds_in
from meetings.report_people import match_by_address
from meetings.tool_report import MOST_FILES, checksum, decode, grids, guess
from notices.wake import wake_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meetings.tool_report import Grid
    from members.models import Member

IMPORT = "meetings.import_reports"
AT_A_TIME = 500


@dataclass(frozen=True)
class Said:
    """What staff say of one person of the report: who it is, by which name as a guest, and in which role."""

    choice: str
    member_id: int | None = None
    guest_name: str = ""
    is_facilitator: bool = False


def tables_of(report: ToolReport) -> list[list[Grid]]:
    """The tables of each of its files, the likeliest first."""
    return [grids(text) for text in report.texts or []]


def first_guess(report: ToolReport) -> dict[str, Any]:
    """Which columns are what, as far as the headings and times tell."""
    grid = tables_of(report)[0][0]
    places: dict[str, Any] = {**guess(grid.headings)}
    columns = best_clock([grid], Columns(**places), report.meeting)
    return {"headings": grid.headings, **asdict(columns)}


@transaction.atomic
def keep_report(meeting: Meeting, *, kind: str, files: Sequence[bytes], by: Member, now: datetime) -> ToolReport:
    """Take the files of one report (a call that was restarted has several); the same files again are the same report.

    Refuses what ``read_files`` does, and what ``meetings.tool_report`` refuses of a table.
    """
    texts = read_files(meeting, files, now=now)
    for text in texts:
        grids(text)
    known = {"meeting": meeting, "kind": kind, "state": ReportState.REVIEW, "checksum": checksum(files)}
    report = ToolReport.objects.filter(**known).first()
    if report is None:
        report = ToolReport.objects.create(**known, texts=texts, uploaded_by=by, uploaded_at=now)
    return report


def read_files(meeting: Meeting, files: Sequence[bytes], *, now: datetime) -> list[str]:
    """What stands in the files that a meeting tool wrote of this meeting. Nothing is kept.

    Refuses: ``not_begun``, ``no_file``, ``too_many_files``, and what ``meetings.tool_report.decode`` refuses.
    """
    if not meeting.is_published or now < meeting.starts_at:
        raise Refused("A report can be imported once the meeting has begun.", code="not_begun")
    if not files:
        raise Refused("Choose the file that the meeting tool gave you.", code="no_file")
    if len(files) > MOST_FILES:
        raise Refused(f"At most {MOST_FILES} files make one report.", code="too_many_files")
    return [decode(data) for data in files]


@transaction.atomic
def read_people(report: ToolReport, *, mapping: dict[str, Any]) -> ToolReport:
    """List the people of the report by these columns, each with their minutes and, by address alone, who they are.

    What staff had said before is asked anew. Refuses: ``not_in_review``, ``no_columns`` (neither name nor address, or
    no way to tell how long), ``other_columns`` (its files differ), ``nobody``, ``not_then`` (no time falls into the
    meeting: another meeting's report, or another clock).
    """
    report = hold_report(report)
    headings = mapping["headings"]
    columns = Columns(**{name: value for name, value in mapping.items() if name != "headings"})
    _check_columns(columns)
    callers, unread = read_callers(_with_headings(report, headings), columns, report.meeting)
    if not callers:
        raise Refused("Nobody stands in these columns. Are they the right ones?", code="nobody")
    people = [_person(report, place, caller) for place, caller in enumerate(callers)]
    if not any(person.seconds for person in people):
        raise Refused(
            f"None of these times falls into the meeting ({report.meeting.date_text}, {report.meeting.time_text}). Is it "
            "the report of another meeting? If its clock was wrong, choose to count durations only.",
            code="not_then",
        )
    match_by_address(people, report.meeting)
    report.people.all().delete()
    ReportPerson.objects.bulk_create(people, batch_size=AT_A_TIME)
    report.mapping, report.outcome, report.fault = mapping, {"unread": unread}, ""
    report.save(update_fields=["mapping", "outcome", "fault"])
    return report


def _check_columns(columns: Columns) -> None:
    who = [columns.name, columns.email, columns.first_name, columns.last_name]
    timed = bool(columns.clock) and columns.joined is not None and columns.left is not None
    if all(place is None for place in who):
        raise Refused("Say which column has the names or the e-mail addresses.", code="no_columns")
    if not timed and columns.minutes is None:
        raise Refused("Say which columns have the times of joining and leaving, or the minutes.", code="no_columns")


def _with_headings(report: ToolReport, headings: Sequence[str]) -> list[Grid]:
    chosen = []
    for tables in tables_of(report):
        fitting = [grid for grid in tables if grid.headings == headings]
        if not fitting:
            raise Refused(
                "The files have different columns. Throw this report away, and import them one after the other.",
                code="other_columns",
            )
        chosen += fitting
    return chosen


def _person(report: ToolReport, place: int, caller: Caller) -> ReportPerson:
    return ReportPerson(
        report=report,
        place=place,
        name=caller.name,
        email=caller.email,
        is_host=caller.is_host,
        lines=caller.lines,
        spans=[[start.isoformat(), end.isoformat()] for start, end in sorted(caller.spans)],
        without_times=caller.without_times,
        seconds=seconds_in(caller.spans, without_times=caller.without_times, meeting=report.meeting),
    )


@transaction.atomic
def say_who(report: ToolReport, *, said: dict[int, Said]) -> int:
    """Keep what staff say of these people, by their row. Returns how many are still to decide.

    Refuses: ``not_in_review``, ``no_name`` (a guest without one).
    """
    report = hold_report(report)
    people = {person.pk: person for person in report.people.filter(pk__in=said)}
    for pk, person in people.items():
        _say(person, said[pk])
    ReportPerson.objects.bulk_update(
        people.values(), ["choice", "member", "guest_name", "is_facilitator", "is_matched"], batch_size=200
    )
    return report.people.filter(choice=PersonChoice.OPEN).count()


def _say(person: ReportPerson, said: Said) -> None:
    is_member = said.choice == PersonChoice.MEMBER and said.member_id is not None
    person.is_matched = person.is_matched and (said.choice, said.member_id) == (person.choice, person.member_id)
    person.choice = said.choice if is_member or said.choice != PersonChoice.MEMBER else PersonChoice.OPEN
    person.member_id = said.member_id if is_member else None
    # A name that was typed waits with the line until it is decided.
    typed = tidy_name(said.guest_name)
    person.guest_name = typed if person.choice == PersonChoice.OPEN and typed != tidy_name(person.name) else ""
    person.is_facilitator = said.is_facilitator
    if person.choice == PersonChoice.GUEST:
        person.guest_name = typed or tidy_name(person.name)
        if not person.guest_name:
            raise Refused(f"Line {person.place + 1}: give the guest a name, or leave the line out.", code="no_name")


@transaction.atomic
def say_of_all_others(report: ToolReport, *, choice: str) -> int:
    """All who are still to decide are guests by the names in the report, or by those that staff typed, or left out.

    Returns how many that were. Somebody without a name stays to be decided. Refuses: ``not_in_review``.
    """
    report = hold_report(report)
    rows = list(report.people.filter(choice=PersonChoice.OPEN))
    if choice == PersonChoice.GUEST:
        rows = [row for row in rows if row.guest_name or row.name]
    for row in rows:
        row.choice = choice
        row.guest_name = tidy_name(row.guest_name or row.name) if choice == PersonChoice.GUEST else ""
        row.is_facilitator = choice == PersonChoice.GUEST and row.is_host
    ReportPerson.objects.bulk_update(rows, ["choice", "guest_name", "is_facilitator"], batch_size=200)
    return len(rows)


@transaction.atomic
def split_person(report: ToolReport, *, person_id: int) -> int:
    """These lines without an address are different people of one name: each becomes a line of its own, to decide.

    Returns how many they are. Refuses: ``not_in_review``, ``one_line`` (there is nothing to split).
    """
    report = hold_report(report)
    person = report.people.filter(pk=person_id, email="").first()
    if person is None or len(person.spans) < 2:
        raise Refused("There is nothing to split in this line.", code="one_line")
    last = report.people.order_by("-place").values_list("place", flat=True)[0]
    parts = [
        _person(report, last + number, Caller(person.name, "", person.is_host, 1, [_span(pair)]))
        for number, pair in enumerate(person.spans, start=1)
    ]
    person.delete()
    ReportPerson.objects.bulk_create(parts)
    return len(parts)


def _span(pair: list[str]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(pair[0]).astimezone(UTC), datetime.fromisoformat(pair[1]).astimezone(UTC)


@transaction.atomic
def confirm_report(
    report: ToolReport, *, where_recorded: str = WhereRecorded.KEEP, reason: str = "", by: Member, now: datetime
) -> ToolReport:
    """Give the reviewed report to the worker. Twice is once: the second finds it waiting.

    Refuses: ``not_in_review``, ``not_read``, ``open_people``, ``nobody``, ``no_reason`` (what staff recorded would
    change), ``added_before`` (minutes of the same files were imported already).
    """
    report = hold_report(report, already=ReportState.WAITING)
    if report.is_waiting:
        return report
    refusal = _refusal_to_import(report, where_recorded, reason)
    if refusal:
        raise refusal
    report.where_recorded, report.reason = where_recorded, reason.strip()[:300]
    report.state, report.confirmed_by, report.confirmed_at = ReportState.WAITING, by, now
    report.total = report.people.exclude(choice=PersonChoice.OUT).count()
    report.done, report.fault = 0, ""
    report.people.update(is_checked=False)
    report.save()
    wake_up(IMPORT)
    return report


def _refusal_to_import(report: ToolReport, where_recorded: str, reason: str) -> Refused | None:
    if not report.mapping:
        return Refused("Say first which column is what.", code="not_read")
    undecided = report.people.filter(choice=PersonChoice.OPEN).count()
    if undecided:
        return Refused(f"Say of {undecided} more who they are, or leave them out.", code="open_people")
    if not report.people.exclude(choice=PersonChoice.OUT).exists():
        return Refused("Everybody is left out: there is nothing to import.", code="nobody")
    if where_recorded == WhereRecorded.KEEP:
        return None
    if not reason.strip():
        return Refused("Say why what is recorded already changes. It is kept with each change.", code="no_reason")
    same = ToolReport.objects.filter(meeting=report.meeting_id, checksum=report.checksum, state=ReportState.DONE)
    if where_recorded == WhereRecorded.ADD and same.exists():
        return Refused("The minutes of these same files were imported already.", code="added_before")
    return None


@transaction.atomic
def discard_report(report: ToolReport, *, now: datetime) -> ToolReport:
    """Throw the report away with all that it says of people. Refuses: ``not_in_review``."""
    report = hold_report(report)
    finish(report, ReportState.GONE, now=now)
    return report


def finish(report: ToolReport, state: str, *, now: datetime) -> None:
    """The end of a report that the caller holds: what it said of people is deleted."""
    report.people.all().delete()
    report.state, report.texts, report.finished_at = state, None, now
    if report.kind == ReportKind.POLL:
        report.mapping = {}  # words of answers stand in it
    report.save()


def hold_report(report: ToolReport, *, already: str = "") -> ToolReport:
    """The report as it is now, locked until the transaction ends. Refuses: ``not_in_review`` (unless ``already`` so)."""
    held: ToolReport = ToolReport.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=report.pk)
    if held.state not in {ReportState.REVIEW, already}:
        words = f"This report is “{held.get_state_display().lower()}”: nothing about it can be changed."
        raise Refused(words, code="not_in_review")
    return held
