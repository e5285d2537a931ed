"""The room as somebody follows it who hears it: what Chromium gives to a screen reader, while the meeting goes on."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
ROOM = "/meetings/open-house"


class Heard:
    """The accessibility tree of a page, as Chromium computes it."""

    def __init__(self, page):
        self.page = page
        self.line = page.context.new_cdp_session(page)

    def nodes(self, *roles):
        """(name, properties) of everything in these roles that is not ignored, from top to bottom."""
        found = self.line.send("Accessibility.getFullAXTree")["nodes"]
        return [
            (
                node.get("name", {}).get("value", ""),
                {each["name"]: each["value"].get("value") for each in node["properties"]},
            )
            for node in found
            if not node["ignored"] and node["role"]["value"] in roles
        ]

    def names(self, *roles):
        return [name for name, _ in self.nodes(*roles)]

    def levels(self):
        return [properties["level"] for _, properties in self.nodes("heading")]

    def is_told(self, words):
        """Wait until the live region says so: by itself, nobody reloads the page."""
        expect(self.page.get_by_role("status")).to_contain_text(words, timeout=30_000)


def in_order(levels):
    """No heading is deeper than the one before it by more than a level."""
    return levels[0] == 1 and all(deeper - level <= 1 for level, deeper in pairwise(levels))


def press(page, words):
    page.goto(f"{ROOM}/console/")
    page.get_by_role("button", name=re.compile(words)).first.click()


def test_a_poll_is_followed_by_ear_from_its_opening_to_its_table(visit, sign_in, chromium):
    staff, phone, screen = visit(width=1024, height=768), visit(width=390), visit(width=1920, height=1080)
    sign_in(staff, "meetings@demo.example")
    phone.goto(f"{ROOM}/live/")
    screen.goto(f"{ROOM}/screen/")
    heard, wall = Heard(phone), Heard(screen)
    [(_, region)] = heard.nodes("status")
    assert (region["live"], region["atomic"]) == ("polite", True)
    assert in_order(heard.levels())
    assert len(heard.nodes("main")) == len(wall.nodes("main")) == 1
    assert not wall.nodes("button", "textbox", "checkbox", "radio")  # a screen is looked at, and steers nothing

    press(staff, "^Open the poll")
    heard.is_told("poll")
    wall.is_told("poll")
    phone.get_by_role("link", name="Family member or support person").click()
    phone.get_by_role("button", name="Send my answer").click()
    assert "your answer is counted" in phone.get_by_role("main").inner_text()
    for number in range(19):
        with chromium.new_context() as guest:  # cookies of its own, and no page: that would be dear
            answer_too(guest.request, phone.url, number % 2)
    phone.goto(f"{ROOM}/live/")

    press(staff, "^Close")
    for page in (heard, wall):
        page.is_told("is closed.")
    press(staff, "^Publish")
    for page in (heard, wall):
        page.is_told("are published.")
    press(staff, "^The results last published")  # whatever else was asked in this meeting
    expect(screen.get_by_role("table")).to_be_visible(timeout=30_000)
    for page in (heard, wall):
        headers = ["Category", "Submissions", "Percent of submissions", "Percent of respondents"]
        assert [name.replace("\u00ad", "") for name in page.names("columnheader")] == headers
        assert {"SUD treatment provider", "Family member or support person"} <= set(page.names("rowheader"))
        assert in_order(page.levels())
    # Fourteen categories, what is not shown together, and the notes: all of it on one slide.
    assert screen.evaluate("document.querySelector('.poll-notes').getBoundingClientRect().bottom") <= 1080


def answer_too(guest, address, which):
    """One more guest's answer, by what the page asks for and no page."""
    page = guest.get(address).text()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    options = re.findall(r'name="options" value="(\d+)"', page)
    form = {"csrfmiddlewaretoken": token, "options": options[which]}
    assert guest.post(address, form=form, headers={"Referer": address}).ok


def test_one_tablet_shows_in_both_its_columns_where_the_other_went(visit, sign_in):
    here, there = visit(width=1024, height=768), visit(width=390)
    for page in (here, there):
        sign_in(page, "meetings@demo.example")
        page.goto(f"{ROOM}/console/")
    [next_one] = here.locator("#console-now .console-next p").all_inner_texts()
    title = re.sub(r"^Next: \S+ [ap]\.m\. ", "", next_one)

    here.get_by_role("button", name="Go on to the next").click()

    on_now = there.locator("section", has=there.locator("#on-now"))
    expect(on_now.locator("strong")).to_have_text(title, timeout=30_000)
    expect(there.locator("#console-room [aria-current=step]")).to_have_text("On now")
    expect(there.locator("#console-room")).to_have_count(1)
    there.get_by_role("link", name="Agenda", exact=True).click()
    expect(there.locator("#agenda")).to_be_in_viewport()
    here.get_by_role("button", name="Go by the clock again").click()


def test_what_moves_on_the_console_takes_neither_focus_nor_what_was_opened(visit, sign_in):
    staff, guest = visit(width=1024, height=768), visit(script=False)
    sign_in(staff, "meetings@demo.example")
    ask(guest, "Who pays for the bus?")
    staff.goto(f"{ROOM}/console/")
    staff.get_by_role("button", name=re.compile("^Later.*bus")).press("Enter")
    staff.locator("#settled-more").press("Enter")
    reopen = staff.get_by_role("button", name=re.compile("^Open again.*bus"))
    reopen.focus()

    ask(guest, "Is there a ramp?")

    expect(staff.locator("#questions + ol")).to_contain_text("Is there a ramp?", timeout=30_000)
    expect(reopen).to_be_focused()
    other = visit(width=1024, height=768)
    sign_in(other, "meetings@demo.example")
    other.goto(f"{ROOM}/console/")
    other.locator("#settled-more").click()
    other.get_by_role("button", name=re.compile("^Open again.*bus")).click()
    expect(staff.locator("#questions")).to_be_focused(timeout=30_000)


def ask(guest, words):
    guest.goto(f"{ROOM}/questions/")
    guest.get_by_label("Your question").fill(words)
    guest.get_by_role("button", name="Ask this question").click()
    expect(guest.get_by_role("main")).to_contain_text(words)
