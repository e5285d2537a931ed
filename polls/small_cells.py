"""Which cells of a table must stay hidden, so that no reader can work out a small one. Pure arithmetic.

The reader is taken to know everything that is shown (totals, the other rows, every percent), and this very rule.

*Bands.* Every count from 1 to the number of respondents lies in a public band: below the threshold, then as many
more at a time. A sensitive row in the lowest band is *small* and is hidden. Further rows are hidden in an order that
depends on bands alone (lowest band first, sensitive rows first, then table order), never on exact counts: so which
rows are hidden says nothing finer than the band.

*When it is enough.* What a reader learns of the hidden rows is their sum. If that sum is close to the least (or the
most) that the bands allow, the rows are pinned or nearly so, and another row is hidden. "Close" means within one, not
zero: were the next row hidden only when all are at their least, hiding it would itself tell that they are. ``_Search``
keeps, for each sum that would have been refused so far, the values that each row may then have; a sum is accepted only
if every hidden row may have two values at least, over exactly those tables that this rule treats alike. The rule is
therefore safe against a reader who runs it backwards. Where no set of rows is enough, nothing is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

# How far from its least and its most a sum must be.
MARGIN = 2


class Cell(NamedTuple):
    """What the rule knows of one row that is not zero."""

    row: int
    excess: int  # how far the count is above the least of its band
    width: int  # how far the most of the band is above the least
    order: tuple[int, bool, int]
    is_small: bool


def cells_to_hide(
    counts: Sequence[int], sensitive: Sequence[bool], *, threshold: int, respondents: int
) -> frozenset[int] | None:
    """The rows to hide, by position; None where the breakdown cannot be shown at all. Zeros are shown.

    The threshold is at least 3, which the settings insist on: with 2 a hidden cell could only be 1.
    """
    if not respondents:
        return frozenset()
    if respondents < threshold:
        return None
    if not any(sensitive):
        return frozenset()
    cells = [
        _cell(row, count, is_sensitive, threshold, respondents)
        for row, (count, is_sensitive) in enumerate(zip(counts, sensitive, strict=True))
        if count
    ]
    small = [cell for cell in cells if cell.is_small]
    if not small:
        return frozenset()
    others = sorted((cell for cell in cells if not cell.is_small and cell.width), key=lambda cell: cell.order)
    search = _Search(small)
    for cell in others:
        if search.is_enough():
            break
        search.add(cell)
    return frozenset(cell.row for cell in search.cells) if search.is_enough() else None


def _cell(row: int, count: int, is_sensitive: bool, threshold: int, respondents: int) -> Cell:
    least, most = _band(count, is_sensitive, threshold, respondents)
    return Cell(row, count - least, most - least, (least, not is_sensitive, row), is_sensitive and least == 1)


def _band(count: int, is_sensitive: bool, threshold: int, respondents: int) -> tuple[int, int]:
    """The least and the most that a row in the same band can have: a row cannot exceed the respondents."""
    bands = [(1, threshold - 1)]
    bands += [(least, least + threshold - 1) for least in range(threshold, respondents + 1, threshold)]
    least, most = bands[-1][0], respondents
    # A last band too short to hide in joins the one before; but a sensitive row is small or it is not.
    if most - least < MARGIN and len(bands) > (2 if is_sensitive else 1):
        bands.pop()
        least = bands[-1][0]
    bands[-1] = (least, most)
    return next(band for band in bands if band[0] <= count <= band[1])


class _Search:
    """The rows hidden so far, and what a reader could infer if that were all."""

    def __init__(self, small: list[Cell]) -> None:
        self.cells = list(small)
        self.total = sum(cell.excess for cell in small)
        self.most = sum(cell.width for cell in small)
        # For each possible sum of excesses, the values that each row may have (in the order of ``cells``).
        self.inferences = {total: self._spread(total) for total in range(self.most + 1)}

    def _spread(self, total: int) -> list[set[int]]:
        """Any values within the bands that give this sum."""
        return [set(range(max(0, total - (self.most - cell.width)), min(cell.width, total) + 1)) for cell in self.cells]

    def is_enough(self) -> bool:
        return self._accepts(self.total)

    def _accepts(self, total: int) -> bool:
        inner = MARGIN <= total <= self.most - MARGIN
        return inner and all(len(values) > 1 for values in self.inferences[total])

    def add(self, cell: Cell) -> None:
        """Hide one more row. Only tables that were refused so far come this far: a reader knows that too."""
        refused = {total: values for total, values in self.inferences.items() if not self._accepts(total)}
        self.inferences = {}
        for total, values in refused.items():
            for excess in range(cell.width + 1):
                grown = self.inferences.setdefault(total + excess, [set() for _ in range(len(self.cells) + 1)])
                for known, more in zip(grown, [*values, {excess}], strict=True):
                    known |= more
        self.cells.append(cell)
        self.total += cell.excess
        self.most += cell.width
