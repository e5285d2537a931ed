import random
from functools import cache
from itertools import combinations, combinations_with_replacement, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polls.representation import for_everybody, hide_small_cells, largest_remainder
from polls.small_cells import cells_to_hide
from polls.table import Row, Together
from tests.polls.attack import (
    attack_other_answers,
    attack_same_answers,
    next_version,
    only_small_rows,
    publisher_of_two,
    table_of,
)
from tests.polls.attacker import (
    Undecided,
    compositions,
    hidden_rows,
    inferences,
    is_possible,
    known_by_numbers,
    pinned,
    pinned_by_two,
    publisher,
    treated_alike,
)


def random_table(rnd):
    """Counts as a meeting gives them: most people choose one category, some two, a few categories are crowded."""
    rows, respondents = rnd.randint(2, 14), rnd.randint(3, 45)
    sensitive = [rnd.random() < 0.4 for _ in range(rows)]
    sensitive[rnd.randrange(rows)] = True
    liking = [rnd.random() ** 2 for _ in range(rows)]
    counts = [0] * rows
    for _ in range(respondents):
        for i in set(rnd.choices(range(rows), liking, k=rnd.choice([1, 1, 1, 2]))):
            counts[i] += 1
    return tuple(counts), sensitive, respondents


@pytest.mark.parametrize("number", [150, pytest.param(1000, marks=pytest.mark.thorough)])
def test_attacker_pins_no_hidden_cell_of_so_many_random_tables(number):
    rnd, tables, hiding = random.Random(254151), 0, 0

    while tables < number:
        counts, sensitive, respondents = random_table(rnd)
        if not 5 <= sum(counts) <= 60:
            continue
        tables += 1
        publish = publisher(sensitive, threshold=5, respondents=respondents)
        shown = publish(counts)
        hiding += shown is None or shown[1] is not None
        hints = treated_alike(counts, sensitive, threshold=5, respondents=respondents)

        assert pinned(counts, publish, respondents=respondents, hints=hints) == set(), (counts, sensitive, respondents)

    assert hiding > number / 2


@pytest.mark.parametrize("threshold", [3, 5])
@pytest.mark.parametrize("sensitive", [s for n in (2, 3) for s in product((True, False), repeat=n) if any(s)])
def test_no_hidden_row_of_any_small_table_has_one_value_only(threshold, sensitive):
    """Exact and without an attacker: every table there is, sorted by what is shown of it."""
    for respondents in range(1, 9 if len(sensitive) == 2 else 7):
        publish = publisher(sensitive, threshold=threshold, respondents=respondents)
        behind = {}
        for counts in product(range(respondents + 1), repeat=len(sensitive)):
            if sum(counts) >= respondents:
                behind.setdefault(repr(publish(counts)), []).append(counts)

        for tables in behind.values():
            shown = publish(tables[0])
            hidden = [i for i in range(len(sensitive)) if shown is None or shown[0][i].is_hidden]
            assert [i for i in hidden if len({counts[i] for counts in tables}) == 1] == []


def naive(sensitive, respondents):
    """What one would write first: hide the small rows and the smallest other row, round over all rows."""

    def publish(counts):
        small = {i for i, count in enumerate(counts) if sensitive[i] and 0 < count < 5}
        if not small:
            return None
        others = sorted((count, i) for i, count in enumerate(counts) if count and i not in small)
        hidden = small | {i for _, i in others[:1]}
        percents = largest_remainder(counts)
        rows = tuple(
            Row(str(i), None, None, None, is_hidden=True) if i in hidden else Row(str(i), count, percents[i], None)
            for i, count in enumerate(counts)
        )
        return rows, Together(len(hidden), sum(counts[i] for i in hidden), 0)

    return publish


def test_attacker_beats_the_naive_rule():
    counts, sensitive = (2, 1, 1, 9), (True, False, False, False)

    assert pinned(counts, naive(sensitive, 13), respondents=13) == {0, 1}
    assert pinned(counts, publisher(sensitive, threshold=5, respondents=13), respondents=13) == set()


@pytest.mark.thorough
def test_attacker_beats_the_naive_rule_often():
    rnd, beaten = random.Random(7), 0

    for _ in range(150):
        counts, sensitive, respondents = random_table(rnd)
        publish = naive(sensitive, respondents)
        beaten += publish(counts) is not None and bool(pinned(counts, publish, respondents=respondents))

    assert beaten > 10


def test_attacker_tries_every_table():
    assert list(compositions(3, 2, 2)) == [(1, 2), (2, 1)]


def known_of_every_table(publish, respondents, rows):
    """For every table there is, what its readers know for sure: all tables, sorted by what is shown of them."""
    behind = {}
    for counts in product(range(respondents + 1), repeat=rows):
        if sum(counts) >= respondents:
            behind.setdefault(repr(publish(counts)), []).append(counts)
    for tables in behind.values():
        hidden = hidden_rows(publish(tables[0]), rows)
        known = {i for i in hidden if len({counts[i] for counts in tables}) == 1}
        yield from ((counts, known) for counts in tables)


@pytest.mark.parametrize(
    "rule", [publisher, lambda flags, **known: naive(flags, known["respondents"]), only_small_rows]
)
@pytest.mark.parametrize("sensitive", [(True, False, False), (True, True, False), (True, False, False, False)])
def test_attacker_knows_what_trying_every_table_tells(sensitive, rule):
    """Quick and complete agree, with safe rules and leaking ones, whether the attacker gets hints or not."""
    known, found = {"threshold": 3, "respondents": 5}, 0
    publish = cache(rule(sensitive, **known))

    for counts, expected in known_of_every_table(publish, 5, len(sensitive)):
        hints = treated_alike(counts, sensitive, **known)
        found += bool(expected)
        assert pinned(counts, publish, respondents=5, hints=hints) == expected, counts
        values = inferences(publish(counts), publish, respondents=5, rows=len(sensitive))
        assert {i for i in values if len(values[i]) == 1} == expected

    assert (found == 0) == (rule is publisher)


def test_attacker_does_not_call_safe_what_was_not_tried():
    counts = (2, *[1] * 13)

    with pytest.raises(Undecided):
        pinned(counts, lambda table: None if table == counts else "another", respondents=9)


def ballots_changed(rows, respondents, most):
    """Every pair of tables of so many ballots and of those with up to ``most`` taken out and put in, written out."""
    ballots = [choice for choice in product((0, 1), repeat=rows) if any(choice)]

    def counts(some):
        return tuple(map(sum, zip(*some, strict=True))) if some else (0,) * rows

    for first in combinations_with_replacement(ballots, respondents):
        for out, into in product(range(most + 1), repeat=2):
            for kept in combinations(first, respondents - out) if out <= respondents else ():
                for new in combinations_with_replacement(ballots, into):
                    yield counts(first), respondents, counts(kept + new), len(kept) + into


CHANGED = [(2, 2, 1), (2, 3, 1), (2, 4, 2), (3, 3, 1)]


@pytest.mark.parametrize(("rows", "respondents", "most"), CHANGED)
def test_attacker_knows_which_tables_nearly_the_same_ballots_make(rows, respondents, most):
    possible = {(first, second, later) for first, _, second, later in ballots_changed(rows, respondents, most)}

    for later in range(max(0, respondents - most), respondents + most + 1):
        counts = list(product(range(respondents + most + 1), repeat=rows))
        for pair in product((table for table in counts if max(table) <= respondents <= sum(table)), counts):
            assert is_possible(pair, respondents, later, most) == ((*pair, later) in possible), (pair, later)


@pytest.mark.parametrize(("rows", "respondents", "most"), CHANGED)
@pytest.mark.parametrize("is_naive", [True, False])
def test_attacker_with_two_polls_knows_what_trying_every_pair_tells(rows, respondents, most, is_naive):
    publish, behind = publisher_of_two((True, *[False] * (rows - 1)), naive=is_naive, threshold=3), {}
    found = 0
    for first, before, second, later in set(ballots_changed(rows, respondents, most)):
        views = publish((first, before), (second, later))
        behind.setdefault(repr((views, later)), []).append(((first, before), (second, later)))

    for pairs in behind.values():
        views = publish(*pairs[0])
        cells = [(poll, row) for poll in (0, 1) for row in hidden_rows(views[poll], rows)]
        known = {(poll, row) for poll, row in cells if len({pair[poll][0][row] for pair in pairs}) == 1}
        found += bool(known)
        assert [pair for pair in pairs if pinned_by_two(*pair, publish, most=most) != known] == []
        later = pairs[0][1][1]
        assert known_by_numbers(views[0], respondents, later, most=most) & set(cells) <= known
    assert found or respondents < 3, "below the threshold nothing is shown of either"


def hidden(counts, sensitive, threshold=5, respondents=30):
    return cells_to_hide(counts, sensitive, threshold=threshold, respondents=respondents)


@pytest.mark.parametrize(
    ("counts", "sensitive", "expected"),
    [
        ((5, 9, 9), (True, False, False), set()),
        ((0, 9, 9), (True, False, False), set()),
        ((1, 1, 1), (False, False, False), set()),
        ((2, 3, 9), (True, False, False), {0, 1}),
        ((2, 9, 3), (True, False, False), {0, 2}),
        ((2, 3, 9), (True, True, False), {0, 1}),
        ((1, 2, 3, 9), (True, False, False, False), {0, 1, 2}),
        ((2, 12, 12, 12), (True, False, False, False), {0, 1}),
        ((1, 1, 0, 0), (True, True, False, False), None),
    ],
    ids=[
        "at the threshold is not small",
        "zero is shown",
        "nothing sensitive",
        "one small row takes the lowest other with it",
        "wherever that stands",
        "two small rows hide each other",
        "a sum close to its least takes a third row",
        "a crowded row when there is no other",
        "ones alone cannot be hidden",
    ],
)
def test_rows_hidden(counts, sensitive, expected):
    assert hidden(counts, sensitive) == expected


def test_too_few_ballots_hide_everything():
    assert hidden((3, 2), (True, False), respondents=4) is None
    assert hidden((3, 2), (False, False), respondents=4) is None


def test_hidden_rows_lose_both_percentages_and_are_summed_as_one():
    rows = [Row(str(i), count, None, None, i == 0) for i, count in enumerate((2, 3, 5, 0))]

    public, together = hide_small_cells(rows, threshold=5, respondents=9)

    assert [(row.count, row.percent, row.of_respondents, row.is_hidden) for row in public] == [
        (None, None, None, True),
        (None, None, None, True),
        (5, 50, 56, False),
        (0, 0, 0, False),
    ]
    assert together == Together(rows=2, count=5, percent=50)


tables = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=2, max_size=14)


@given(tables, st.integers(12, 60), st.sampled_from([3, 5, 8]))
@settings(max_examples=300, deadline=None)
def test_hiding_covers_small_rows_never_zeros_and_sums_to_100(table, respondents, threshold):
    rows = [Row(str(i), count, None, None, is_sensitive) for i, (count, is_sensitive) in enumerate(table)]

    public = hide_small_cells(rows, threshold=threshold, respondents=respondents)

    if public is None:
        return
    shown, together = public
    assert [row.label for row in shown] == [row.label for row in rows]
    for row, original in zip(shown, rows, strict=True):
        is_small = original.is_sensitive and 0 < original.count < threshold
        assert row.is_hidden or not is_small
        assert original.count or not row.is_hidden
        assert (row.count is None) == row.is_hidden
    total = sum(row.percent or 0 for row in shown) + (together.percent if together else 0)
    assert total == (100 if any(row.count for row in rows) else 0)
    if together:
        assert together.count == sum(row.count for row, public in zip(rows, shown, strict=True) if public.is_hidden)


# --- Versions: two tables of one poll. At full length: python -m tests.polls.attack --versions -----------------------


def test_attacker_with_two_versions_pins_no_hidden_cell():
    rnd, hiding = random.Random(13), 0

    for _ in range(100):
        kind, hides, known = attack_same_answers(rnd)
        hiding += hides
        assert known == set(), kind

    assert hiding > 50


def test_attacker_beats_a_new_version_that_is_made_like_a_first():
    rnd = random.Random(254151)

    assert any(attack_same_answers(rnd, naive=True, rows=(3, 6), respondents=(10, 20))[2] for _ in range(60))


def test_attacker_with_the_tables_of_two_polls_learns_nothing_from_the_second():
    rnd = random.Random(17)

    assert [known for _, known in (attack_other_answers(rnd) for _ in range(60)) if known] == []
    large = {"rows": (12, 14), "respondents": (0, 60)}
    assert [known for _, known in (attack_other_answers(rnd, **large) for _ in range(30)) if known] == []


def test_attacker_beats_a_second_breakdown_of_nearly_the_same_people():
    rnd = random.Random(19)

    assert any(attack_other_answers(rnd, naive=True, rows=(2, 3), respondents=(5, 9))[1] for _ in range(30))


@pytest.mark.parametrize("sensitive", [s for s in product((True, False), repeat=3) if any(s)])
def test_no_row_hidden_in_both_versions_of_any_small_table_has_one_value_only(sensitive):
    """Exact and without an attacker: every table there is, sorted by what both versions show of it."""
    changed = (tuple(not flag for flag in sensitive), 8, 2)
    for respondents in (5, 6):
        behind = {}
        for counts in product(range(respondents + 1), repeat=3):
            if sum(counts) >= respondents:
                first = for_everybody(table_of(counts, sensitive, threshold=5, respondents=respondents))
                both = repr((first, next_version(first, *changed)))
                behind.setdefault(both, (first, []))[1].append(counts)

        for first, tables in behind.values():
            hidden = [i for i in range(3) if first.is_withheld or first.rows[i].is_hidden]
            assert [i for i in hidden if len({counts[i] for counts in tables}) == 1] == []
