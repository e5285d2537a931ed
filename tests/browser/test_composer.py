"""The mail beside the form of a notice, as somebody who writes sees it."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_mail_stands_beside_the_form_and_follows_what_is_written(visit, sign_in):
    page = visit(width=1280)
    sign_in(page, "author@demo.example")
    page.goto("/admin/notices/notice/")
    page.goto("/admin/notices/notice/add/")
    mail, asked = page.frame_locator("iframe[name=preview]"), []
    mail.locator("footer").wait_for()
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/notice/preview/") else None)

    page.fill("#id_title", "It's =1+1 🐦")
    page.locator("#id_body").press_sequentially("Hello {name}, **see** {nam}", delay=20)
    mail.get_by_text("Nobody can fill in {nam}.").wait_for()
    assert mail.locator("h1").inner_text() == "It's =1+1 🐦"
    assert mail.locator("strong", has_text="see").count() == 1
    assert len(asked) == 1

    text, frame = (page.locator(place).bounding_box() for place in ("#id_body", "iframe[name=preview]"))
    assert frame["x"] >= text["x"] + text["width"]
    page.locator("#id_to_subscribers").scroll_into_view_if_needed()
    page.get_by_label("As plain text").check()
    mail.get_by_text("**see**").wait_for(state="detached")

    page.get_by_role("button", name="Show the preview").click()
    page.get_by_role("button", name="Show the preview").click()
    mail.get_by_text("It's =1+1 🐦").wait_for()
    page.go_back()
    assert page.url.endswith("/admin/notices/notice/")


def test_without_script_a_button_shows_the_mail_and_nothing_typed_is_lost(visit, sign_in):
    page = visit(script=False)
    sign_in(page, "author@demo.example")
    page.goto("/admin/notices/notice/add/")

    page.fill("#id_title", "It's here")
    page.get_by_role("button", name="Show the preview").click()

    page.frame_locator("iframe[name=preview]").get_by_role("heading", name="It's here").wait_for()
    assert page.input_value("#id_title") == "It's here"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_enter_beside_the_preview_shows_it_and_saves_nothing(visit, sign_in, script):
    page = visit(script=script)
    sign_in(page, "author@demo.example")
    page.goto("/admin/notices/notice/add/")
    mail = page.frame_locator("iframe[name=preview]")
    if script:
        mail.locator("footer").wait_for()
    page.fill("#id_title", "Not saved yet")
    page.fill("#id_slug", "not-saved-yet")
    page.fill("#id_body", "Hello {name}, **come**")

    page.get_by_label("As the person with this e-mail address").fill("public@demo.example")
    page.keyboard.press("Enter")
    mail.locator("strong", has_text="come").wait_for()
    page.get_by_label("As plain text").check()
    if not script:
        page.keyboard.press("Enter")
    mail.get_by_text("Choose what you get and how often:").wait_for()
    assert page.url.endswith("/notice/add/")
    assert page.input_value("#id_title") == "Not saved yet"


def sign_in_in_another_tab(page, sign_in):
    """The session of this browser ends while a form stands open; a new one begins beside it."""
    page.context.clear_cookies(name="sessionid")
    tab = page.context.new_page()
    sign_in(tab, "author@demo.example")
    tab.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_session_that_ends_while_somebody_writes_loses_nothing(visit, sign_in, script):
    page = visit(script=script)
    sign_in(page, "author@demo.example")
    page.goto("/admin/notices/notice/add/")
    page.fill("#id_title", "Typed before")
    page.fill("#id_slug", f"typed-before-{script}".lower())
    page.fill("#id_body", 'First line\n\n"Second" line')
    page.context.clear_cookies(name="sessionid")

    page.get_by_role("button", name="Show the preview").click()
    link = page.frame_locator("iframe[name=preview]").get_by_role("link", name="Sign in again in a new tab")
    with page.context.expect_page() as opened:
        link.click()
    opened.value.wait_for_url("**/accounts/login/**")
    opened.value.close()
    sign_in_in_another_tab(page, sign_in)
    if script:
        with page.expect_response("**/admin/notices/notice/add/"):
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.locator("input[name=csrfmiddlewaretoken]").first).not_to_have_value("")
        page.get_by_role("button", name="Show the preview").click()
        page.frame_locator("iframe[name=preview]").get_by_role("heading", name="Typed before").wait_for()

    page.get_by_role("button", name="Save and continue editing").click()
    if not script:
        page.get_by_role("button", name="Send it again").click()
    page.get_by_text("was added successfully").wait_for()
    assert page.input_value("#id_body") == 'First line\n\n"Second" line'


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_what_is_added_to_a_request_is_seen_beside_the_form_and_back_asks_nothing(visit, sign_in, script):
    page = visit(script=script)
    sign_in(page, "author@demo.example")
    page.goto("/admin/notices/rfp/")
    page.get_by_role("link", name="Facilitation of the community of practice").click()
    page.get_by_role("link", name="Add answers, an addendum or the award").click()
    page.get_by_label("Text:").fill(f"The **deadline** stands ({script}).")
    page.get_by_role("button", name="See how it looks").click()
    page.frame_locator("iframe[name=preview]").locator("strong", has_text="deadline").wait_for()

    page.get_by_role("button", name="Add it to the page").click()
    page.get_by_text("is on the page.").wait_for()
    page.go_back()
    page.get_by_role("button", name="Add it to the page").wait_for()
    assert page.get_by_label("Text:").count() == 1
