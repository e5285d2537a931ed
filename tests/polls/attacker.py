"""A reader who wants to know what is hidden.

They see the published rows and totals, and know the rule by which rows are hidden. They go through every table that
could stand behind what they see, publish each by the same rule, and keep those that would look exactly the same. If a
hidden row has one value in all that are left, it is known.
"""

import random
from collections.abc import Callable, Iterator
from itertools import chain, product

from polls.representation import Row, hide_small_cells

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


def inferences(public, publish: Publish, *, respondents, rows, near=None) -> dict[int, set[int]]:
    """For each hidden row, the values it can have: all of them, or (``near`` a first guess) two, to save time.

    Starting near a table that fits changes how fast two values are found, not whether there are two: where they are
    not found nearby, every table is tried.
    """
    known = dict.fromkeys(range(rows)) if public is None else {i: row.count for i, row in enumerate(public[0])}
    hidden = [i for i in known if known[i] is None]
    found: dict[int, set[int]] = {i: set() for i in hidden}
    if not hidden:
        return found

    def fits(guess):
        values = dict(known)
        values.update(zip(hidden, guess, strict=True))
        return publish(tuple(values[i] for i in range(rows))) == public

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


def pinned(counts, publish, *, respondents) -> set[int]:
    """The hidden rows whose count the reader knows for sure."""
    shown = publish(tuple(counts))
    found = inferences(shown, publish, respondents=respondents, rows=len(counts), near=counts)
    assert all(counts[i] in values for i, values in found.items())
    return {i for i, values in found.items() if len(values) == 1}
