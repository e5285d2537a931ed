"""A quarter of meetings by somebody new, on a phone and without script; the pages on the way are looked at with axe."""

import re
from datetime import datetime, timedelta

import pytest

from tests.browser.processes import text_of
from tests.browser.test_main_job import ZONE
from tests.browser.test_pages import RULES_FOR_STAFF, wrong_with

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
GUEST = "guest@elsewhere.example"
OPEN_HOUSE = "/admin/meetings/meeting/10"


@pytest.fixture
def look(visit):
    """``look(page)``: what axe finds wrong with it, light and dark, and its width at 320 pixels.

    Axe itself needs script: the page is shown once more, as it was sent, in a browser that has it.
    """
    other = visit()
    other.route("**/*.js", lambda route: route.abort())  # what is looked at stays as it is

    def look(page):
        page.wait_for_load_state()  # a click waits until the next page begins, not until it is there
        html = page.content()
        other.route(page.url, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"), times=1)
        other.goto(page.url)
        assert [f"{page.url} {what}" for what in wrong_with(other, RULES_FOR_STAFF)] == []

    return look


def press(page, name):
    page.get_by_role("button", name=re.compile(name)).last.click()


def words(page):
    return page.locator(".messagelist, .messages, main").first.inner_text()


def test_staff_set_up_a_quarter_without_script(visit, sign_in, look):
    page = visit(**PHONE, script=False)
    sign_in(page, "meetings@demo.example")

    page.goto("/admin/meetings/series/add/")
    page.get_by_label("Title").fill("O'Brien's quarter 🐦")
    page.get_by_label("First meeting on").fill(f"{datetime.now(ZONE) + timedelta(days=40):%m/%d/%Y}")
    page.get_by_label("Starts at").fill("2 p.m.")
    page.get_by_label("Length in minutes").fill("90")
    page.get_by_label("Number of meetings").fill("3")
    page.get_by_label("Place").fill("=1+1")
    press(page, "^Save$")
    look(page)
    press(page, "Plan them as drafts")
    look(page)
    press(page, "Publish the ticked")
    look(page)
    press(page, "^Publish$")
    assert "3 meetings are published" in words(page)
    press(page, "Prepare a notice")
    look(page)
    page.reload()  # a page that asks has an address: neither this nor "back" asks to send something again
    press(page, "Yes, do it")
    assert "is written" in words(page)
    page.go_back()
    assert "This was answered already" in words(page)

    page.get_by_role("link", name=re.compile("^Move")).first.click()
    page.get_by_label("This one and all later ones").check()
    page.get_by_label("Starts").fill("15:00")
    press(page, "Show what would happen")
    look(page)
    press(page, "Move 3 meetings")
    assert "is not sent yet" in words(page)
    page.get_by_role("link", name=re.compile("^Cancel")).last.click()
    page.get_by_label("Why it is cancelled").fill("It's spring <b>break</b>")
    press(page, "Show what would happen")
    look(page)
    press(page, "Cancel 1 meeting")
    look(page)

    page.locator("#content tbody th a").first.click()
    page.locator("#id_agenda_items-0-title").fill("Welcome")
    page.locator("#id_agenda_items-0-minutes").fill("10")
    press(page, "continue editing")
    page.get_by_role("link", name="Carry items on…").click()
    page.get_by_label("Welcome").check()
    press(page, "Carry them on")
    assert "Carried on to" in words(page)


@pytest.mark.thorough
def test_staff_take_attendance_without_script(visit, sign_in, look):
    page = visit(**PHONE, script=False)
    sign_in(page, "meetings@demo.example")

    page.goto(f"{OPEN_HOUSE}/attendance/")
    page.locator("li.tick").first.get_by_role("checkbox").first.check()
    page.get_by_label("A guest who is not on the list").fill("Zoë O'Walk-in 🐦")
    press(page, "Save the list")
    assert "Saved: 2 of these were there." in words(page)
    page.goto(f"{OPEN_HOUSE}/attendance/?q=walk-in")
    page.locator("li.tick summary").click()
    page.get_by_label("Minutes: Zoë").fill("45")
    press(page, "Save the list")
    assert "45 minutes" in page.locator("li.tick").inner_text()

    start = datetime.now(ZONE).replace(minute=0)
    times = f"{start:%m/%d/%Y %H:%M},{start + timedelta(minutes=20):%m/%d/%Y %H:%M}"
    report = f"Name,Email,Join time,Leave time\nJuniper,full@demo.example,{times}\nWillow,,{times}\n=1+1,,{times}\n"
    page.goto(f"{OPEN_HOUSE}/report/")
    page.set_input_files("input[type=file]", {"name": "r.csv", "mimeType": "text/csv", "buffer": report.encode()})
    press(page, "Read the report")
    look(page)
    page.locator(".report-people select").first.select_option("out")
    press(page, "guests by their names")
    look(page)
    page.get_by_role("link", name="The columns").click()
    look(page)
    page.go_back()
    press(page, "Import 2 people")
    look(page)
    for _ in range(60):
        if page.get_by_text("recorded anew").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    assert "1 recorded anew" in words(page) or "2 recorded anew" in words(page)
    look(page)


@pytest.mark.thorough
def test_staff_answer_callers_and_requests_without_script(visit, sign_in, look):
    page = visit(**PHONE, script=False)
    sign_in(page, "meetings@demo.example")

    page.goto("/admin/meetings/meeting/5/answer/")
    page.get_by_label("Name").fill("Cy O'Caller")
    page.get_by_label("Phone").fill("651-555-0100")
    page.get_by_label("I told them why we ask").check()
    press(page, "Save the answer")
    assert "tell them yourself" in words(page)
    page.get_by_role("link", name="Cy O'Caller").click()
    look(page)

    page.goto("/admin/meetings/accommodation/1/change/")
    page.get_by_label("State").select_option("arranged")
    page.get_by_label("Answer").fill("It's arranged: a seat in front")
    press(page, "continue editing")
    assert "changed successfully" in words(page)


@pytest.mark.thorough
def test_guest_answers_and_checks_in_without_script(visit, portal, look):
    page = visit(**PHONE, script=False)

    page.goto("/meetings/rfp-information-session/rsvp/")
    page.get_by_label("Your name").fill("Zoë O'Guest 🐦")
    page.locator("input[type=email]").fill(GUEST)
    page.get_by_label(re.compile("online")).check()
    page.locator("main form [type=submit]").last.click()
    look(page)
    page.goto("/meetings/open-house/checkin/")
    page.get_by_label("Code shown in the room").fill("WRONG1")
    page.get_by_label("name").fill("Zoë O'Guest 🐦")
    press(page, "Check in")
    look(page)

    page.goto(link_in(portal.inbox.wait_for(GUEST, "Please confirm"), "/rsvp/confirm/"))
    look(page)
    page.locator("main form button").first.click()
    page.goto(link_in(portal.inbox.wait_for(GUEST, "You are coming"), "/rsvp/(?!confirm)"))
    look(page)
    press(page, "not coming")
    assert "You are not coming" in page.locator("body").inner_text()


def link_in(mail, part):
    return re.search(rf"https?://\S+{part}\S*", text_of(mail)).group()


@pytest.mark.thorough
def test_member_leads_a_workgroup_without_script(visit, sign_in, look):
    member = visit(**PHONE, script=False)
    sign_in(member, "full@demo.example")

    member.goto("/meetings/workgroups/treatment-gaps/")
    if member.get_by_role("button", name=re.compile("^Join")).count():
        press(member, "^Join")
    press(member, "Let the leads see my name")
    look(member)
    staff = visit(**PHONE, script=False)
    sign_in(staff, "meetings@demo.example")
    staff.goto("/admin/meetings/workgroup/")
    staff.get_by_role("link", name="Treatment gaps").click()
    staff.get_by_role("link", name="Who is in it").click()
    staff.get_by_label(re.compile("Juniper Loonlake")).check()
    press(staff, "^Save$")

    member.reload()
    look(member)
    member.goto("/meetings/workgroups/treatment-gaps/people/")
    look(member)
