"""A meeting tool's report on its polls, read: which questions there were, and what was answered. No name leaves here.

Who somebody is matters for one moment: so that each person's last answer counts, once, and facilitators are in no row of
a category poll. After that an answer is a text among others, in random order, and nothing ties one question's answers
to another's.

Two shapes are known. In one, each line of a person goes on with question, answer, question, answer (Zoom). In the
other, each question is a column (Teams, Webex, forms). A file may have several tables, one for each poll.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from cop_portal.errors import Refused
from meetings.presence import ADDRESS, moment
from meetings.tool_report import HEADINGS, MOST_ROWS, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

SHUFFLED = SystemRandom()
MOST_QUESTIONS, MOST_ANSWERS = 50, 60
WHO_WORDS = r"(user |participant |attendee |voter |registrant |respondent )?"
WHEN_WORDS = r"(date ?(/|and)? ?time|date|time|timestamp|on|at)"
# Which column is what, by its heading; all others are questions or answers.
KNOWN: dict[str, re.Pattern[str]] = {
    "number": re.compile(r"^(#|no\.?|nr\.?|id|row|index)$"),
    "email": re.compile(rf"^{WHO_WORDS}e-?mail( address)?$|^(mail address|upn|user principal name)$"),
    "first_name": HEADINGS["first_name"],
    "last_name": HEADINGS["last_name"],
    "name": HEADINGS["name"],
    "submitted": re.compile(
        rf"^(end|completion|completed|submitted|submission|answer(ed)?|voted?|response)[ -]*{WHEN_WORDS}$"
    ),
    "time": re.compile(rf"^(start|last modified)?[ -]*{WHEN_WORDS}$"),
    "other": re.compile(r"^(role|(user|attendee|registration) id|(total )?points|score|feedback|duration)$"),
}
WHO = ("name", "email", "first_name", "last_name")
IN_WORDS = {
    "question": re.compile(r"^(poll |survey )?question( name| text)?( \d+)?$"),
    "answer": re.compile(r"^((selected |their )?(answer|response|choice|option|vote)(\(s\)|s)?|selected)( \d+)?$"),
    "poll": re.compile(r"^poll( name| title)?( \d+)?$"),
}
NOBODY = re.compile(r"^(anonymous|anonym)\b")
# Whose an answer is, as far as it is kept: anybody's, a facilitator's by address, or that of somebody called like one.
ANYBODY, FACILITATOR, NAMESAKE = "", "f", "n"


@dataclass(frozen=True)
class Facilitators:
    """Who is in no row of the category poll: their addresses, and their names by what ``plain`` makes of them."""

    addresses: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One answer of one person, as the file says it."""

    question: str
    answer: str
    person: str
    whose: str
    at: datetime | None
    row: tuple[int, int]  # the file and its line
    has_address: bool


@dataclass
class Asked:
    """One question of a report with each person's last answer, and how many others there were. As it is kept."""

    question: str
    answers: list[tuple[str, str]] = field(default_factory=list)  # what, and whose
    replaced: int = 0
    empty: int = 0
    anonymous: int = 0
    by_name: int = 0  # answers of lines that only a name, and no address, makes one person's
    is_text: bool = False  # as many different answers as only free text has: not kept, and no poll


@dataclass
class PollReport:
    """All that is kept of the files."""

    questions: list[Asked]
    namesakes: list[str] = field(default_factory=list)  # facilitators after whom somebody in the report is called
    several_of_a_name: int = 0  # names that stand with different addresses, or with and without one
    unread: int = 0  # lines without an answer

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(kept: Any) -> PollReport:
        return PollReport(**{**kept, "questions": [Asked(**each) for each in kept["questions"]]})


@dataclass
class Heading:
    """Where a table has what."""

    places: dict[str, int]
    questions: dict[int, str]  # a column for each question; empty where the lines bring their own
    pairs: list[tuple[int, int]]  # columns with a question and its answer
    after: int  # from here on a line goes on with question, answer, question, answer

    def cell(self, row: Sequence[str], what: str) -> str:
        place = self.places.get(what)
        return row[place] if place is not None and place < len(row) else ""

    def answers(self, row: Sequence[str]) -> list[tuple[str, str]]:
        if self.questions:
            return [(words, row[place] if place < len(row) else "") for place, words in self.questions.items()]
        pairs = [(row[what], row[said]) for what, said in self.pairs if max(what, said) < len(row)]
        rest = row[self.after :]
        return [pair for pair in [*pairs, *zip(rest[::2], rest[1::2], strict=False)] if any(pair)]


def plain(text: str) -> str:
    """What is compared: without capitals, spaces that differ, and the two apostrophes."""
    text = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\u2018", "'")
    return " ".join(text.casefold().split())


def read_report(texts: Sequence[str], *, zone: str, facilitators: Facilitators) -> PollReport:
    """Read the files of one report. Refuses: ``no_answers``, ``too_many`` lines or questions."""
    report, lines, keys = PollReport([]), [], defaultdict(set)
    for place, text in enumerate(texts):
        rows = lines_of(text)
        for number, heading, row in _rows(rows):
            answers = heading.answers(row)
            if not any(said for what, said in answers if what):
                report.unread += bool(answers) and any(row)
                continue
            name, email = _who(heading, row)
            person = email or ("" if NOBODY.match(plain(name)) else plain(name))
            if person and name:
                keys[plain(name)].add(person)
            whose = _whose(name, email, facilitators, report)
            at = moment(heading.cell(row, "submitted") or heading.cell(row, "time"), zone=zone)
            key, known = person or f"\n{place}.{number}", bool(email)  # nobody's: a person of its own
            lines += [Line(what, said, key, whose, at, (place, number), known) for what, said in answers if what]
    report.several_of_a_name = sum(len(known) > 1 for known in keys.values())
    report.questions = _questions(lines)
    if not any(asked.answers or asked.is_text for asked in report.questions):
        raise Refused(
            "There is no answer to any question in this file. Is it the report on polls, with a line for each person?",
            code="no_answers",
        )
    return report


def _rows(rows: Sequence[tuple[int, list[str]]]) -> Iterator[tuple[int, Heading, list[str]]]:
    """The lines below a heading, each with it. Refuses: ``too_many``."""
    first = next((at for at, (_, row) in enumerate(rows) if _is_heading(row)), None)
    is_told = first is not None
    if first is None:  # nobody is named, or by one column alone: the first line with several cells has the questions
        first = next((at for at, (_, row) in enumerate(rows) if sum(map(bool, row)) > 1), len(rows))
    heading, found = None, 0
    for at, (number, row) in enumerate(rows[first:]):
        if at == 0 or (is_told and _is_heading(row)):
            heading = _heading(row)
        elif heading is not None and any(row):
            found += 1
            if found > MOST_ROWS:
                raise Refused(f"This file has more than {MOST_ROWS:,} lines of answers. Split it.", code="too_many")
            yield number, heading, row


def _places(row: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(row):
        words = _words(cell)
        what = next((what for what, pattern in KNOWN.items() if pattern.search(words)), None)
        if what is not None and words:
            found.setdefault(what, place)
    return found


def _words(cell: str) -> str:
    return re.sub(r"\s*\([^)]*\)", "", cell).strip().lower()


def _is_heading(row: Sequence[str]) -> bool:
    places = _places(row)
    if len(places) < 2 or not any(what in places for what in WHO):
        return False
    return not any("@" in cell or moment(cell, zone="UTC") for cell in row)


def _heading(row: Sequence[str]) -> Heading:
    places = _places(row)
    rest = {at: cell for at, cell in enumerate(row) if cell and not any(p.search(_words(cell)) for p in KNOWN.values())}
    by_words = {name: [at for at, cell in rest.items() if p.search(_words(cell))] for name, p in IN_WORDS.items()}
    if rest and sum(map(len, by_words.values())) == len(rest) and by_words["question"]:
        pairs = list(zip(by_words["question"], by_words["answer"], strict=False))
        return Heading(places, {}, pairs, max(rest) + 1)
    if rest:
        return Heading(places, rest, [], len(row))
    return Heading(places, {}, [], max(places.values(), default=-1) + 1)


def _who(heading: Heading, row: Sequence[str]) -> tuple[str, str]:
    name = heading.cell(row, "name") or f"{heading.cell(row, 'first_name')} {heading.cell(row, 'last_name')}".strip()
    email = heading.cell(row, "email").casefold()
    return name, email if ADDRESS.match(email) else ""


def _whose(name: str, email: str, facilitators: Facilitators, report: PollReport) -> str:
    if email in facilitators.addresses:
        return FACILITATOR
    called = facilitators.names.get(plain(name))
    if called is None:
        return ANYBODY
    if called not in report.namesakes:
        report.namesakes.append(called)
    return NAMESAKE


def _questions(lines: Iterable[Line]) -> list[Asked]:
    """Each person's last answer to each question, in random order. A question asked twice is one. Refuses: ``too_many``."""
    asked: dict[str, Asked] = {}
    by_person: dict[str, dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        asked.setdefault(plain(line.question), Asked(line.question))
        by_person[plain(line.question)][line.person].append(line)
    if len(asked) > MOST_QUESTIONS:
        words = f"This file has more than {MOST_QUESTIONS} questions. Is it the report of one meeting’s polls?"
        raise Refused(words, code="too_many")
    for key, question in asked.items():
        for person, given in by_person[key].items():
            said = [line for line in given if line.answer]
            if not said:
                question.empty += 1
                continue
            last = _last(said)
            question.answers.append((last.answer, last.whose))
            question.replaced += len(said) - 1
            is_by_name = not last.has_address and len({line.row for line in said}) > 1
            question.by_name += len(said) * is_by_name
            question.anonymous += person.startswith("\n")
        SHUFFLED.shuffle(question.answers)
        _leave_out_text(question)
    return list(asked.values())


def _last(said: Sequence[Line]) -> Line:
    """By the times, where all have one; of two at one time, and without times, the one further down."""
    if any(line.at is None for line in said):
        return said[-1]
    return max(enumerate(said), key=lambda pair: (pair[1].at, pair[0]))[1]


def _leave_out_text(question: Asked) -> None:
    """What people wrote in their own words is not kept, for it would say who they are."""
    cells = [answer for answer, _ in question.answers]
    different = min(len({plain(part) for cell in cells for part in cell.split(sign)}) for sign in ";,")
    if different > MOST_ANSWERS:
        question.is_text, question.answers = True, []
