import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.spreadsheet import FORMULA_STARTS, csv_text, inert


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("  =1", "'  =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("＝1", "'＝1"),
        (-5, "-5"),
        (True, "True"),
        (Decimal("55.00"), "55.00"),
        (None, ""),
        ("plain", "plain"),
        ("a=b", "a=b"),
    ],
)
def test_what_would_run_is_text(cell, text):
    assert inert(cell) == text


@given(st.text())
def test_no_cell_begins_a_formula_and_none_is_lost(text):
    cell = inert(text)

    assert not cell.lstrip(" \u00a0").startswith(FORMULA_STARTS)
    assert text in {cell, cell.removeprefix("'")}


@given(st.lists(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2)))
def test_a_file_reads_back_as_it_was_written(rows):
    text = csv_text(["one", "two"], rows)

    assert text.startswith("\ufeff")
    read = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert read == [["one", "two"], *[[inert(cell) for cell in row] for row in rows]]
