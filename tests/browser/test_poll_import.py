"""A meeting tool's poll report, brought in on a phone without scripts; each page of the way by axe, light and dark."""

import pytest

from tests.browser.test_pages import look_at
from tests.polls.poll_reports import ZOOM

pytestmark = pytest.mark.browser


@pytest.mark.thorough
def test_poll_report_is_imported_without_scripts(visit, sign_in):
    page, looking = visit(width=360, script=False), visit()
    for each in (page, looking):
        sign_in(each, "meetings@demo.example")
    wrong = look_at(looking, "/admin/polls/poll/import/", "meetings")

    page.goto("/admin/polls/poll/import/")
    page.select_option("[name=meeting]", index=1)
    page.select_option("[name=tool]", "zoom")
    page.set_input_files("[name=chosen]", {"name": "report.csv", "mimeType": "text/csv", "buffer": ZOOM.encode()})
    page.get_by_role("button", name="Read the report").click()
    report = page.url
    wrong += look_at(looking, report, "meetings")
    for number, kind in enumerate(["many", "one"]):
        page.select_option(f"[name=q{number}-to]", kind)
    page.get_by_text("For a new poll: its question and its answers").first.click()
    page.fill("[name=q0-labels]", "Used services\nFamily\nProvider\nCounty")
    page.get_by_role("button", name="Go on to the answers").click()
    wrong += look_at(looking, report, "meetings")
    page.get_by_label("a neighbor of theirs").select_option(label="count as no answer")
    page.get_by_role("button", name="Go on to the review").click()
    wrong += look_at(looking, report, "meetings")
    page.get_by_role("button", name="Import 2 polls").click()

    assert "Imported and closed" in page.content()
    wrong += look_at(looking, report, "meetings")
    assert wrong == []
