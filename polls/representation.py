"""The representation table: who was in the room, by category. One function for page, screen, files and summary.

Participants are the people attending, facilitators included; respondents are ballots; submissions are the choices on
them (one person may give several). Percentages are of submissions, by largest remainder, so that the column sums to
100; beside it stand percentages of respondents, which need not.

The public reads the table as it was published, from its record; the full view is counted from the ballots.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q

from meetings.enums import AttendanceRole
from meetings.models import Attendance, Meeting
from polls.enums import PollKind, Withheld
from polls.models import Ballot, Option, Poll, PublishedTable
from polls.small_cells import cells_to_hide
from polls.table import Head, Row, Table, Together, from_record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


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
    return hide(options, frozenset(), rest=0, respondents=respondents)[0]


def hide(
    options: Sequence[Row], hidden: Collection[int], *, rest: int, respondents: int
) -> tuple[tuple[Row, ...], Together | None]:
    """The rows with those at ``hidden`` places taken out, and these as one; together they count ``rest``.

    The percentages are rounded over the shown rows and the hidden ones *together*: so they follow from what is shown
    anyway, and the way a single hidden row was rounded gives nothing away. A shown row may therefore differ by a
    point from the full view.
    """
    shown = [i for i in range(len(options)) if i not in hidden]
    counts = {i: options[i].count or 0 for i in shown}
    percents = dict(zip([*shown, None], largest_remainder([*counts.values(), rest]), strict=True))
    rows = tuple(
        replace(row, count=None, percent=None, of_respondents=None, is_hidden=True)
        if i in hidden
        else replace(
            row,
            count=counts[i],
            percent=percents[i],
            of_respondents=percent_of(counts[i], respondents),
            is_hidden=False,
        )
        for i, row in enumerate(options)
    )
    return rows, Together(len(hidden), rest, percents[None]) if hidden else None


def hide_small_cells(
    options: Sequence[Row], *, threshold: int, respondents: int
) -> tuple[tuple[Row, ...], Together | None] | None:
    """The rows for readers without the full view, and the hidden ones as one; None where no breakdown is safe.

    That is so in every poll with fewer answers than the threshold: those who know one another could tell who gave them.
    """
    if 0 < respondents < threshold:
        return None
    counts = [row.count or 0 for row in options]
    hidden = cells_to_hide(counts, [row.is_sensitive for row in options], threshold=threshold, respondents=respondents)
    if hidden is None:
        return None
    return hide(options, hidden, rest=sum(counts[i] for i in hidden), respondents=respondents)


def representation(subject: Meeting | Poll, *, full: bool, threshold: int) -> Table | None:
    """The table of a poll, or of a meeting's category poll; None while it is not published, for everybody."""
    polls = [subject] if isinstance(subject, Poll) else list(subject.polls.of_categories())
    tables = representations(polls, full=full, threshold=threshold)
    return tables[0] if tables else None


def representations(polls: Iterable[Poll], *, full: bool, threshold: int) -> list[Table]:
    """The tables of those polls that are published, in order: as published in one query, in full in four.

    In full they are counted now, with the attendance as it stands. Where the ballots' time of keeping is over, and where
    only percentages were ever published, the full view is what was published.
    """
    polls = [poll for poll in polls if poll.is_published]
    if not polls:
        return []
    kept = PublishedTable.objects.filter(poll__in=polls).latest_of_each()
    published = {record.poll_id: from_record(record) for record in kept}
    if not full:
        return [published[poll.pk] for poll in polls if poll.pk in published]
    tables = []
    for poll, counted in zip(polls, count(polls, threshold=threshold), strict=True):
        before = published.get(poll.pk)
        are_gone = before is not None and before.head.respondents and not counted.head.respondents
        if before is not None and (before.is_imported or are_gone):
            tables.append(before)
        else:
            rows = full_rows(counted.rows, counted.head.respondents or 0)
            tables.append(replace(counted, rows=rows, is_full=True))
    return tables


def count(polls: Sequence[Poll], *, threshold: int) -> list[Table]:
    """What the ballots say, whole, whatever the state of the poll: for those who publish and for the full view."""
    options: dict[int, list[Row]] = {poll.pk: [] for poll in polls}
    for option in Option.objects.filter(poll__in=polls).with_counts().select_related("category"):
        options[option.poll_id].append(replace(row_of(option), count=option.chosen))
    ballots = Counter(dict(Ballot.objects.filter(poll__in=polls).values_list("poll").annotate(Count("pk"))))
    came = attendance([poll.meeting_id for poll in polls])
    return [
        imported(poll, options[poll.pk], threshold)
        if poll.is_imported
        else Table(
            poll_id=poll.pk,
            question=poll.question,
            is_of_categories=poll.kind == PollKind.CATEGORIES,
            is_full=False,
            head=head_of(poll, ballots[poll.pk], came.get(poll.meeting_id)),
            submissions=sum(row.count or 0 for row in options[poll.pk]),
            rows=tuple(options[poll.pk]),
            together=None,
            threshold=threshold,
            remark=poll.imported_remark,
        )
        for poll in polls
    ]


def for_everybody(counted: Table) -> Table:
    """The table as everybody may read it: the first version of what was counted."""
    public = hide_small_cells(counted.rows, threshold=counted.threshold, respondents=counted.head.respondents or 0)
    return withhold(counted, Withheld.FEW) if public is None else replace(counted, rows=public[0], together=public[1])


def withhold(table: Table, why: Withheld) -> Table:
    """Without its breakdown. The number of submissions goes too: it says how many choices the few ballots hold."""
    return replace(table, rows=(), together=None, submissions=None, withheld=why.value)


def attendance(meetings: list[int]) -> dict[int, tuple[int, int]]:
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


def head_of(poll: Poll, respondents: int, came: tuple[int, int] | None) -> Head:
    if came is None:
        return Head(None, None, respondents, None)
    participants, facilitators = came
    # Facilitators answer every poll but the one of categories.
    could_answer = participants - facilitators if poll.kind == PollKind.CATEGORIES else participants
    return Head(participants, facilitators, respondents, max(0, could_answer - respondents))


def row_of(option: Any) -> Row:
    """A row as it is named and guarded now, without any number of the ballots."""
    return Row(
        label=option.label,
        count=None,
        percent=option.imported_percent,
        of_respondents=None,
        is_sensitive=option.category is not None and option.category.is_sensitive,
        category_id=option.category_id,
    )


def imported(poll: Poll, options: Sequence[Row], threshold: int) -> Table:
    """A table that the agency published before this portal existed: as it was published, nothing worked out."""
    return Table(
        poll_id=poll.pk,
        question=poll.question,
        is_of_categories=poll.kind == PollKind.CATEGORIES,
        is_full=False,
        head=Head(poll.imported_participants, poll.imported_facilitators, None, None),
        submissions=poll.imported_submissions,
        rows=tuple(replace(row, count=None) for row in options),
        together=None,
        threshold=threshold,
        is_imported=True,
        remark=poll.imported_remark,
    )
