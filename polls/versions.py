"""The versions of a published table: what the next one shows, and what differs.

*A later version is worked out from the version before, never from the ballots* (docs/decisions/0017). It takes over
what was shown, puts in what everybody may know (who came, how a row is called, which rows are sensitive, the
threshold), and can only hide more. So whoever has read the versions before learns nothing of a hidden cell from it, even
if they know this rule.

Other answers, given after a reset, are of nearly the same people: two breakdowns would tell what the few who differ
chose. They get none where a row is sensitive.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from polls.enums import Withheld
from polls.models import Option, Poll, PublishedTable
from polls.representation import attendance, count, for_everybody, head_of, hide, row_of, withhold
from polls.small_cells import cells_to_hide
from polls.table import Head, Row, Table, from_record

if TYPE_CHECKING:
    from collections.abc import Sequence


def next_versions(polls: Sequence[Poll], *, threshold: int) -> dict[int, tuple[Table, Table]]:
    """For each published poll, what stands and what would be published now. Three queries, and none asks a ballot."""
    records = PublishedTable.objects.filter(poll__in=polls).latest_of_each()
    standing = {record.poll_id: from_record(record) for record in records}
    options: dict[int, list[Row]] = {poll.pk: [] for poll in polls}
    for option in Option.objects.filter(poll__in=polls).select_related("category"):
        options[option.poll_id].append(row_of(option))
    came = attendance([poll.meeting_id for poll in polls])
    found = {}
    for poll in polls:
        if before := standing.get(poll.pk):
            head = head_of(poll, before.head.respondents or 0, came.get(poll.meeting_id))
            found[poll.pk] = (before, revised(before, options[poll.pk], head=head, threshold=threshold))
    return found


def revised(before: Table, named: Sequence[Row], *, head: Head, threshold: int) -> Table:
    """The same answers with today's attendance, names, sensitive rows and threshold: what was hidden stays hidden.

    Which further rows are hidden follows from rows that everybody has read. The threshold of a table never falls, and
    one that was published before this portal existed stays as it is.
    """
    if before.is_imported:
        return before
    after = replace(before, head=head, threshold=max(before.threshold, threshold))
    if before.is_withheld:
        return after
    rows = [
        replace(row, label=now.label, is_sensitive=now.is_sensitive)
        for row, now in zip(before.rows, named, strict=True)
    ]
    respondents = before.head.respondents or 0
    places = [i for i, row in enumerate(rows) if not row.is_hidden]
    more = cells_to_hide(
        [rows[i].count or 0 for i in places],
        [rows[i].is_sensitive for i in places],
        threshold=after.threshold,
        respondents=respondents,
    )
    if more is None or 0 < respondents < after.threshold:
        return withhold(after, Withheld.SINCE)
    return _hiding(replace(after, rows=tuple(rows)), {places[i] for i in more})


def _hiding(table: Table, more: set[int]) -> Table:
    """The table with further rows hidden; nothing but itself is asked."""
    hidden = more | {i for i, row in enumerate(table.rows) if row.is_hidden}
    rest = (table.together.count if table.together else 0) + sum(table.rows[i].count or 0 for i in more)
    rows, together = hide(table.rows, hidden, rest=rest, respondents=table.head.respondents or 0)
    return replace(table, rows=rows, together=together)


def masked(earlier: Table, standing: Table) -> Table:
    """An earlier version of the same answers as its page shows it now: what a later one hides is hidden here too.

    That cannot unsay what was read, and it needs nothing but the two tables.
    """
    if earlier.is_withheld or earlier.is_imported:
        return earlier
    if standing.is_withheld:
        return withhold(earlier, Withheld.SINCE)
    more = {i for i, row in enumerate(standing.rows) if row.is_hidden and not earlier.rows[i].is_hidden}
    return _hiding(earlier, more) if more else earlier


def first_version(poll: Poll, *, threshold: int) -> Table:
    """What is published of the answers that the poll holds now, given every table that was published of it before."""
    [counted] = count([poll], threshold=threshold)
    if poll.is_imported:
        return counted
    earlier = [from_record(record) for record in poll.tables.all()]
    return of_other_answers(earlier, counted)


def of_other_answers(earlier: Sequence[Table], counted: Table) -> Table:
    """New answers beside tables of earlier ones: with a breakdown only where those gave nothing away.

    That is where no row is sensitive on either side. It does not depend on what anybody answered, so withholding tells
    nothing; and not on how many answered before, for a table of few is often a part of the one that follows.
    """
    if any(_has_secrets(table) for table in (*earlier, counted)) and earlier:
        return withhold(counted, Withheld.EARLIER)
    return for_everybody(counted)


def _has_secrets(table: Table) -> bool:
    """A table with sensitive rows, or one that was withheld because of them."""
    return any(row.is_sensitive for row in table.rows) or table.withheld in {Withheld.EARLIER, Withheld.SINCE}


def changes(before: Table, after: Table) -> list[str]:
    """What differs, in words, for everybody."""
    heads = [
        ("Participants", before.head.participants, after.head.participants),
        ("Facilitators", before.head.facilitators, after.head.facilitators),
        ("Attended, did not answer", before.head.did_not_answer, after.head.did_not_answer),
    ]
    found = [f"{label}: {_said(new)}, before {_said(old)}" for label, old, new in heads if old != new]
    found += [
        f"“{old.label}” is now called “{new.label}”"
        for old, new in zip(before.rows, after.rows, strict=False)
        if old.label != new.label
    ]
    hidden = [
        new.label for old, new in zip(before.rows, after.rows, strict=False) if new.is_hidden and not old.is_hidden
    ]
    if hidden:
        found.append(f"No longer shown: {', '.join(hidden)}")
    if after.is_withheld and not before.is_withheld:
        found.append("The breakdown is no longer shown")
    if before.threshold != after.threshold:
        found.append(f"Sensitive rows are hidden below {after.threshold}, before below {before.threshold}")
    return found


def _said(number: int | None) -> str:
    return "not recorded" if number is None else str(number)
