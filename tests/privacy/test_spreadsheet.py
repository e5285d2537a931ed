import csv
import io
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.spreadsheet import FORMULA_STARTS, csv_text, inert, xlsx_bytes

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


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


def cells_of(workbook):
    """Each row's cells as (type, text), read by the rules of the format."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/sheet.xml"))
    return [[(cell.get("t", "n"), "".join(cell.itertext())) for cell in row] for row in sheet.iter(f"{MAIN}row")]


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))))
def test_a_workbook_holds_every_text_as_it_is_and_no_formula(texts):
    workbook = xlsx_bytes("Payments", ["one"], [[text] for text in texts])

    assert workbook == xlsx_bytes("Payments", ["one"], [[text] for text in texts])
    assert cells_of(workbook) == [[("inlineStr", "one")], *[[("inlineStr", text)] for text in texts]]


def test_a_workbook_holds_sums_as_numbers_and_nothing_that_xml_cannot():
    workbook = xlsx_bytes("Payments", ["one", "two"], [["=1+1\x00\r\n", Decimal("55.00")]])

    assert cells_of(workbook)[1] == [("inlineStr", "=1+1\ufffd\r\n"), ("n", "55.00")]
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
