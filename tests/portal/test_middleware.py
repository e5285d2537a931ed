import pytest

from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
BUTTON = "/stipends/supplier-number/"


def test_address_of_a_button_says_that_nothing_was_sent(sign_in):
    response = sign_in(MemberFactory()).get(BUTTON, headers={"accept": "text/html"})

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "Nothing was sent" in response.content.decode()
    assert "private" in response.headers["Cache-Control"]


def test_machines_get_the_bare_answer(sign_in):
    response = sign_in(MemberFactory()).get(BUTTON, headers={"accept": "application/json"})

    assert (response.status_code, response.content) == (405, b"")
