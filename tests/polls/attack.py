"""The attacker at full length: ``python -m tests.polls.attack --tables 1000 --versions``.

Without ``--versions`` one table after the other is published and attacked. With it, each is published twice: after a
change of attendance, names, sensitive rows or threshold (the same answers), and once more after a reset with one or two
other ballots. The reader has kept every version, knows the rule, sees what is pooled over both and whether lived
experience was present. The controls publish as one would without thinking, and must be beaten. Figures: docs/reliability.md.
"""

import argparse
import os
import random
import time
from dataclasses import dataclass, replace
from functools import cache

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from polls.representation import for_everybody, hide  # noqa: E402 - as a command of its own it has no pytest to prepare Django
from polls.table import Head, Row, Table  # noqa: E402
from polls.trends import over_time, presence  # noqa: E402
from polls.versions import masked, of_other_answers, revised  # noqa: E402
from tests.polls.attacker import (  # noqa: E402
    MOST_OF_A_CONTROL,
    MOST_TABLES,
    Undecided,
    known_by_numbers,
    pinned,
    pinned_by_two,
    publisher,
    treated_alike,
)


@dataclass(frozen=True)
class AnyMeeting:
    """Tables over time are told apart by their meeting's number alone."""

    pk: int


MEETINGS = AnyMeeting(1), AnyMeeting(2)


def table_of(counts, sensitive, *, threshold, respondents):
    rows = tuple(
        Row(f"Row {i}", count, None, None, flag, category_id=i + 1)
        for i, (count, flag) in enumerate(zip(counts, sensitive, strict=True))
    )
    head = Head(respondents + 2, 1, respondents, 1)
    return Table(1, "Q", True, False, head, sum(counts), rows, None, threshold)


def ballots(rnd, *, rows, respondents):
    """Answers as a meeting gives them: most people choose one category, some two, a few categories are crowded."""
    liking = [rnd.random() ** 2 + 0.01 for _ in range(rows)]
    return [frozenset(rnd.choices(range(rows), liking, k=rnd.choice([1, 1, 1, 2]))) for _ in range(respondents)]


def counted(answers, rows):
    return tuple(sum(row in answer for answer in answers) for row in range(rows))


def flags(rnd, rows):
    sensitive = [rnd.random() < 0.4 for _ in range(rows)]
    sensitive[rnd.randrange(rows)] = True
    return tuple(sensitive)


def change(rnd, sensitive, threshold):
    """What is different when the table is published again: (kind, sensitive rows, threshold, participants more)."""
    kind = rnd.choice(["attendance", "sensitive rows", "threshold", "all of it"])
    more = rnd.randint(1, 9) if kind in {"attendance", "all of it"} else 0
    if kind in {"sensitive rows", "all of it"}:
        sensitive = tuple(flag != (rnd.random() < 0.3) for flag in sensitive)
    if kind in {"threshold", "all of it"}:
        threshold = rnd.choice([t for t in (3, 4, 5, 6, 8, 10) if t != threshold])
    return kind, sensitive, threshold, more


def next_version(first, sensitive, threshold, more):
    named = [Row(f"Name {i}", None, None, None, flag, category_id=i + 1) for i, flag in enumerate(sensitive)]
    head = replace(first.head, participants=first.head.participants + more)
    return revised(first, named, head=head, threshold=threshold)


def beside(first, second):
    """All else that can be read with the two: the first as it is shown later, both over time, presence."""
    both = [(MEETINGS[0], first), (MEETINGS[1], second)]
    lines = [(line.label, [cell.words for cell in line.cells], line.pooled) for line in over_time(both)]
    return first, second, masked(first, second), lines, presence(both, {1, 2})


def attack_table(rnd, *, publishing=publisher, rows=(2, 14), respondents=(0, 60)):
    """One table. Returns (whether something is hidden, rows known for sure)."""
    rows, respondents = rnd.randint(*rows), rnd.randint(*respondents)
    counts, sensitive = counted(ballots(rnd, rows=rows, respondents=respondents), rows), flags(rnd, rows)
    known = {"threshold": 5, "respondents": respondents}
    publish, hints = publishing(sensitive, **known), treated_alike(counts, sensitive, **known)
    shown = publish(counts)
    most = _most(naive=publishing is not publisher)
    found = pinned(counts, publish, respondents=respondents, hints=hints, most_tables=most)
    return shown is None or shown[1] is not None, found


def attack_same_answers(rnd, *, naive=False, rows=(2, 14), respondents=(0, 60)):
    """One table and a second version of it. Returns (kind of change, whether something is hidden, rows known for sure)."""
    rows, respondents = rnd.randint(*rows), rnd.randint(*respondents)
    counts, sensitive, threshold = counted(ballots(rnd, rows=rows, respondents=respondents), rows), flags(rnd, rows), 5
    kind, *changed = change(rnd, sensitive, threshold)
    known = {"threshold": threshold, "respondents": respondents}

    def versions(values):
        first = for_everybody(table_of(values, sensitive, **known))
        if naive:
            return first, for_everybody(table_of(values, changed[0], threshold=changed[1], respondents=respondents))
        return beside(first, next_version(first, *changed))

    first, _second = versions(counts)[:2]
    hints = treated_alike(counts, sensitive, **known)
    searched = {"hints": hints, "most_tables": _most(naive=naive)}
    found = pinned(counts, publisher(sensitive, **known), respondents=respondents, also=versions, **searched)
    return kind, first.is_withheld or first.together is not None, found


def attack_other_answers(rnd, *, naive=False, rows=(2, 4), respondents=(3, 11)):
    """A poll, and the same poll with one or two other ballots. In small ones every pair of tables can be tried."""
    rows, respondents, most = rnd.randint(*rows), rnd.randint(*respondents), rnd.choice([1, 2])
    answers, sensitive = ballots(rnd, rows=rows, respondents=respondents), flags(rnd, rows)
    other = rnd.sample(answers, len(answers) - rnd.randint(0, min(most, len(answers))))
    other += ballots(rnd, rows=rows, respondents=rnd.randint(0 if other != answers and len(other) > 1 else 1, most))
    pair = (counted(answers, rows), len(answers)), (counted(other, rows), len(other))
    publish = publisher_of_two(sensitive, naive=naive)
    hints = treated_alike(pair[0][0], sensitive, threshold=5, respondents=respondents)

    def first_alone(first, second):
        return publish(first, second)[0], None

    views = publish(*pair)
    # What follows from the first table and from how many answered is not the second table's doing.
    anyway = known_by_numbers(views[0], pair[0][1], pair[1][1], most=most)
    known = {"most": most, "hints": hints, "but": anyway, "most_tables": _most(naive=naive)}
    found = pinned_by_two(*pair, publish, **known)
    found -= pinned_by_two(*pair, first_alone, **known) if found else set()
    return views[0] is None or views[0][1] is not None, found


def _most(*, naive):
    return MOST_OF_A_CONTROL if naive else MOST_TABLES


def publisher_of_two(sensitive, *, naive, threshold=5):
    """How the first and the second table are published, each worked out once: a second sees of the first what is shown."""

    @cache
    def first_of(counts, respondents):
        return for_everybody(table_of(counts, sensitive, threshold=threshold, respondents=respondents))

    @cache
    def second_of(before, counts, respondents):
        table = table_of(counts, sensitive, threshold=threshold, respondents=respondents)
        return for_everybody(table) if naive else of_other_answers([before], table)

    @cache
    def publish(first, second):
        before = first_of(*first)
        tables = before, second_of(before, *second)
        return tuple(None if shown.is_withheld else (shown.rows, shown.together) for shown in tables)

    return publish


def only_small_rows(sensitive, *, threshold, respondents):
    """What one would write first of all: the small rows hidden, and their sum to be worked out."""

    def publish(counts):
        options = [
            Row(str(i), count, None, None, flag) for i, (count, flag) in enumerate(zip(counts, sensitive, strict=True))
        ]
        small = {i for i, count in enumerate(counts) if sensitive[i] and 0 < count < threshold}
        return hide(options, small, rest=sum(counts[i] for i in small), respondents=respondents)

    return publish


def run(tables, seed, *, with_versions):
    """Every line of the report, each ending with whether it is as it must be."""
    rnd, few = random.Random(seed), min(max(tables // 10, 20), 100)
    small, tiny = {"rows": (3, 6), "respondents": (10, 20)}, {"rows": (2, 3), "respondents": (5, 9)}
    attacks = {
        "tables": (tables, lambda: attack_table(rnd)),
        "tables of 12 to 14 rows": (tables, lambda: attack_table(rnd, rows=(12, 14))),
        "control: only small rows hidden": (few, lambda: attack_table(rnd, publishing=only_small_rows)),
    }
    if with_versions:
        attacks = {
            "two versions": (tables, lambda: attack_same_answers(rnd)[1:]),
            "two versions of 12 to 14 rows": (tables, lambda: attack_same_answers(rnd, rows=(12, 14))[1:]),
            "control: a version made like a first": (few, lambda: attack_same_answers(rnd, naive=True, **small)[1:]),
            "other answers, every pair": (tables, lambda: attack_other_answers(rnd)),
            "other answers, 12 to 14 rows": (
                tables,
                lambda: attack_other_answers(rnd, rows=(12, 14), respondents=(0, 60)),
            ),
            "control: a second breakdown": (few, lambda: attack_other_answers(rnd, naive=True, **tiny)),
        }
    return all([report(name, *attack) for name, attack in attacks.items()])  # noqa: C419 - each is to be reported


def report(name, times, attack):
    began, hiding, known, undecided = time.monotonic(), 0, 0, 0
    for _ in range(times):
        try:
            hides, found = attack()
        except Undecided as given_up:
            undecided += 1
            print(f"not decided: {given_up}", flush=True)  # noqa: T201
        else:
            hiding, known = hiding + hides, known + bool(found)
    is_control = name.startswith("control")
    is_well = known > 0 if is_control else not known and not undecided
    print(  # noqa: T201 - a command's answer
        f"{name}: {times} attacked, something hidden in {hiding}, cells known in {known}, not decided {undecided}, "
        f"{time.monotonic() - began:.0f} s: {'as it must be' if is_well else 'NOT AS IT MUST BE'}",
        flush=True,
    )
    return is_well


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--versions", action="store_true")
    parser.add_argument("--seed", type=int, default=254151)
    asked = parser.parse_args()
    raise SystemExit(not run(asked.tables, asked.seed, with_versions=asked.versions))
