"""The same numbers wherever a table is shown, and no file of what is not published."""

import io
import re
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree

import pypdf
import pytest
from django.urls import reverse

from polls import actions
from polls.files import file_of
from polls.representation import representation
from tests.factories import AttendanceFactory, MeetingFactory, MemberFactory, SummaryFactory

pytestmark = pytest.mark.django_db
FILES = ["csv", "xlsx", "pdf"]


@pytest.fixture
def published(opened, publish):
    AttendanceFactory.create_batch(24, meeting=opened.meeting)
    return publish(opened, (2, 3, 17, 0))


class Rows(HTMLParser):
    """The rows of the tables of a page, each as its cells in words; a cell over three columns counts three times."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.facts, self._cell, self._span = [], {}, None, 1
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td", "dt", "dd"}:
            self._cell, self._span = "", int(dict(attrs).get("colspan", 1))

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag):
        if tag in {"th", "td"}:
            self.rows[-1] += [self._cell.replace("\xad", "").strip().removesuffix("%")] * self._span
        if tag == "dt":
            self._name = self._cell
        if tag == "dd":
            self.facts[self._name] = re.findall(r"\d+", self._cell)
        if tag in {"th", "td", "dt", "dd"}:
            self._cell = None


def of_page(response):
    return [row[:4] for row in Rows(response.content.decode()).rows if len(row) == 5]


def sheet(content):
    """The cells of a workbook, read as the format says and not as we write it."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    rows = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("xl/sheet.xml")).iter(f"{main}row")
    return [
        [
            "".join(cell.itertext()) if cell.get("t") == "inlineStr" else int(cell.find(f"{main}v").text)
            for cell in row.iter(f"{main}c")
        ]
        for row in rows
    ]


def csv_rows(content):
    return [re.findall(r'"((?:[^"]|"")*)"', line) for line in content.decode("utf-8-sig").splitlines()]


def pdf_text(content):
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).split())


EXPECTED = [
    ["Category", "Submissions", "Percent of submissions", "Percent of respondents"],
    ["Used services", "not shown", "not shown", "not shown"],
    ["Family", "not shown", "not shown", "not shown"],
    ["Provider", "17", "77", "77"],
    ["County", "0", "0", "0"],
    ["The 2 rows not shown, together", "5", "23", ""],
]
FACTS = [24, 0, 22, 22, 2]  # participants, facilitators, respondents, submissions, did not answer


def test_page_screen_summary_csv_workbook_and_pdfs_show_the_same_numbers(published, client):
    meeting = published.meeting
    SummaryFactory(meeting=meeting, body="Said.", published_at=meeting.ends_at)
    pages = [f"/meetings/{meeting.slug}/{page}" for page in ("", "representation/", "summary/", "live/", "screen/")]
    files = {kind: client.get(f"/meetings/{meeting.slug}/representation.{kind}").content for kind in FILES}

    for page in pages:
        response = client.get(page)
        assert of_page(response) == EXPECTED, page
        facts = Rows(response.content.decode()).facts
        said = [
            facts[name] for name in ("Participants", "Respondents", "Category submissions", "Attended, did not answer")
        ]
        assert said == [["24"], ["22"], ["22"], ["2"]], page
    rows = csv_rows(files["csv"])
    assert rows[:6] == EXPECTED
    assert [int(row[1]) for row in rows[6:11]] == FACTS
    cells = sheet(files["xlsx"])
    assert [[str(cell) for cell in row] for row in cells[:6]] == EXPECTED
    assert [row[1] for row in cells[6:11]] == FACTS
    for words in (pdf_text(files["pdf"]), pdf_text(client.get(f"/meetings/{meeting.slug}/summary.pdf").content)):
        for row in EXPECTED[1:]:
            found = re.search(rf"{row[0]} (\S+ ?\S*) (\S+ ?\S*)%? ?(\S+ ?\S*)%?", words)[0]
            assert re.findall(r"not shown|\d+", found.removeprefix(row[0]))[:3] == [cell for cell in row[1:] if cell]
        assert "Percent of submissions" in words
        assert "Percent of respondents" in words


@pytest.mark.parametrize("kind", FILES)
def test_files_name_base_rounding_and_version(kind, published, client):
    content = client.get(f"/meetings/{published.meeting.slug}/representation.{kind}").content
    words = {"csv": lambda: content.decode(), "xlsx": lambda: str(sheet(content)), "pdf": lambda: pdf_text(content)}[
        kind
    ]()

    assert "The base of the percentages of submissions is 22" in words
    assert "The base of the percentages of respondents is 22" in words
    assert "largest remainder; the rows not shown count as one" in words
    assert "sensitive rows below 5 are not shown" in words
    assert "Version 1, published" in words
    assert published.meeting.title in words


def test_pdf_is_tagged_for_assistive_technology(published, client):
    response = client.get(f"/meetings/{published.meeting.slug}/representation.pdf")
    root = pypdf.PdfReader(io.BytesIO(response.content)).trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].endswith(f'representation-{published.meeting.slug}-v1.pdf"')


@pytest.mark.parametrize("kind", FILES)
def test_file_of_what_is_not_published_is_refused_to_everybody(kind, opened, staff, now, vote, client, sign_in):
    for place in (2,) * 7:
        vote(opened, MemberFactory(), place)
    chief = MemberFactory(is_staff=True, is_superuser=True)

    for step in (None, actions.close_poll):
        if step:
            step(opened, by=staff, now=now)
        for reader in (client, sign_in(chief)):
            assert reader.get(f"/meetings/{opened.meeting.slug}/representation.{kind}").status_code == 404
        address = reverse("admin:polls_poll_full_file", args=[opened.pk, kind])
        assert sign_in(chief).get(address).status_code == 404


@pytest.mark.parametrize("kind", FILES)
def test_file_without_a_breakdown_says_why(kind, opened, publish, meeting):
    publish(opened, (1, 0, 2, 0))
    content = file_of(representation(meeting, full=False, threshold=5), meeting, kind)
    words = {"csv": lambda: content.decode(), "xlsx": lambda: str(sheet(content)), "pdf": lambda: pdf_text(content)}[
        kind
    ]()

    assert "The breakdown is not shown: with so few answers" in words
    assert "Used services" not in words
    assert "submissions" not in words.replace("Percent of submissions", "")


@pytest.mark.parametrize("kind", FILES)
def test_file_of_an_imported_table_holds_the_percentages_alone(kind, staff, now, client):
    meeting = MeetingFactory()
    rows = [("Used services", 3), ("Elsewhere", 97)]
    actions.import_published(
        meeting, rows=rows, participants=27, facilitators=2, submissions=32, remark="=As published.", by=staff, now=now
    )
    content = client.get(f"/meetings/{meeting.slug}/representation.{kind}").content

    if kind == "pdf":
        assert re.search(r"Used services 3% Elsewhere 97%", pdf_text(content))
    else:
        lines = csv_rows(content) if kind == "csv" else sheet(content)
        assert [str(cell) for cell in lines[1]] == ["Used services", "", "3", ""]
    assert {"csv": "\"'=As", "xlsx": "=As", "pdf": "=As"}[kind] in (
        content.decode() if kind == "csv" else str(sheet(content)) if kind == "xlsx" else pdf_text(content)
    )
