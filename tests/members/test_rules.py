import pytest

from members.enums import Level
from members.rules import EXPECTATIONS, must_confirm_expectations


@pytest.mark.parametrize(
    ("level", "confirms"), [("full", True), ("specialty", True), ("public", False), ("", False), ("chief", False)]
)
def test_only_contributing_levels_are_confirmed(level, confirms):
    assert must_confirm_expectations(level) is confirms


def test_what_must_be_confirmed_is_written_down():
    assert {level for level in Level if EXPECTATIONS[level]} == {
        level for level in Level if must_confirm_expectations(level)
    }
