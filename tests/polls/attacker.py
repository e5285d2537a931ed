"""A reader who wants to know what is hidden.

They see the published rows and totals, and know the rule by which rows are hidden. They go through every table that
could stand behind what they see, publish each by the same rule, and keep those that would look exactly the same. If a
hidden row has one value in all that are left, it is known.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain, combinations, product
from math import comb

from polls.representation import hide_small_cells
from polls.small_cells import _cell, _Search
from polls.table import Row

# What is shown of a table with these counts, or None for "no breakdown".
Publish = Callable[[tuple[int, ...]], object]
# Tables in which a row may have another value, whether they fit or not.
Hints = Callable[[int], Iterable[tuple[int, ...]]]
# All of so many tables are tried; where there are more, the attack gives up and says so. A control is only to be beaten
# somewhere: it is not searched to its end.
MOST_TABLES, MOST_OF_A_CONTROL, MOST_STEPS = 2_000_000, 20_000, 1_000


def publisher(sensitive, *, threshold, respondents):
    """The portal's own way of publishing, all percentages included."""

    def publish(counts):
        rows = [
            Row(str(i), count, None, None, is_sensitive)
            for i, (count, is_sensitive) in enumerate(zip(counts, sensitive, strict=True))
        ]
        return hide_small_cells(rows, threshold=threshold, respondents=respondents)

    return publish


def compositions(total: int, parts: int, most: int) -> Iterator[tuple[int, ...]]:
    """Every way to write ``total`` as ``parts`` numbers from 0 to ``most``."""
    if parts == 1:
        if 0 <= total <= most:
            yield (total,)
        return
    for first in range(max(0, total - most * (parts - 1)), min(most, total) + 1):
        for others in compositions(total - first, parts - 1, most):
            yield (first, *others)


class Undecided(Exception):
    """No second value was found for some cell, and there are too many tables to try them all."""


def everything_behind(public, respondents, rows) -> tuple[int, Iterator[tuple[int, ...]]]:
    """Every table that could stand behind what is shown, whatever the rule, and how many there are at most."""
    if public is None:
        # Nothing but the number of ballots is known: each holds at least one choice, none the same twice.
        everything = product(range(respondents + 1), repeat=rows)
        return (respondents + 1) ** rows, (table for table in everything if sum(table) >= respondents)
    shown = [row.count for row in public[0]]
    places = hidden_rows(public, rows)
    if not places:
        return 1, iter([tuple(shown)])
    total = public[1].count

    def tables():
        for guess in compositions(total, len(places), respondents):
            values = iter(guess)
            yield tuple(next(values) if count is None else count for count in shown)

    return comb(total + len(places) - 1, len(places) - 1), tables()


def hidden_rows(view, rows) -> list[int]:
    return list(range(rows)) if view is None else [i for i, row in enumerate(view[0]) if row.is_hidden]


def inferences(public, publish: Publish, *, respondents, rows, also=None, seen=None) -> dict[int, set[int]]:
    """For each hidden row, the values it can have: every table is tried, so this is for small ones.

    ``also`` publishes more of a table, such as later versions; ``seen`` is what the reader saw of it.
    """
    found: dict[int, set[int]] = {i: set() for i in hidden_rows(public, rows)}
    for table in everything_behind(public, respondents, rows)[1] if found else ():
        news = any(table[i] not in values for i, values in found.items())
        if news and publish(table) == public and (also is None or also(table) == seen):
            for i, values in found.items():
                values.add(table[i])
    return found


def pinned(
    counts, publish: Publish, *, respondents, also=None, hints: Hints | None = None, most_tables=MOST_TABLES
) -> set[int]:
    """The hidden rows whose count the reader knows for sure: those for which no table that fits has another value.

    The same answer as ``inferences`` gives, and sooner: tables are tried where another value is likely, and all of them
    where it was not found there. What counts is only ever a table that is published and looks exactly the same; where a
    table comes from cannot make a row look safe. Raises ``Undecided`` where all are too many.
    """
    truth = tuple(counts)
    shown, seen = publish(truth), also and also(truth)
    open_ = set(hidden_rows(shown, len(truth)))

    def fits(table):
        is_table = max(table) <= respondents <= sum(table)
        return is_table and publish(table) == shown and (also is None or also(table) == seen)

    number, everything = everything_behind(shown, respondents, len(truth))
    near = _nearby(truth, sorted(open_), fits, total_is_known=shown is not None)
    likely = chain.from_iterable(hints(row) for row in sorted(open_)) if hints else ()
    for tables, is_all in ((near, False), (likely, False), (everything, True)):
        if open_ and is_all and number > most_tables:
            raise Undecided(truth, sorted(open_))
        for table in tables if open_ else ():
            if any(table[i] != truth[i] for i in open_) and fits(table):
                open_ -= {i for i in open_ if table[i] != truth[i]}
            if not open_:
                break
    return open_


def _nearby(truth, places, fits, *, total_is_known, limit=60):
    """Tables that fit, found by moving single choices from one that does, or by changing two rows for one another."""
    seen, edge = {truth}, [truth]
    while edge and len(seen) < limit:
        here = edge.pop(0)
        for there in _moves(here, places, total_is_known=total_is_known):
            if there not in seen:
                yield there
                if len(seen) < limit and fits(there):
                    seen.add(there)
                    edge.append(there)


def _moves(here, places, *, total_is_known):
    pairs = [(a, b) for a in places for b in places if a != b]
    alone = [] if total_is_known else [pair for a in places for pair in ((a, None), (None, a))]
    for up, down in pairs + alone:
        there = list(here)
        if up is not None:
            there[up] += 1
        if down is not None:
            there[down] -= 1
        if min(there) >= 0:
            yield tuple(there)
    for a, b in combinations(places, 2):
        there = list(here)
        there[a], there[b] = there[b], there[a]
        yield tuple(there)


def treated_alike(counts, sensitive, *, threshold, respondents) -> Hints:
    """Where to look first: tables in the same bands with the same hidden sum, one for each value of a row.

    The rule hides row after row, each time because the sum so far was refused. So a path is laid through the sums
    refused (dynamic programming: at each row, which sums can be reached and from where) to the sum that stands. Moving single
    choices does not always lead from one such path to the next: that is what made this attack endless.
    """
    search, paths = _rule(counts, sensitive, threshold, respondents)
    cells = search.cells if search else []
    total = sum(cell.excess for cell in cells)
    sums = paths and [*paths[:-1], {total} if search.is_enough() else paths[-1]]

    def tables(row):
        place = next((n for n, cell in enumerate(cells) if cell.row == row), None)
        if place is None:
            return
        for excess in range(cells[place].width + 1):
            path = _path(cells, sums, place, excess) if excess != cells[place].excess else None
            if path is not None:
                table = list(counts)
                for cell, value in zip(cells, path, strict=True):
                    table[cell.row] += value - cell.excess
                yield tuple(table)

    return tables


def _rule(counts, sensitive, threshold, respondents):
    """The rule run on this table, and after each row the sums that it refuses (all sums, while small rows are added)."""
    cells = [
        _cell(row, count, flag, threshold, respondents)
        for row, (count, flag) in enumerate(zip(counts, sensitive, strict=True))
        if count
    ]
    small = [cell for cell in cells if cell.is_small]
    if not small or respondents < threshold:
        return None, []
    search = _Search(small)
    sums = [set(range(search.most + 1)) for _ in small[1:]]
    others = sorted((cell for cell in cells if not cell.is_small and cell.width), key=lambda cell: cell.order)
    for cell in [*others, None]:
        sums.append({total for total in search.inferences if not search._accepts(total)})
        if search.is_enough() or cell is None:
            break
        search.add(cell)
    return search, sums


def _path(cells, sums, place, excess) -> list[int] | None:
    """Values above the least of each row's band: sum after sum an allowed one, and this one at this place."""
    reached: list[dict[int, int]] = []  # after each row: a sum, and a value of the row that leads to it
    before = {0: 0}
    for n, (cell, allowed) in enumerate(zip(cells, sums, strict=True)):
        values = [excess] if n == place else range(cell.width + 1)
        before = {total + value: value for total in before for value in values if total + value in allowed}
        reached.append(before)
    if not before:
        return None
    total, path = min(before), []
    for step in reversed(reached):
        path.append(step[total])
        total -= step[total]
    return path[::-1]


# --- Two polls of nearly the same people -----------------------------------------------------------------------------


def pinned_by_two(
    first, second, publish, *, most, hints: Hints | None = None, but=(), most_tables=MOST_TABLES
) -> set[tuple[int, int]]:
    """The hidden cells, as (poll, row), that are known to a reader of two tables from other answers.

    ``first`` and ``second`` are (counts, respondents); ``publish(first, second)`` is what is shown of both. The reader
    also knows that at most ``most`` ballots were taken out and as many put in, and tries every pair of tables there is:
    first those of which the first or the second alone is another. ``but`` are cells not asked about. Raises
    ``Undecided`` where all are too many.
    """
    (counts, respondents), (after, later) = first, second
    views, rows, truth = publish(first, second), len(counts), (tuple(counts), tuple(after))
    open_ = {(poll, row) for poll in (0, 1) for row in hidden_rows(views[poll], rows)} - set(but)
    number, tables = everything_behind(views[0], respondents, rows)
    steps = _steps(rows, respondents, later, most)
    near = _pairs_nearby(truth, views[0], hints)
    every = (
        (before, tuple(a + b for a, b in zip(before, step, strict=True))) for before in tables for step in steps(before)
    )
    for pairs, is_all in ((near, False), (every, True)):
        if open_ and is_all and (number > most_tables or (2 * most + 1) ** rows > MOST_STEPS):
            raise Undecided(*truth, sorted(open_))
        for pair in pairs if open_ else ():
            fresh = {(poll, row) for poll, row in open_ if pair[poll][row] != truth[poll][row]}
            if fresh and is_possible(pair, respondents, later, most):
                before, now = pair
                open_ -= fresh if publish((before, respondents), (now, later)) == views else set()
            if not open_:
                break
    return open_


def known_by_numbers(view, respondents, later, *, most) -> set[tuple[int, int]]:
    """Cells of a second table of which the first and the numbers of ballots leave one value, whatever the second shows.

    Such as a row of none, where ballots were taken out and none put in.
    """
    found = set()
    for place, row in enumerate(view[0] if view else ()):
        if row.is_hidden:
            continue
        values = set()
        for out in range(most + 1):
            into = out + later - respondents
            if 0 <= into <= most:
                values |= set(range(max(0, row.count - out), min(row.count, respondents - out) + into + 1))
        if len(values) == 1:
            found.add((1, place))
    return found


def _pairs_nearby(truth, view, hints):
    """The first table another, with the same ballots changed or the same second; and the second another.

    Two moves away, too: where nothing is shown, one alone may leave fewer choices than there are ballots.
    """
    before, after = truth
    places, known = hidden_rows(view, len(before)), view is not None
    firsts = list(_moves(before, places, total_is_known=known))
    likely = chain.from_iterable(hints(row) for row in places) if hints else ()
    further = chain.from_iterable(_moves(first, places, total_is_known=known) for first in firsts)
    for first in chain(firsts, likely, further):
        yield first, tuple(a + c - b for a, b, c in zip(first, before, after, strict=True))
        yield first, after
    for second in _moves(after, range(len(after)), total_is_known=False):
        yield before, second


def is_possible(pair, respondents, later, most) -> bool:
    """Whether the ballots of the first table, but for so many, can have made the second."""
    before, after = pair
    step = tuple(b - a for a, b in zip(before, after, strict=True))
    return min(after) >= 0 and _reachable(*_ends(before, respondents, most), step, later - respondents, most)


def _steps(rows, respondents, later, most):
    """For a table, every change that so many ballots can bring about."""

    @cache
    def steps(*ends):
        everything = product(range(-most, most + 1), repeat=rows)
        return [step for step in everything if _reachable(*ends, step, later - respondents, most)]

    return lambda before: steps(*_ends(before, respondents, most))


def _ends(before, respondents, most):
    """All that matters of a table for what so many ballots can change: rows with few, rows with nearly all, one choice."""
    few = tuple(min(count, most) for count in before)
    many = tuple(max(0, count - respondents + most) for count in before)
    return few, many, min(sum(before) - respondents, most * len(before))


def _reachable(few, many, spare, step, grown, most):
    """Whether the change can come of ballots taken out and put in, none empty and none with a choice twice.

    From each row so many choices are taken as there are ballots out, at most; as many come back as the change asks. What is
    left must be ballots too: no row with more than there are, and a choice for each.
    """
    for out in range(most + 1):
        into = out + grown
        if not 0 <= into <= most:
            continue
        rows = list(zip(few, many, step, strict=True))
        least = [max(0, -change, above - most + out) for _, above, change in rows]
        highest = [min(out, count, into - change) for count, _, change in rows]
        if all(a <= b for a, b in zip(least, highest, strict=True)) and max(sum(least), out, into - sum(step)) <= min(
            sum(highest), spare + out
        ):
            return True
    return False
