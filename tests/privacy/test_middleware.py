import pytest

from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def test_pages_of_the_signed_in_are_kept_by_nobody(sign_in):
    response = sign_in(MemberFactory()).get("/about/")

    assert response["Cache-Control"] == "private, no-store"
    assert "Cookie" in response["Vary"]


def test_a_visitors_page_is_left_alone_and_sets_no_cookie(client):
    response = client.get("/about/")

    assert "no-store" not in response.get("Cache-Control", "")
    assert not response.cookies


def test_the_page_that_signs_somebody_out_is_private_too(sign_in):
    assert sign_in(MemberFactory()).post("/accounts/logout/")["Cache-Control"] == "private, no-store"
