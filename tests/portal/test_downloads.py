"""The download of one's own data: asked for once, made by the worker, for nobody else, and not for long."""

import io
import time
import zipfile
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cop_portal.closing import close_membership
from cop_portal.errors import Refused
from cop_portal.tasks import make_data_exports
from notices.models import Delivery
from privacy.actions import discard_expired_exports, request_export
from privacy.models import DataExport, SensitiveView
from tests.factories import DataExportFactory, MemberFactory, StaffFactory
from tests.members.test_admin import grant

pytestmark = pytest.mark.django_db
PAGE, FILE = "/me/data/download/", "/me/data/download/file/"
LIST, PEOPLE = "/admin/privacy/dataexport/", "/admin/members/member/"


def make_old(client):
    """As if the sign-in was hours ago."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": time.time() - 7200}]
    session.save()


def test_asked_for_twice_made_once_told_in_neutral_words_and_downloaded(sign_in):
    member = MemberFactory(name="Ada Private")
    client = sign_in(member)
    assert client.post(PAGE).url == client.post(PAGE).url == PAGE
    assert "We are making it" in client.get(PAGE).content.decode()
    assert client.get(FILE).url == PAGE  # nothing there yet

    make_data_exports()
    make_data_exports()

    export = DataExport.objects.get()
    assert (export.state, export.expires_at - export.ready_at) == ("ready", timedelta(days=7))
    assert FILE in client.get(PAGE).content.decode()
    response = client.get(FILE)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert "Ada Private" in archive.read("my-data.json").decode()
    assert response["Content-Disposition"] == f'attachment; filename="download-{timezone.localdate()}.zip"'
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/zip", "private, no-store")
    message = Delivery.objects.get()
    assert (message.address, message.subject_line) == (member.email, "You have an update")
    assert "download" not in (message.text + message.html).lower()


def test_nobody_else_gets_it_and_the_person_proves_who_they_are(sign_in):
    member = MemberFactory()
    request_export(member, now=timezone.now())
    make_data_exports()
    client = sign_in(member)
    make_old(client)

    assert client.get(FILE).url.startswith("/accounts/")
    assert sign_in(MemberFactory()).get(FILE).url == PAGE


def test_a_new_one_takes_the_place_of_the_old(sign_in):
    member = MemberFactory()
    client = sign_in(member)
    client.post(PAGE)
    make_data_exports()

    client.post(PAGE)
    make_data_exports()

    assert list(DataExport.objects.order_by("pk").values_list("state", flat=True)) == ["gone", "ready"]


def test_archive_is_deleted_when_its_days_are_over_and_when_the_membership_closes(sign_in):
    member, leaving = MemberFactory(), MemberFactory()
    for person in (member, leaving):
        request_export(person, now=timezone.now())
    make_data_exports()
    client, later = sign_in(member), timezone.now() + timedelta(days=7)

    close_membership(leaving, now=timezone.now())
    assert DataExport.objects.get(member=leaving).archive is None
    assert discard_expired_exports(now=later - timedelta(minutes=1)) == 0
    assert discard_expired_exports(now=later) == 1

    assert client.get(FILE).url == PAGE
    assert "is deleted" in client.get(PAGE).content.decode()


def test_expired_archive_is_not_given_out_though_the_clock_was_down(sign_in):
    member = MemberFactory()
    now = timezone.now()
    DataExportFactory(
        member=member, state="ready", archive=b"zip", ready_at=now - timedelta(days=9), expires_at=now - timedelta(1)
    )

    assert sign_in(member).get(FILE).url == PAGE


def test_one_that_fails_is_told_and_stands_in_nobodys_way(sign_in, monkeypatch):
    broken, member = MemberFactory(), MemberFactory()
    for person in (broken, member):
        request_export(person, now=timezone.now())
    monkeypatch.setattr("cop_portal.downloads.archive_of", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        make_data_exports()
    monkeypatch.undo()
    make_data_exports()

    assert DataExport.objects.get(member=broken).state == "failed"
    assert DataExport.objects.get(member=member).state == "ready"
    assert "could not be made" in sign_in(broken).get(PAGE).content.decode()


@pytest.mark.parametrize(
    "changes",
    [{"state": "ready"}, {"state": "gone", "archive": b"zip"}],
    ids=["ready without the archive", "archive kept after its time"],
)
def test_database_refuses_a_state_that_is_not_true(changes):
    export = DataExportFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        DataExport.objects.filter(pk=export.pk).update(**changes)


def test_staff_make_one_on_paper_hand_it_over_and_it_is_written_down(sign_in):
    person, staff = MemberFactory(email=None), grant(StaffFactory(), "Data practices")
    client = sign_in(staff)
    asked = {"action": "make_download", "_selected_action": [person.pk], "confirmed": "yes"}

    assert client.post(PEOPLE, asked).status_code == 422
    client.post(PEOPLE, asked | {"reason": "Letter of May 3."})
    make_data_exports()
    export = DataExport.objects.get()
    handed = client.post(LIST, {"action": "hand_over", "_selected_action": [export.pk]})

    assert handed["Content-Type"] == "application/zip"
    assert SensitiveView.objects.filter(subject=person, what="the whole download of a person's data").exists()
    assert not Delivery.objects.exists()


def test_staff_cannot_take_a_download_that_a_person_made_for_themselves(sign_in):
    person = MemberFactory()
    request_export(person, now=timezone.now())
    make_data_exports()
    export = DataExport.objects.get()

    client = sign_in(grant(StaffFactory(), "Data practices"))
    response = client.post(LIST, {"action": "hand_over", "_selected_action": [export.pk]}, follow=True)

    assert [message.level_tag for message in response.context["messages"]] == ["error"]


@pytest.mark.parametrize(("reason", "own", "code"), [(" ", False, "reason_missing"), ("Mine.", True, "own_data")])
def test_staff_are_refused_and_nothing_is_left_behind(now, reason, own, code):
    staff = StaffFactory()

    with pytest.raises(Refused) as refusal:
        request_export(staff if own else MemberFactory(), by=staff, reason=reason, now=now)

    assert refusal.value.code == code
    assert not DataExport.objects.exists()
