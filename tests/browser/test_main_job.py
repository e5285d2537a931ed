"""The portal's whole job, once: from joining to "paid" and "sent".

Through the pages that people and staff use, with the real worker and clock, and an SMTP server as the world outside.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from tests.browser.processes import text_of

pytestmark = pytest.mark.browser

ZONE = ZoneInfo("America/Chicago")
NEWCOMER = "newcomer@elsewhere.example"
TITLE = "Gaps in rural treatment"


def test_main_job_from_joining_to_paid_and_sent(visit, sign_in, portal):
    member = visit(width=360, height=740)
    join(member, portal)

    staff = visit()
    sign_in(staff, "meetings@demo.example")
    slug, code = hold_ready(staff)
    answer(member, portal, slug)
    be_counted(member, staff, visit, slug, code)

    enroll(member)
    let_the_meeting_pass(portal, slug)
    tick_attendance(staff)
    claim(member, slug)
    for email, decision in (("verifier@demo.example", "Verify"), ("approver@demo.example", "Approve")):
        decide(visit, sign_in, email, decision)
    pay(visit, sign_in)
    member.goto("/stipends/")
    assert "Paid" in member.locator("main").inner_text()
    nothing_told_in_mail(portal)

    notify(visit, sign_in, portal)


def join(page, portal):
    """Name, e-mail, level, consent; then the code in the mail, and no password."""
    page.goto("/")
    page.get_by_role("link", name="Join", exact=True).click()
    page.get_by_label("E-mail").fill(NEWCOMER)
    page.get_by_label("Your name").fill("Wren O'Newcomer 🐦")
    page.get_by_label("Full contributing member", exact=True).check()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Join and send me a code").click()
    mail = portal.inbox.wait_for(NEWCOMER, "")
    page.locator("input[name=code]").fill(code_in(text_of(mail)))
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(re.compile("/me/"))
    assert "full contributing member" in page.locator("main").inner_text()


def code_in(text):
    return re.search(r"^\s*([A-Z0-9]{6}|[A-Z0-9]{3,4}-[A-Z0-9]{3,4})\s*$", text, re.MULTILINE).group(1)


def hold_ready(page):
    """A member of staff enters a meeting that starts in a few minutes, publishes it and opens its category poll."""
    start = datetime.now(ZONE) + timedelta(minutes=20)
    end = start + timedelta(hours=2)
    page.goto("/admin/meetings/meeting/add/")
    page.fill("#id_title", TITLE)
    for name, moment in (("starts_at", start), ("ends_at", end)):
        page.fill(f"#id_{name}_0", f"{moment:%Y-%m-%d}")
        page.fill(f"#id_{name}_1", f"{moment:%H:%M:%S}")
    page.fill("#id_place", "Room 1, 100 Demonstration Avenue")
    page.fill("#id_join_url", "https://meet.example/secret-room")
    for order, (title, kind) in enumerate((("Welcome and poll", "information"), ("Open floor", "open_discussion"))):
        page.get_by_role("button", name="Add another Agenda item").click()
        page.fill(f"#id_agenda_items-{order}-title", title)
        page.fill(f"#id_agenda_items-{order}-order", str(order + 1))
        page.fill(f"#id_agenda_items-{order}-minutes", "30")
        page.select_option(f"#id_agenda_items-{order}-kind", kind)
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("link", name="Publish…").click()
    page.get_by_label(re.compile("short notice")).fill("A practice meeting, called today")
    page.get_by_role("button", name="Publish").click()
    page.goto("/admin/meetings/meeting/")
    page.get_by_role("link", name=TITLE).click()
    address = page.locator(".field-checkin_page a").inner_text()
    slug, code = re.fullmatch(r"/meetings/([^/]+)/checkin/([^/]+)/", address).groups()
    return slug, code


def answer(page, portal, slug):
    page.goto(f"/meetings/{slug}/rsvp/")
    page.get_by_label(re.compile("Yes, in person")).check()
    page.get_by_label("What do you need to take part?").fill("A seat by the door")
    page.get_by_role("button", name="Save my answer").click()
    invitation = portal.inbox.wait_for(NEWCOMER, TITLE)
    part = next(part for part in invitation.walk() if part.get_content_type() == "text/calendar")
    event = Calendar.from_ical(part.get_content()).walk("VEVENT")[0]
    assert str(event["SUMMARY"]) == TITLE
    assert "secret-room" not in invitation.as_string()


def be_counted(member, staff, visit, slug, code):
    """Check in, answer the category poll as a member and as a guest, and read the published table."""
    member.goto(f"/meetings/{slug}/checkin/")
    member.get_by_label("Code shown in the room").fill(code.lower())
    member.get_by_role("button", name="Check in").click()
    staff.goto("/admin/polls/poll/")
    staff.goto(f"/meetings/{slug}/console/")
    staff.get_by_role("button", name="Prepare the category poll").click()
    staff.get_by_role("button", name=re.compile("^Open the poll")).click()
    poll_code = staff.locator("main li strong").first.inner_text()

    member.goto(f"/meetings/{slug}/live/")
    member.get_by_label("SUD treatment provider").check()
    member.get_by_label("Individual who has used SUD treatment services").check()
    member.locator("main form button[type=submit], main form input[type=submit]").first.click()
    assert "counted" in member.locator("main").inner_text()
    guest = visit(width=360, script=False)
    guest.goto("/polls/")
    guest.locator("main input[name=code]").fill(poll_code)
    guest.locator("main form [type=submit]").first.click()
    guest.get_by_label("Family member or support person").check()
    guest.locator("main form [type=submit]").first.click()
    assert "your answer is counted" in guest.locator("main").inner_text()

    for verb in ("Close", "Publish"):
        staff.goto(f"/meetings/{slug}/console/")
        staff.get_by_role("button", name=re.compile(verb)).click()
    screen = visit(width=1920, height=1080)
    screen.goto(f"/meetings/{slug}/screen/")
    shown = screen.locator("main").inner_text()
    assert re.search(r"Respondents\s+2", shown)
    # Two ballots are fewer than the threshold: what each chose must not be readable.
    assert "Family member" not in shown


def enroll(page):
    page.goto("/stipends/enroll/")
    page.get_by_label(re.compile("Yes: I have used")).check()
    page.get_by_label(re.compile("I have read the notice above")).check()
    page.get_by_label("Supplier number").fill("0001234567")
    page.locator("main form [type=submit]").first.click()
    assert "/stipends/" in page.url


def tick_attendance(page):
    """Staff confirm that the person who checked in was there."""
    page.goto("/admin/meetings/meeting/")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="Attendance", exact=True).click()
    person = page.locator("li.tick", has_text="Wren O'Newcomer")
    person.get_by_role("checkbox").first.check()
    person.get_by_text("Confirmed by Malik Meetings").wait_for()


PASS = """
from datetime import timedelta
from django.db.models import F
from meetings.models import Meeting
from members.models import MembershipPeriod
hours = timedelta(hours=3)
Meeting.objects.filter(slug={slug!r}).update(starts_at=F("starts_at") - hours, ends_at=F("ends_at") - hours)
for period in MembershipPeriod.objects.filter(member__email={email!r}):
    period.starts_on -= timedelta(days=1)
    period.save()
"""


def let_the_meeting_pass(portal, slug):
    """Three hours go by for this meeting; the newcomer joined the day before, should that be another date."""
    portal.manage("shell", "-v0", "-c", PASS.format(slug=slug, email=NEWCOMER))


def claim(page, slug):
    page.goto(f"/stipends/claim/{slug}/")
    page.get_by_label("Nobody else pays me for my time at this meeting.").check()
    page.locator("main form [type=submit]").first.click()
    assert "Submitted" in page.locator("main").inner_text() or "verif" in page.locator("main").inner_text()


def decide(visit, sign_in, email, decision):
    page = visit()
    sign_in(page, email)
    page.goto("/admin/stipends/claim/")
    row = page.locator("tr", has_text="O'Newcomer")
    row.get_by_role("link").first.click()
    page.get_by_role("button", name=re.compile(decision)).click()
    page.get_by_role("button", name=re.compile(decision)).click()


def pay(visit, sign_in):
    """A batch is filled, closed, exported and marked as paid."""
    page = visit()
    sign_in(page, "payments@demo.example")
    page.goto("/admin/stipends/paymentbatch/add/")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name=re.compile("Add all approved claims")).click()
    page.get_by_role("button", name="Close the batch…").click()
    page.get_by_role("button", name="Close the batch", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file for the payer (CSV)").click()
    exported = download.value.path().read_text()
    assert "Wren O'Newcomer 🐦" in exported
    assert "0001234567" in exported
    page.get_by_role("button", name="Mark as paid…").click()
    page.get_by_label("Day of payment").fill(f"{datetime.now(ZONE):%Y-%m-%d}")
    page.get_by_label("Payment reference").fill("EFT-2026-0042")
    page.get_by_role("button", name="Compare with the batch").click()
    page.get_by_role("button", name=re.compile("Mark as paid: ")).click()


def nothing_told_in_mail(portal):
    """What the person got by mail says neither stipend nor amount."""
    updates = portal.inbox.wait_for(NEWCOMER, "update")
    assert "/me/" in text_of(updates)
    told = " ".join(message["Subject"] + text_of(message) for message in portal.inbox.to(NEWCOMER)).lower()
    for word in ("stipend", "$", "lived experience", "approved", "claim"):
        assert word not in told, word


def notify(visit, sign_in, portal):
    """A notice drafted by one, released by another, sent once to each, left with one click."""
    author = visit()
    sign_in(author, "author@demo.example")
    author.goto("/admin/notices/notice/add/")
    author.fill("#id_title", "Slides of the last meeting")
    author.fill("#id_slug", "slides")
    author.select_option("#id_subject", "meetings")
    author.fill("#id_body", "Hello {name},\n\nthe slides are on the page of the **meeting**.")
    author.get_by_label("Full contributing member").check()
    author.get_by_role("button", name="Save and continue editing").click()
    assert author.get_by_role("link", name="Release…").count() == 0

    sender = visit()
    sign_in(sender, "sender@demo.example")
    sender.goto("/admin/notices/notice/")
    sender.get_by_role("link", name="Slides of the last meeting").click()
    sender.get_by_role("link", name="Release…").click()
    sender.get_by_label(re.compile("I have read the text")).check()
    sender.get_by_role("button", name="Release").click()

    mail = portal.inbox.wait_for(NEWCOMER, "Slides of the last meeting")
    assert "Wren O'Newcomer 🐦" in text_of(mail)
    portal.inbox.wait_for("full@demo.example", "Slides of the last meeting")
    reader = visit()
    reader.goto("/notices/")
    reader.get_by_role("link", name="Slides of the last meeting").first.click()
    assert "Hello" in reader.locator("main").inner_text()
    assert "Slides of the last meeting" in reader.context.request.get("/notices/feed/").text()
    leave_with_one_click(reader, mail)
    addresses = [to for to, message in portal.inbox.messages if message["Subject"] == "Slides of the last meeting"]
    assert len(addresses) == len(set(addresses))


def leave_with_one_click(page, mail):
    """RFC 8058: the mail program posts, without a cookie, and asks nobody."""
    address = re.search(r"<(\S+)>", mail["List-Unsubscribe"]).group(1)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    response = page.context.request.post(address, form={"List-Unsubscribe": "One-Click"})
    assert (response.status, response.url) == (200, address)
