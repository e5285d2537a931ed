"""The mail beside the form of a notice, as somebody who writes sees it."""

import pytest

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
