"""A passkey, with a real authenticator made of software: added, signed in with, and taken away again."""

import re

import pytest

pytestmark = pytest.mark.browser


def test_passkey_is_added_signs_in_and_is_removed(visit, sign_in):
    page = visit()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(page, "specialty@demo.example")

    page.goto("/accounts/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        page.locator("input[name=password]").fill("lakes-and-loons")
        page.locator("main button[type=submit]").first.click()
    page.locator("input[name=name]").fill("My laptop")
    page.locator("input[name=passwordless]").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(re.compile("recovery-codes"))

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile("/me/"))

    page.goto("/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Remove").click()
    if "reauthenticate" in page.url:
        page.locator("input[name=password]").fill("lakes-and-loons")
        page.locator("main button[type=submit]").first.click()
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile("/accounts/2fa/webauthn/$"))
    assert "My laptop" not in page.locator("main").inner_text()
