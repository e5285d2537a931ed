"""What answers of a meeting tool's report become in a poll of ours: which option each is, and the ballots they make.

One function (``tally``) counts for the review and for the import, so that nobody confirms other numbers than they saw.
Nothing here asks the database.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from polls.poll_report import FACILITATOR, NAMESAKE, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from polls.poll_report import Asked

SEPARATORS = (";", ",", "|")
LABEL_AT_MOST, QUESTION_AT_MOST = 120, 200

# Why somebody's answer is in no count, in the words of the review.
UNUSED = {
    "replaced": "answered again later: a person’s last answer counts",
    "empty": "asked, and gave no answer",
    "facilitator": "given by facilitators, who are in no category",
    "no_answer": "count as no answer, as you said",
    "too_many": "with more answers than the poll takes",
    "too_few": "with fewer answers than the poll asks for",
}


@dataclass(frozen=True)
class Target:
    """The poll that a question becomes, as far as counting asks: its options by label, in order, and its limits."""

    labels: tuple[str, ...]
    takes_several: bool
    minimum: int = 1
    maximum: int = 1
    is_of_categories: bool = False


@dataclass
class Tally:
    """The ballots, each as its labels, and how many answers are in none of them, by reason."""

    ballots: list[list[str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unused: Counter[str] = field(default_factory=Counter)
    undecided: int = 0  # people with an answer of which nobody has said what it is

    @property
    def reasons(self) -> list[tuple[int, str]]:
        return [(self.unused[name], words) for name, words in UNUSED.items() if self.unused[name]]


def parts_of(cell: str, labels: Sequence[str], *, several: bool) -> list[str]:
    """The answers in a cell. One that is an option as it stands is one, also with a semicolon in it.

    Several stand with ";" between them; "," and "|" are taken for that only where each part is an option.
    """
    known = {plain(label) for label in labels}
    if not several or plain(cell) in known:
        return [cell]
    for sign in SEPARATORS:
        parts = _joined(cell.split(sign), sign, known)
        if len(parts) > 1 and all(plain(part) in known for part in parts):
            return parts
    return _joined(cell.split(";"), ";", known)


def _joined(pieces: Sequence[str], sign: str, known: set[str]) -> list[str]:
    """The pieces, those put together again that only together are an option: the longest first."""
    parts: list[str] = []
    at = 0
    while at < len(pieces):
        ends = range(len(pieces), at + 1, -1)
        end = next((end for end in ends if plain(sign.join(pieces[at:end])) in known), at + 1)
        part = sign.join(pieces[at:end]).strip()
        if part:
            parts.append(part)
        at = end
    return parts


def said_in(asked: Asked, target: Target) -> dict[str, tuple[str, int]]:
    """The different answers, by what is compared and in its order: as most wrote it, and how often."""
    found: dict[str, Counter[str]] = {}
    for cell, _ in asked.answers:
        for part in parts_of(cell, target.labels, several=target.takes_several):
            found.setdefault(plain(part), Counter())[part] += 1
    return {key: (_usual(found[key]), sum(found[key].values())) for key in sorted(found)}


def _usual(ways: Counter[str]) -> str:
    """The way in which most wrote it."""
    return min(ways, key=lambda way: (-ways[way], way))


def likely(answers: Iterable[str], labels: Sequence[str]) -> dict[str, str]:
    """Which option an answer is, by its words alone; those of which it is not certain are left out."""
    known = {plain(label): label for label in labels}
    found = {}
    for answer in answers:
        begun = [label for name, label in known.items() if name.startswith((f"{answer}:", f"{answer},"))]
        if (name := answer) in known or (name := plain(short(answer, LABEL_AT_MOST))) in known:
            found[answer] = known[name]
        elif answer and len(begun) == 1:  # "5" for "5, very much"; "Thumbs up" for "Thumbs up: I support it"
            found[answer] = begun[0]
    return found


def labels_from(asked: Asked, *, several: bool) -> list[str]:
    """Options for a new poll: every answer that was given."""
    said = said_in(asked, Target((), takes_several=several))
    found: dict[str, str] = {}
    for words, _ in said.values():
        label = short(words, LABEL_AT_MOST)
        found.setdefault(plain(label), label)
    return list(found.values())


def short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def tally(asked: Asked, target: Target, said: Mapping[str, str], *, namesakes_out: bool) -> Tally:
    """Count the answers. ``said``: which label an answer is, by what is compared; empty: it counts as none."""
    found = Tally(unused=Counter(replaced=asked.replaced, empty=asked.empty))
    for cell, whose in asked.answers:
        is_facilitator = whose == FACILITATOR or (whose == NAMESAKE and namesakes_out)
        parts = [plain(part) for part in parts_of(cell, target.labels, several=target.takes_several)]
        chosen = list(dict.fromkeys(said[part] for part in parts if said.get(part)))
        if target.is_of_categories and is_facilitator:
            found.unused["facilitator"] += 1
        elif any(part not in said for part in parts):
            found.undecided += 1
        elif not chosen:
            found.unused["no_answer"] += 1
        elif target.maximum and len(chosen) > target.maximum:
            found.unused["too_many"] += 1
        elif len(chosen) < target.minimum:
            found.unused["too_few"] += 1
        else:
            found.ballots.append(chosen)
            found.counts.update(chosen)
    return found
