"""The portal with a common login switched on, against a small OpenID Connect server on this machine.

Run as a process of its own (``python -m tests.common_login``), because the setting decides which apps are installed.
Prints ``all well`` at the end; tests/portal/test_common_login.py waits for it.
"""

import json
import os
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

PERSON = {"sub": "1", "email": "ada@example.org", "email_verified": True, "name": "Ada Example"}


class Server(BaseHTTPRequestHandler):
    """Gives everybody a token, and says that they are whoever ``person`` holds."""

    person = PERSON
    here = ""

    def log_message(self, *args):
        pass

    def answer(self, data):
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        here = f"http://127.0.0.1:{self.server.server_port}"
        if self.path == "/.well-known/openid-configuration":
            parts = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            self.answer(
                {f"{name}_endpoint": f"{here}/{path}" for name, path in parts.items()}
                | {"issuer": here, "jwks_uri": f"{here}/keys"}
            )
        else:
            self.answer(self.person)

    def do_POST(self):
        import jwt

        self.rfile.read(int(self.headers["Content-Length"]))
        now = int(time.time())
        claims = {"iss": f"http://127.0.0.1:{self.server.server_port}", "aud": "portal", "iat": now, "exp": now + 60}
        token = jwt.encode(claims | self.person, "x" * 32, algorithm="HS256")
        self.answer({"access_token": "a", "token_type": "Bearer", "id_token": token})


def arrive(client, process="login", **person):
    """Go to the common login and come back from it as this person."""
    Server.person = PERSON | person
    away = client.post(f"/accounts/oidc/state/login/?process={process}")
    state = parse_qs(urlsplit(away.url).query)["state"][0]
    assert "code_challenge" in away.url
    return client.get("/accounts/oidc/state/login/callback/", {"state": state, "code": "c"})


def a_new_person_joins_with_notice_level_and_consent(notice):
    from allauth.socialaccount.models import SocialAccount
    from django.test import Client
    from django.utils import timezone

    from cop_portal.closing import close_membership
    from cop_portal.data_export import everything_about
    from members.models import Member
    from privacy.models import Consent

    client = Client()
    assert "State login" in client.get("/accounts/login/").content.decode()
    back = arrive(client)
    assert back.url == "/accounts/3rdparty/signup/", back.url
    assert not Member.objects.exists()
    page = client.get(back.url).content.decode()
    assert notice.parts[0][0] in page
    assert 'value="Ada Example"' in page

    data = {"email": "other@example.org", "name": "Ada", "level": "public", "notice": notice.pk}
    assert client.post(back.url, data).status_code == 422  # no consent
    assert not Member.objects.exists()
    joined = client.post(back.url, data | {"consent": "on"})

    member = Member.objects.get()
    assert (joined.status_code, joined.url) == (302, "/me/")
    assert member.email == "ada@example.org"  # what the login vouches for, whatever was sent
    assert member.periods.get().level == "public"
    assert Consent.objects.get().member == member
    kept = {"iss": Server.here, "sub": "1"}
    assert SocialAccount.objects.get().extra_data == kept
    assert client.get("/accounts/3rdparty/").status_code == 200
    assert client.get("/me/").status_code == 200
    again = Client()
    assert arrive(again).url == "/me/"
    assert SocialAccount.objects.get().extra_data == kept  # allauth writes it anew each time
    [table] = [table for table in everything_about(member) if table.title == "Logins I connected"]
    assert [row[:3] for row in table.rows] == [["State login", "1", Server.here]]
    close_membership(member, now=timezone.now())
    assert not SocialAccount.objects.exists()


def an_address_alone_connects_nothing(notice):
    from allauth.account.models import EmailAddress
    from allauth.socialaccount.models import SocialAccount
    from django.core import mail
    from django.test import Client

    from tests.factories import MemberFactory

    victim = MemberFactory(email="victim@example.org")
    victim.set_unusable_password()
    victim.save()
    EmailAddress.objects.create(user=victim, email=victim.email, primary=True, verified=True)
    client = Client()
    back = arrive(client, sub="2", email="victim@example.org")
    mail.outbox.clear()
    data = {"name": "V", "level": "public", "consent": "on", "notice": notice.pk}
    answer = client.post(back.url, data)

    assert answer.url == "/accounts/confirm-email/", answer.url
    assert [message.to for message in mail.outbox] == [["victim@example.org"]]
    assert client.get("/me/").status_code == 302
    assert not SocialAccount.objects.filter(user=victim).exists()

    signed_in = Client()
    signed_in.force_login(victim)
    assert signed_in.get("/accounts/3rdparty/").status_code == 200
    asked = arrive(signed_in, process="connect", sub="2", email="elsewhere@example.org")
    assert asked.url == "/accounts/reauthenticate/", asked.url  # not without a fresh proof
    assert not SocialAccount.objects.filter(user=victim).exists()
    page = signed_in.get(asked.url).url
    assert page == "/accounts/reauthenticate/code/", page
    signed_in.post(page, {"send": "first"})
    code = re.search(r"\b\d{6}\b", mail.outbox[-1].body)[0]
    signed_in.post(page, {"code": code})
    assert SocialAccount.objects.get(user=victim).uid == "2"
    victim.refresh_from_db()
    assert victim.email == "victim@example.org"


def staff_still_need_their_second_factor():
    from allauth.account.models import EmailAddress
    from allauth.mfa.totp.internal.auth import TOTP
    from allauth.socialaccount.models import SocialAccount
    from django.test import Client

    from tests.factories import StaffFactory

    staff = StaffFactory(is_superuser=True)
    EmailAddress.objects.create(user=staff, email=staff.email, primary=True, verified=True)
    TOTP.activate(staff, "JBSWY3DPEHPK3PXP")
    SocialAccount.objects.create(user=staff, provider="state", uid="3")
    client = Client()
    back = arrive(client, sub="3", email=staff.email)

    assert back.url.startswith("/accounts/2fa/authenticate/"), back.url
    assert client.get("/admin/").status_code == 302
    assert client.get("/me/").status_code == 302


def main():
    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Server.here = f"http://127.0.0.1:{server.server_port}"
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE_URL": "sqlite:///:memory:",
        "TEST_REDIS_URL": "none",
        "OIDC_SERVER_URL": f"http://127.0.0.1:{server.server_port}",
        "OIDC_CLIENT_ID": "portal",
        "OIDC_CLIENT_SECRET": "secret",
    }
    os.environ.pop("COP_TEST_DB", None)
    import django
    from django.conf import settings
    from django.test.utils import setup_test_environment

    class NoMigrations(dict):
        def __contains__(self, app):
            return True

        def __missing__(self, app):
            return None

    settings.MIGRATION_MODULES = NoMigrations()  # the tables are what counts here
    django.setup()
    setup_test_environment()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    from tests.factories import ConsentNoticeFactory

    notice = ConsentNoticeFactory()
    a_new_person_joins_with_notice_level_and_consent(notice)
    an_address_alone_connects_nothing(notice)
    staff_still_need_their_second_factor()
    os.write(1, b"all well\n")


if __name__ == "__main__":
    main()
