import logging

import pytest
from django.core import signing

from cop_portal.log import HideTokens
from notices.tokens import new_token


def logged(message, *arguments):
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, message, arguments, None)
    HideTokens().filter(record)
    return record.getMessage()


@pytest.mark.parametrize(
    "before_and_after",
    ["/calendar/{}", "/notices/preferences/{}/", "/meetings/first/rsvp/{}/", "/meetings/first/rsvp/confirm/{}/"],
)
@pytest.mark.parametrize("make", [new_token, lambda: signing.dumps([7, "rsvp"], salt="link")], ids=["stored", "signed"])
def test_token_of_a_personal_link_is_not_logged(before_and_after, make):
    for _ in range(50):
        token = make()

        assert (
            logged("%s: %s", "Not Found", before_and_after.format(token))
            == f"Not Found: {before_and_after.format('…')}"
        )


@pytest.mark.parametrize(
    "path",
    [
        "/meetings/first/rsvp/",
        "/meetings/calendar.ics",
        "/meetings/planning-session-2022-09-14/",
        "/notices/next-full-cop-meeting/",
        "/admin/stipends/claim/12/change/",
    ],
)
def test_address_without_a_token_stays_readable(path):
    assert logged("Forbidden: %s", path) == f"Forbidden: {path}"
