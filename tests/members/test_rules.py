import pytest
from django.core.exceptions import ValidationError

from members.enums import Level
from members.rules import EXPECTATIONS, must_confirm_expectations, no_control_characters


@pytest.mark.parametrize(
    ("level", "confirms"), [("full", True), ("specialty", True), ("public", False), ("", False), ("chief", False)]
)
def test_only_contributing_levels_are_confirmed(level, confirms):
    assert must_confirm_expectations(level) is confirms


def test_what_must_be_confirmed_is_written_down():
    assert {level for level in Level if EXPECTATIONS[level]} == {
        level for level in Level if must_confirm_expectations(level)
    }


@pytest.mark.parametrize("name", ["Zoë 🦆", "👩\u200d🔬 Ada", "O'Neil-Ñ", "ဇော်", "مریم\u200cسادات"])
def test_names_of_the_world_pass(name):
    no_control_characters(name)


@pytest.mark.parametrize("name", ["a\x07b", "a\nb", "a\x00", "\u202eevil", "a\x85b", "a\u2066b"])
def test_names_with_orders_in_them_do_not(name):
    with pytest.raises(ValidationError) as refused:
        no_control_characters(name)
    assert refused.value.code == "control_characters"
