"""A reader who wants to know what is hidden.

They see the published rows and totals, and know the rule by which rows are hidden. They go through every table that
could stand behind what they see, publish each by the same rule, and keep those that would look exactly the same. If a
hidden row has one value in all that are left, it is known.
"""

import random
from collections.abc import Callable, Iterator
from itertools import chain, product

from polls.representation import hide_small_cells
from polls.table import Row

# What is shown of a table with these counts, or None for "no breakdown".
Publish = Callable[[tuple[int, ...]], object]


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


def inferences(public, publish: Publish, *, respondents, rows, near=None, also=None, seen=None) -> dict[int, set[int]]:
    """For each hidden row, the values it can have: all of them, or (``near`` a first guess) two, to save time.

    Starting near a table that fits changes how fast two values are found, not whether there are two: where they are
    not found nearby, every table is tried. ``also`` publishes more of a table, such as later versions; ``seen`` is what
    the reader saw of it.
    """
    known = dict.fromkeys(range(rows)) if public is None else {i: row.count for i, row in enumerate(public[0])}
    hidden = [i for i in known if known[i] is None]
    found: dict[int, set[int]] = {i: set() for i in hidden}
    if not hidden:
        return found

    def fits(guess):
        values = dict(known)
        values.update(zip(hidden, guess, strict=True))
        table = tuple(values[i] for i in range(rows))
        return publish(table) == public and (also is None or also(table) == seen)

    guesses = _guesses(public, hidden, respondents)
    if near is not None:
        guesses = chain(_nearby(tuple(near[i] for i in hidden), fits, public is None, respondents), guesses)
    for guess in guesses:
        news = [n for n, i in enumerate(hidden) if guess[n] not in found[i] and (near is None or len(found[i]) < 2)]
        if news and fits(guess):
            for n, i in enumerate(hidden):
                found[i].add(guess[n])
        if near is not None and all(len(values) > 1 for values in found.values()):
            break
    return found


def _guesses(public, hidden, respondents):
    if public is None:
        # Nothing but the number of ballots is known: each holds at least one choice, none the same twice.
        everything = product(range(respondents + 1), repeat=len(hidden))
        return (guess for guess in everything if sum(guess) >= respondents)
    return compositions(public[1].count, len(hidden), respondents)


def _nearby(start, fits, total_is_unknown, respondents, limit=150):
    """Tables that fit, found by moving single choices from one that does, then by small changes of all rows."""
    seen, edge = {start}, [start]
    while edge and len(seen) < limit:
        here = edge.pop(0)
        yield here
        for there in _moves(here, total_is_unknown, respondents):
            if there not in seen and fits(there):
                seen.add(there)
                edge.append(there)
    rnd = random.Random(repr(start))
    for _ in range(20_000):
        there = [max(0, min(respondents, value + rnd.choice((-2, -1, 0, 0, 0, 1, 2)))) for value in start]
        if sum(there) == sum(start) or (total_is_unknown and sum(there) >= respondents):
            yield tuple(there)


def _moves(here, total_is_unknown, respondents):
    pairs = [(a, b) for a in range(len(here)) for b in range(len(here)) if a != b]
    steps = pairs + ([(a, None) for a in range(len(here))] + [(None, a) for a in range(len(here))]) * total_is_unknown
    for up, down in steps:
        there = list(here)
        if up is not None:
            there[up] += 1
        if down is not None:
            there[down] -= 1
        if all(0 <= value <= respondents for value in there) and sum(there) >= respondents * total_is_unknown:
            yield tuple(there)
    for a, b in pairs:
        there = list(here)
        there[a], there[b] = there[b], there[a]
        yield tuple(there)


def pinned(counts, publish, *, respondents, also=None) -> set[int]:
    """The hidden rows whose count the reader knows for sure."""
    shown, seen = publish(tuple(counts)), also and also(tuple(counts))
    found = inferences(shown, publish, respondents=respondents, rows=len(counts), near=counts, also=also, seen=seen)
    assert all(counts[i] in values for i, values in found.items())
    return {i for i, values in found.items() if len(values) == 1}


# --- Two polls of nearly the same people -----------------------------------------------------------------------------


def pinned_by_two(first, second, publish, *, most) -> set[tuple[int, int]]:
    """The hidden cells, as (poll, row), that are known to a reader of two tables from other answers.

    ``first`` and ``second`` are (counts, respondents); ``publish(first, second)`` is what is shown of both. The reader
    also knows that at most ``most`` ballots were taken out and as many put in, and tries every pair of tables there is.
    """
    (counts, respondents), (_, later) = first, second
    views = publish(first, second)
    hidden = [(poll, row) for poll in (0, 1) for row in _hidden_rows(views[poll], len(counts))]
    found = {cell: set() for cell in hidden}
    steps = list(product(range(-most, most + 1), repeat=len(counts)))
    for before in _tables_behind(views[0], respondents, counts):
        for step in steps:
            after = tuple(a + b for a, b in zip(before, step, strict=True))
            if not (min(after) >= 0 and max(after) <= later and _reachable(before, step, later - respondents, most)):
                continue
            pair = (before, after)
            news = any(len(found[cell]) < 2 and pair[cell[0]][cell[1]] not in found[cell] for cell in hidden)
            if news and publish((before, respondents), (after, later)) == views:
                for poll, row in hidden:
                    found[poll, row].add(pair[poll][row])
        if all(len(values) > 1 for values in found.values()):
            break
    return {cell for cell, values in found.items() if len(values) == 1}


def _hidden_rows(view, rows):
    return range(rows) if view is None else [i for i, row in enumerate(view[0]) if row.is_hidden]


def _tables_behind(view, respondents, truth):
    """Every table that fits what is shown of it, the true one first: where it is safe, little more is needed."""
    yield truth
    if view is None:
        everything = product(range(respondents + 1), repeat=len(truth))
        yield from (guess for guess in everything if sum(guess) >= respondents and guess != truth)
        return
    places = _hidden_rows(view, len(truth))
    for guess in compositions(view[1].count, len(places), respondents) if places else ():
        table = [row.count for row in view[0]]
        for place, value in zip(places, guess, strict=True):
            table[place] = value
        if tuple(table) != truth:
            yield tuple(table)


def _reachable(before, step, grown, most):
    """Whether so many ballots, none empty and none with a choice twice, can have been taken out and put in."""
    for out in range(most + 1):
        into = out + grown
        if not 0 <= into <= most or any(not -out <= change <= into for change in step):
            continue
        both = [
            min(into - max(change, 0), out - max(-change, 0), count - max(-change, 0))
            for count, change in zip(before, step, strict=True)
        ]
        if min(both) < 0:
            continue
        put_in = sum(max(change, 0) for change in step) + sum(both)
        taken_out = sum(max(-change, 0) for change in step) + sum(both)
        if put_in >= into and taken_out >= out:
            return True
    return False
