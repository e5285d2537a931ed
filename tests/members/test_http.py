import time

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from members.http import reauthenticate, recently_authenticated, signed_in, used_second_factor
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def request_of(user, *records):
    request = RequestFactory().get("/admin/stipends/claim/?state=approved")
    request.user = user
    request.session = {
        "account_authentication_methods": [{"method": how, "at": time.time() - ago} for how, ago in records],
        "account_authentication_methods_user": str(user.pk),
    }
    request._messages = FallbackStorage(request)
    return request


@pytest.mark.parametrize(
    ("records", "recent", "second_factor"),
    [
        pytest.param([], False, False, id="nothing on record"),
        pytest.param([("password", 10)], True, False, id="password just now"),
        pytest.param([("password", 20), ("mfa", 10)], True, True, id="second factor just now"),
        pytest.param([("password", 400), ("mfa", 310)], False, True, id="second factor a while ago"),
        pytest.param([("mfa", 4000), ("password", 10)], True, True, id="confirmed again just now"),
    ],
)
def test_how_lately_and_how_well_somebody_proved_who_they_are(records, recent, second_factor):
    request = request_of(MemberFactory(), *records)

    assert recently_authenticated(request) is recent
    assert used_second_factor(request) is second_factor


def test_records_of_another_person_in_the_session_prove_nothing():
    request = request_of(MemberFactory(), ("mfa", 10))
    request.user = MemberFactory()

    assert not recently_authenticated(request)
    assert not used_second_factor(request)


def test_a_visitor_proved_nothing_and_is_nobody():
    request = request_of(AnonymousUser(), ("mfa", 10))

    assert not recently_authenticated(request)
    with pytest.raises(PermissionDenied):
        signed_in(request)


def test_reauthenticating_leads_back_to_the_page():
    member = MemberFactory()
    member.set_password("correct-horse-battery")
    member.save()

    response = reauthenticate(request_of(member))

    assert response.url == "/accounts/reauthenticate/?next=%2Fadmin%2Fstipends%2Fclaim%2F%3Fstate%3Dapproved"


def test_somebody_with_neither_password_nor_factor_gets_a_code():
    member = MemberFactory()
    member.set_unusable_password()

    assert reauthenticate(request_of(member)).url.startswith("/accounts/reauthenticate/code/?next=")
