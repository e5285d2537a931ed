"""Random histories; two thousand are a command (tests/calendar_histories.py)."""

import pytest

from meetings import rules
from meetings.actions import letters
from tests.calendar_histories import Broken, run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [24, pytest.param(60, marks=pytest.mark.thorough)])
def test_histories_keep_uid_sequence_and_truth(count):
    total = run(count, seed=7, length=7)

    assert total["messages"] > 20
    assert total["agreed"] > 5
    assert min(total[step] for step in ("move", "rename", "link", "undo", "answer", "wait", "cancel")) > 2


@pytest.mark.parametrize(
    ("guard", "without"),
    [
        ((rules, "ON_THE_CALENDAR"), None),
        ((letters, "correct_waiting"), lambda meeting, now: None),
        ((letters, "take_back_changes"), lambda meeting, why: None),
    ],
    ids=["a number that does not grow", "letters that keep an old time", "words that are overtaken"],
)
def test_histories_find_what_is_broken(monkeypatch, guard, without):
    target, name = guard
    if without is None:
        monkeypatch.setattr("meetings.actions.planning.ON_THE_CALENDAR", frozenset())
    else:
        monkeypatch.setattr(target, name, without)

    with pytest.raises(Broken):
        run(24, seed=7, length=8)
