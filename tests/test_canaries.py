"""A token in each sensitive field; every page read as every role. It stands only where authorization.yaml lets it."""

import io
import logging
import re
import zipfile
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import yaml
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import transaction

from meetings.actions import Details, owe_digests, rsvp, set_accommodation
from notices.models import Delivery
from tests.factories import StaffFactory
from tests.portal_world import CANARIES, EACH_ROLE, World
from tests.stipends.scenes import Scene, held_meeting
from tests.test_authorization import NOT_EVEN_A_LOOK, Asker, expected_at

pytestmark = pytest.mark.django_db

BOOK = yaml.safe_load((Path(__file__).parent / "authorization.yaml").read_text())["canaries"]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


def found_in(content):
    """The tokens in a page or a file; an archive is opened."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist())
    text = content.decode(errors="replace").replace("\r\n ", "")  # calendars fold their lines
    # A number may also be some row's: in an address or a field of a form it says nothing.
    before = {key: r"(?<![\w/\"])" if token.isdigit() else r"(?<!\w)" for key, token in CANARIES.items()}
    return {key for key, token in CANARIES.items() if re.search(rf"{before[key]}{re.escape(token)}(?!\w)", text)}


def may_stand(key, role, name):
    allowed = [address for roles, addresses in BOOK[key].items() if role in roles.split(", ") for address in addresses]
    return "everywhere" in allowed or any(fnmatchcase(name, address) for address in allowed)


@pytest.mark.parametrize("role", EACH_ROLE)
def test_private_words_stand_only_where_the_book_lets_them(world, role, caplog):
    asker, stray = Asker(world, role), []

    with caplog.at_level(logging.DEBUG):
        for name, (path, _) in world.paths.items():
            if expected_at(name, role) in NOT_EVEN_A_LOOK:
                continue  # test_authorization.py sees to it that these show nothing
            found = found_in(asker.ask("GET", path)[1])
            stray += [f"{key} at {name}" for key in sorted(found) if not may_stand(key, role, name)]

    assert not stray, "\n".join(stray)
    assert found_in(caplog.text.encode()) == set()


def test_mails_and_the_log_of_the_staff_hold_no_private_words(world, sign_in, caplog):
    """Answers, a request for access, a digest and decisions on claims, and then every message and every line kept."""
    now, owner = world.now, world.owner
    details = Details(note=CANARIES["note"], need=CANARIES["need"])
    with caplog.at_level(logging.DEBUG):
        rsvp(world.meeting, member=owner, answer="in_person", details=details, now=now)
        set_accommodation(
            world.accommodation, state="cannot", answer=CANARIES["need"], by=world.people["meetings"], now=now
        )
        owe_digests(now=now)
        scene = Scene(now=now, policy=world.policy, member=owner, meeting=held_meeting(ended=now - timedelta(days=20)))
        claim, staff = scene.claim(), StaffFactory(is_superuser=True)
        data = {"action": "return_claims", "_selected_action": claim.pk, "confirmed": "1", "reason": CANARIES["reason"]}
        sign_in(staff).post("/admin/stipends/claim/", data)
    claim.refresh_from_db()

    assert claim.state == "returned"
    letters = Delivery.objects.exclude(pk=world.delivery.pk)
    assert letters.filter(address=owner.email).exists()
    for letter in letters:
        said = f"{letter.subject_line} {letter.text} {letter.html} {letter.calendar} {letter.key}"
        own = {"name", "email"} if letter.address == owner.email else set()
        assert found_in(said.encode()) <= own, letter.key
        assert found_in(letter.subject_line.encode()) == set()
    assert mail.outbox == []
    kept = " ".join(f"{row.object_repr} {row.change_message}" for row in LogEntry.objects.all())
    assert found_in(kept.encode()) == set()
    assert found_in(caplog.text.encode()) == set()


def test_staff_who_lose_their_rights_are_out_at_the_next_request(world, sign_in):
    verifier = world.people["stipend_verifier"]
    client = sign_in(verifier)
    assert client.get("/admin/stipends/claim/").status_code == 200

    verifier.groups.clear()
    assert client.get("/admin/stipends/claim/").status_code == 403

    type(verifier).objects.filter(pk=verifier.pk).update(is_staff=False)
    response = client.get("/admin/")
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/login/?next=/admin/")


def test_superuser_does_not_both_verify_and_approve(world, sign_in):
    now = world.now
    scene = Scene(now=now, policy=world.policy, meeting=held_meeting(ended=now - timedelta(days=12)))
    claim, client = scene.claim(), sign_in(StaffFactory(is_superuser=True))

    for action, state in [("verify_claims", "verified"), ("approve_claims", "verified")]:
        asked = client.post("/admin/stipends/claim/", {"action": action, "_selected_action": claim.pk})
        seen = re.search(rf'name="seen_{claim.pk}" value="(\w+)"', asked.content.decode())
        data = {"action": action, "_selected_action": claim.pk, "confirmed": "1"}
        client.post("/admin/stipends/claim/", data | ({f"seen_{claim.pk}": seen[1]} if seen else {}))
        claim.refresh_from_db()
        assert claim.state == state


ELSEWHERE = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
    "https://evil.example", "https:evil.example", "https:/evil.example", "http:///evil.example", "HTTPS://evil.example",
    "//evil.example/%2f..", "/%09/evil.example", "/\t/evil.example", "\t//evil.example", " //evil.example",
    "//testserver@evil.example", "https://testserver@evil.example", "https://testserver.evil.example",
    "https://evil.example\\@testserver", "//evil%E3%80%82example", "//evil\u3002example", "javascript:alert(1)",
    "java\nscript:alert(1)", "data:text/html,x", "/x\r\nLocation: https://evil.example", "%0d%0a//evil.example",
    "//evil.example:80", "ftp://evil.example", "\x00//evil.example", "\x0b//evil.example",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_next_leads_away_from_the_portal(world, sign_in, target):
    other = world.other
    other.set_password("correct horse battery")
    other.save()
    client, visitor, staff = sign_in(other), type(sign_in(other))(), sign_in(world.people["meetings"])
    login = {"login": other.email, "password": "correct horse battery", "next": target}

    answers = [
        client.get("/accounts/login/", {"next": target}),
        client.get("/accounts/signup/", {"next": target}),
        client.post("/accounts/reauthenticate/", {"password": "correct horse battery", "next": target}),
        client.post("/accounts/logout/", {"next": target}),
        visitor.get("/admin/login/", {"next": target}),
        visitor.post("/accounts/login/code/", {"email": "nobody@example.org", "next": target}),
        visitor.post("/accounts/password/reset/", {"email": "nobody@example.org", "next": target}),
        visitor.post("/accounts/login/", login),
        staff.get("/admin/login/", {"next": target}),
    ]

    for response in answers:
        where = response.headers.get("Location", "/")
        assert urlsplit(urljoin("http://testserver/accounts/login/", where)).netloc == "testserver", where
        assert re.fullmatch(r"[\x21-\x5b\x5d-\x7e]+", where), where
