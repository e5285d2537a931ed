"""The staff's room: one way in, never with one factor alone."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.factories import MemberFactory, StaffFactory
from tests.members.test_joining import code_in

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"
ADMIN = "/admin/"


def staff_with_password(*, enrolled):
    staff = StaffFactory(email="staff@example.org", is_superuser=True)
    staff.set_password("correct-horse-battery")
    staff.save()
    EmailAddress.objects.create(user=staff, email=staff.email, primary=True, verified=True)
    if enrolled:
        TOTP.activate(staff, SECRET)
        RecoveryCodes.activate(staff)
    return staff


def recovery_code(staff):
    codes = RecoveryCodes(Authenticator.objects.get(user=staff, type=Authenticator.Type.RECOVERY_CODES))
    return codes.get_unused_codes()[0]


def is_shut_out(client):
    return client.get(ADMIN).url == "/admin/login/?next=/admin/" and client.get("/me/").status_code == 302


def enter_password(client, path="/accounts/login/"):
    return client.post(path, {"login": "staff@example.org", "password": "correct-horse-battery"})


def test_admin_has_no_sign_in_of_its_own(client):
    response = client.get("/admin/login/?next=/admin/members/member/")

    assert response.url == "/accounts/login/?next=%2Fadmin%2Fmembers%2Fmember%2F"
    posted = client.post("/admin/login/", {"username": "staff@example.org", "password": "x"})
    assert posted.status_code == 302
    assert posted.url.startswith("/accounts/login/")


def test_password_and_recovery_code_open_the_staffs_room_and_the_code_works_once(client):
    staff = staff_with_password(enrolled=True)
    code = recovery_code(staff)

    first = enter_password(client, "/accounts/login/?next=/admin/")
    assert first.url.startswith("/accounts/2fa/authenticate/")
    assert is_shut_out(client)  # the password alone signed nobody in

    second = client.post(first.url, {"code": code})
    assert second.status_code == 302
    assert client.get(ADMIN).status_code == 200

    again = Client()
    enter_password(again)
    again.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_shut_out(again)


def test_code_by_mail_is_asked_for_the_second_factor_too(client):
    staff_with_password(enrolled=True)
    response = client.post("/accounts/login/code/", {"email": "staff@example.org"})

    response = client.post(response.url, {"code": code_in(mail.outbox[-1])})

    assert response.url.startswith("/accounts/2fa/authenticate/")
    assert is_shut_out(client)


@pytest.mark.parametrize("path", ["/admin/", "/admin/members/member/", "/admin/privacy/sensitiveview/", "/admin/x/"])
def test_staff_without_a_second_factor_reach_only_the_page_that_sets_one_up(client, path):
    staff_with_password(enrolled=False)
    enter_password(client)
    assert client.get("/me/").status_code == 200

    assert client.get(path).url == reverse("mfa_index")
    assert client.post(path).url == reverse("mfa_index")


def test_session_from_before_enrolling_must_prove_the_factor_once(client):
    staff = staff_with_password(enrolled=False)
    enter_password(client)
    TOTP.activate(staff, SECRET)  # on another device
    RecoveryCodes.activate(staff)

    response = client.get(ADMIN)
    assert response.url == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"

    client.post(response.url, {"code": recovery_code(staff)})
    assert client.get(ADMIN).status_code == 200


def test_secret_of_the_authenticator_app_is_not_in_the_database():
    staff = staff_with_password(enrolled=True)

    rows = Authenticator.objects.filter(user=staff)

    assert SECRET not in "".join(str(row.data) for row in rows)
    assert TOTP(rows.get(type=Authenticator.Type.TOTP)).instance.wrap().validate_code("nonsense") is False


def test_old_secrets_open_after_the_key_was_changed(settings):
    staff = staff_with_password(enrolled=True)
    codes = recovery_code(staff)

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key" * 5

    assert recovery_code(staff) == codes


def test_members_need_no_second_factor_and_never_enter_the_staffs_room(sign_in):
    client = sign_in(MemberFactory())

    assert client.get("/me/").status_code == 200
    assert client.get(ADMIN).url == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/").status_code == 403


def test_code_of_the_app_is_not_taken_twice(client):
    staff_with_password(enrolled=True)
    code = format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))
    enter_password(client)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert client.get(ADMIN).status_code == 200

    again = Client()
    enter_password(again)
    refused = again.post("/accounts/2fa/authenticate/", {"code": code})

    assert refused.status_code == 422
    assert is_shut_out(again)


def test_a_new_password_by_mail_does_not_skip_the_second_factor(client):
    staff_with_password(enrolled=True)
    page = client.post("/accounts/password/reset/", {"email": "staff@example.org"}).url
    page = client.post(page, {"code": code_in(mail.outbox[-1])}).url
    client.post(page, {"password1": "another-long-password", "password2": "another-long-password"})
    assert is_shut_out(client)

    response = client.post("/accounts/login/", {"login": "staff@example.org", "password": "another-long-password"})

    assert response.url.startswith("/accounts/2fa/authenticate/")
    assert is_shut_out(client)


def test_removing_lost_factors_is_written_down_told_and_leaves_the_room_shut(sign_in, client):
    staff, owner = staff_with_password(enrolled=True), StaffFactory(is_superuser=True)
    mail.outbox.clear()
    data = {"action": "remove_second_factors", "_selected_action": staff.pk, "confirmed": "1"}

    sign_in(owner).post("/admin/members/member/", data)

    assert not Authenticator.objects.filter(user=staff).exists()
    assert [entry.change_message for entry in owner.logentry_set.all()] == ["Second factors removed"]
    assert [message.to for message in mail.outbox] == [["staff@example.org"]]
    enter_password(client)
    assert client.get(ADMIN).url == reverse("mfa_index")


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        pytest.param("elevenchars", False, id="eleven characters"),
        pytest.param("twelve chars", True, id="twelve, with a space"),
        pytest.param("1qaz2wsx3edc", False, id="on the common list"),
        pytest.param("Ünï-codé-wörter-🐦", True, id="other scripts"),
        pytest.param("x" * 60 + "y" * 68, True, id="128 characters"),
    ],
)
def test_which_passwords_are_taken(sign_in, password, taken):
    member = MemberFactory()
    member.set_unusable_password()
    member.save()

    response = sign_in(member).post("/accounts/password/set/", {"password1": password, "password2": password})

    member.refresh_from_db()
    assert (response.status_code, member.check_password(password)) == ((302, True) if taken else (422, False))


def test_passwords_may_be_pasted_and_managers_know_the_fields(sign_in):
    member = MemberFactory()
    member.set_unusable_password()
    member.save()

    html = sign_in(member).get("/accounts/password/set/").content.decode()

    assert html.count('autocomplete="new-password"') == 2
    assert "onpaste" not in html
