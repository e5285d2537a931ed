"""The representation table: who was in the room, by category. One function for page, screen, CSV and reports.

Participants are the people attending, facilitators included; respondents are ballots; submissions are the choices on
them (one person may give several). Percentages are of submissions, by largest remainder, so that the column sums to
100; beside it stand percentages of respondents, which need not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q

from meetings.enums import AttendanceRole
from meetings.models import Attendance, Meeting
from polls.enums import PollKind
from polls.models import Ballot, Option, Poll
from polls.small_cells import cells_to_hide

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Row:
    """One category. ``None`` is "not shown" in a hidden row and "not published" in an imported one."""

    label: str
    count: int | None
    percent: int | None
    of_respondents: int | None
    is_sensitive: bool = False
    is_hidden: bool = False
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class Together:
    """The hidden rows as one: what is left when the shown rows are taken from the total."""

    rows: int
    count: int
    percent: int


@dataclass(frozen=True, slots=True)
class Head:
    """The numbers above the rows. ``None``: not recorded, or not published."""

    participants: int | None
    facilitators: int | None
    respondents: int | None
    did_not_answer: int | None


@dataclass(frozen=True, slots=True)
class Table:
    poll_id: int
    question: str
    is_of_categories: bool
    is_full: bool
    head: Head
    submissions: int | None
    rows: tuple[Row, ...]
    together: Together | None
    threshold: int
    is_withheld: bool = False
    is_imported: bool = False
    remark: str = ""

    @property
    def more_answered_than_came(self) -> bool:
        head = self.head
        if head.participants is None or head.respondents is None:
            return False
        return head.participants - (head.facilitators or 0) < head.respondents


def lines(table: Table) -> list[tuple[object, ...]]:
    """The table as lines of a file, in the words of the page: nothing more is in them."""
    hidden = "not shown"
    body: list[tuple[object, ...]] = [
        (row.label, *((hidden,) * 3 if row.is_hidden else (row.count, row.percent, row.of_respondents)))
        for row in table.rows
    ]
    if table.together:
        body.append(("Rows not shown, together", table.together.count, table.together.percent, ""))
    head = table.head
    totals = [
        ("All submissions", table.submissions),
        ("Participants, facilitators included", head.participants),
        ("Facilitators", head.facilitators),
        ("Respondents", head.respondents),
        ("Attended, did not answer", head.did_not_answer),
    ]
    body += [(label, "" if number is None else number, "", "") for label, number in totals]
    if table.is_withheld:
        body.append(("The breakdown is not shown: so few answers would say who gave them.", "", "", ""))
    if table.remark:
        body.append((table.remark, "", "", ""))
    return body


def largest_remainder(counts: Sequence[int], base: int | None = None) -> list[int]:
    """Whole percentages of ``base`` (the sum, unless told) that sum to 100: Hamilton's method, ties by order.

    Each share is rounded down, and the points then missing go one each to the largest remainders. That is how the
    agency's table of 14 September 2022 was rounded (its base is 32, one more than its rows sum to).
    """
    base = sum(counts) if base is None else base
    if not base:
        return [0] * len(counts)
    if sum(counts) > base:
        raise ValueError("The rows sum to more than their base.")
    shares = [divmod(100 * count, base) for count in counts]
    missing = 100 - sum(floor for floor, _ in shares)
    by_remainder = sorted((i for i, (_, rest) in enumerate(shares) if rest), key=lambda i: (-shares[i][1], i))
    raised = set(by_remainder[:missing])
    return [floor + (i in raised) for i, (floor, _) in enumerate(shares)]


def percent_of(count: int, base: int) -> int:
    """A whole percentage by itself, halves up: for columns that need not sum to 100."""
    return (200 * count + base) // (2 * base) if base else 0


def full_rows(options: Sequence[Row], respondents: int) -> tuple[Row, ...]:
    """Every row with its percentages."""
    percents = largest_remainder([row.count or 0 for row in options])
    return tuple(
        _with(row, percent=percent, of_respondents=percent_of(row.count or 0, respondents))
        for row, percent in zip(options, percents, strict=True)
    )


def hide_small_cells(
    options: Sequence[Row], *, threshold: int, respondents: int
) -> tuple[tuple[Row, ...], Together | None] | None:
    """The rows for readers without the full view, and the hidden ones as one; None where no breakdown is safe.

    The percentages are rounded over the shown rows and the hidden ones *together*: so they follow from what is shown
    anyway, and the way a single hidden row was rounded gives nothing away. A shown row may therefore differ by a
    point from the full view.
    """
    counts = [row.count or 0 for row in options]
    hidden = cells_to_hide(counts, [row.is_sensitive for row in options], threshold=threshold, respondents=respondents)
    if hidden is None:
        return None
    if not hidden:
        return full_rows(options, respondents), None
    rest = sum(counts[i] for i in hidden)
    shown = [i for i in range(len(options)) if i not in hidden]
    *percents, rest_percent = largest_remainder([*(counts[i] for i in shown), rest])
    percent_by_row = dict(zip(shown, percents, strict=True))
    rows = tuple(
        _with(row, count=None, is_hidden=True)
        if i in hidden
        else _with(row, percent=percent_by_row[i], of_respondents=percent_of(counts[i], respondents))
        for i, row in enumerate(options)
    )
    return rows, Together(len(hidden), rest, rest_percent)


def representation(subject: Meeting | Poll, *, full: bool, threshold: int) -> Table | None:
    """The table of a poll, or of a meeting's category poll; None while it is not published, for everybody."""
    polls = [subject] if isinstance(subject, Poll) else list(subject.polls.of_categories())
    tables = representations(polls, full=full, threshold=threshold)
    return tables[0] if tables else None


def representations(polls: Iterable[Poll], *, full: bool, threshold: int) -> list[Table]:
    """The tables of those polls that are published, in order, in the same three queries for any number of them."""
    polls = [poll for poll in polls if poll.is_published]
    if not polls:
        return []
    options: dict[int, list[Row]] = {poll.pk: [] for poll in polls}
    for option in Option.objects.filter(poll__in=polls).with_counts().select_related("category"):
        options[option.poll_id].append(_row(option))
    ballots = Counter(dict(Ballot.objects.filter(poll__in=polls).values_list("poll").annotate(Count("pk"))))
    came = _attendance([poll.meeting_id for poll in polls])
    return [
        _imported(poll, options[poll.pk], threshold)
        if poll.is_imported
        else _counted(poll, options[poll.pk], ballots[poll.pk], came.get(poll.meeting_id), full, threshold)
        for poll in polls
    ]


def _attendance(meetings: list[int]) -> dict[int, tuple[int, int]]:
    """For each meeting with recorded attendance: how many came, and how many of them facilitate."""
    facilitates = (
        Q(role=AttendanceRole.FACILITATOR)
        | Q(member__is_facilitator=True)
        | Q(member__facilitated_meetings=F("meeting"))
    )
    rows = (
        Attendance.objects.filter(meeting__in=meetings)
        .order_by()
        .values_list("meeting")
        .annotate(came=Count("pk", distinct=True), facilitators=Count("pk", distinct=True, filter=facilitates))
    )
    return {meeting: (came, facilitators) for meeting, came, facilitators in rows}


def _row(option: Any) -> Row:
    return Row(
        label=option.label,
        count=option.chosen,
        percent=option.imported_percent,
        of_respondents=None,
        is_sensitive=option.category is not None and option.category.is_sensitive,
        category_id=option.category_id,
    )


def _with(row: Row, **changes: Any) -> Row:
    values = {name: getattr(row, name) for name in Row.__slots__}
    return Row(**(values | changes))


def _imported(poll: Poll, options: list[Row], threshold: int) -> Table:
    """A table that the agency published before this portal existed: as it was published, nothing worked out."""
    head = Head(poll.imported_participants, poll.imported_facilitators, None, None)
    rows = tuple(_with(row, count=None) for row in options)
    return _table(poll, head, poll.imported_submissions, rows, None, threshold, is_full=True)


def _counted(
    poll: Poll, options: list[Row], respondents: int, came: tuple[int, int] | None, full: bool, threshold: int
) -> Table:
    head = _head(respondents, came, counts_facilitators=poll.kind == PollKind.CATEGORIES)
    submissions = sum(row.count or 0 for row in options)
    if full:
        return _table(poll, head, submissions, full_rows(options, respondents), None, threshold, is_full=True)
    public = hide_small_cells(options, threshold=threshold, respondents=respondents)
    if public is None:
        # The number of submissions would say how many choices the few ballots hold: it goes with the breakdown.
        return _table(poll, head, None, (), None, threshold, is_withheld=True)
    rows, together = public
    return _table(poll, head, submissions, rows, together, threshold)


def _head(respondents: int, came: tuple[int, int] | None, *, counts_facilitators: bool) -> Head:
    if came is None:
        return Head(None, None, respondents, None)
    participants, facilitators = came
    could_answer = participants - facilitators if counts_facilitators else participants
    return Head(participants, facilitators, respondents, max(0, could_answer - respondents))


def _table(
    poll: Poll,
    head: Head,
    submissions: int | None,
    rows: tuple[Row, ...],
    together: Together | None,
    threshold: int,
    **flags: bool,
) -> Table:
    return Table(
        poll_id=poll.pk,
        question=poll.question,
        is_of_categories=poll.kind == PollKind.CATEGORIES,
        is_full=flags.get("is_full", False),
        head=head,
        submissions=submissions,
        rows=rows,
        together=together,
        threshold=threshold,
        is_withheld=flags.get("is_withheld", False),
        is_imported=poll.is_imported,
        remark=poll.imported_remark,
    )
