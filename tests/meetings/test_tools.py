import io
import zipfile

import pytest

from meetings import uploads
from meetings.pdf import blocks


def office(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (b"%PDF-1.7", "pdf"),
        (b"\x89PNG\r\n\x1a\n....", "png"),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (office("word/document.xml"), "docx"),
        (office("ppt/presentation.xml"), "pptx"),
        (office("xl/workbook.xml"), "xlsx"),
        ("Grüße\n".encode(), "txt"),
        (office("xl/workbook.xml", "xl/vbaProject.bin"), None),
        (office("a.exe"), None),
        (b"PK\x03\x04broken", None),
        (b"<!doctype html>", None),
        (b"\xef\xbb\xbf <svg>", None),
        (b"MZ\x00\x01", None),
        (b"\xff\xfe\x00", None),
        (b"", None),
        (b"  \n", None),
    ],
)
def test_files_are_typed_by_their_content(content, extension):
    file = io.BytesIO(content)

    found = uploads.sniff(file)

    assert (found.extension if found else None) == extension
    assert file.tell() == 0


def words(block):
    return "".join(run["text"] for run in block["runs"])


def test_blocks_keep_headings_in_step_and_words_as_words():
    found = blocks(
        "<h4>Deep</h4><p>a <strong>b <em>c</em></strong></p><h6>Deeper</h6><blockquote><p>q</p></blockquote>"
    )

    assert [(block["kind"], block.get("level")) for block in found] == [
        ("heading", 1), ("text", None), ("heading", 2), ("quote", None),
    ]  # fmt: skip
    assert words(found[1]) == "a b c"
    assert [(run["strong"], run["em"]) for run in found[1]["runs"]] == [(False, False), (True, False), (True, True)]


def test_blocks_flatten_lists_within_lists_and_keep_links():
    found = blocks(
        '<ul><li>one</li><li><p>two</p><ul><li>three</li></ul></li></ul><p><a href="https://x.org/">x</a></p>'
    )

    assert [[run["text"] for run in item] for item in found[0]["items"]] == [["one"], ["two"], ["three"]]
    assert found[1]["runs"][0]["href"] == "https://x.org/"


def test_blocks_read_a_table_with_its_head():
    [table] = blocks(
        "<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
    )

    assert (table["columns"], len(table["head"]), len(table["rows"])) == (2, 2, 1)


def test_blocks_leave_out_columns_without_words_and_keep_every_row_whole():
    [facts, table] = blocks(
        "<dl><div><dt>Participants</dt><dd>27</dd></div></dl>"
        "<table><caption>C</caption><thead><tr><th>Label</th><th>Count</th><th>Percent</th><td></td></tr></thead>"
        "<tbody><tr><th>A</th><td>1</td><td>100%</td><td><svg></svg></td></tr>"
        '<tr><th>B</th><td colspan="2">not shown</td><td></td></tr></tbody></table>'
    )

    assert words(facts) == "Participants: 27"
    assert [[run["text"] for cell in row["cells"] for run in cell] for row in table["rows"]] == [
        ["A", "1", "100%"], ["B", "not shown"],
    ]  # fmt: skip
    assert {len(row["cells"]) for row in table["rows"]} == {3}
