"""A person's own data: complete, in plain words, and nobody else's."""

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from cop_portal.closing import close_membership
from cop_portal.data_export import archive_of, everything_about
from cop_portal.errors import Refused
from meetings.enums import Answer
from meetings.models import Accommodation, Attendance, Rsvp
from members.models import Member, Referral
from notices.models import Subscription
from privacy.enums import NoticeKey, RequestKind
from privacy.models import Consent, DataRequest, SensitiveView
from stipends.models import Enrollment
from tests.factories import (
    ConsentNoticeFactory,
    MeetingFactory,
    MemberFactory,
    MembershipPeriodFactory,
    StaffFactory,
    SubscriberFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db
PAGE = "/me/data/"
PATHS = [PAGE, "/me/data/download/", "/me/data/wrong/", "/me/data/ask/", "/me/data/close/"]


def person(name, now, mark):
    """Somebody with one row of everything, each carrying a mark that must never reach another person."""
    member = MemberFactory(name=f"{name} {mark}", phone=f"=phone {mark}", organization=f"org {mark}")
    MembershipPeriodFactory(member=member, reason=f"reason {mark}")
    consent = Consent.objects.create(member=member, notice=ConsentNoticeFactory(key=NoticeKey.STIPEND), given_at=now)
    Enrollment.objects.create(member=member, consent=consent, attested_at=now, supplier_number=f"number {mark}"[:20])
    rsvp = Rsvp.objects.create(
        meeting=MeetingFactory(), member=member, answer=Answer.ONLINE, note=f"note {mark}", answered_at=now
    )
    Accommodation.objects.create(rsvp=rsvp, need=f"need {mark}", asked_at=now)
    Attendance.objects.create(
        meeting=MeetingFactory(title=f"Attended {mark}"),
        member=member, source="staff", minutes=90, recorded_at=now, recorded_by=StaffFactory(),
    )  # fmt: skip
    Referral.objects.create(referrer=member, email=f"{mark.lower()}@example.net", created_at=now)
    DataRequest.objects.create(
        member=member, kind=RequestKind.ACCURACY, details=f"details {mark}", requested_at=now, due_on=now.date()
    )
    SensitiveView.objects.create(viewer=StaffFactory(), subject=member, what=f"what {mark}", why="work", seen_at=now)
    subscriber = SubscriberFactory(member=member, email="")
    Subscription.objects.create(subscriber=subscriber, subject="meetings")
    return member


def test_page_and_download_show_all_of_mine_and_nothing_of_anybody_elses(sign_in, now):
    mine, _ = person("Mine", now, "MARK-ME"), person("Other", now, "MARK-YOU")
    client = sign_in(mine)

    page = client.get(PAGE).content.decode()
    archive = zipfile.ZipFile(io.BytesIO(archive_of(mine, now=now)))
    files = {name: archive.read(name).decode() for name in archive.namelist()}
    whole = files["my-data.json"]

    marks = ["org", "reason", "number", "note", "need", "Attended", "details", "what"]
    assert [word for word in marks if f"{word} MARK-ME" not in page] == []
    assert [word for word in marks if f"{word} MARK-ME" not in whole] == []
    assert "mark-me@example.net" not in page + whole  # whom I proposed might be a member, or not
    assert "MARK-YOU" not in page + "".join(files.values())
    assert "mark-you" not in page + "".join(files.values())
    assert {table["title"] for table in json.loads(whole)["tables"]} == {t.title for t in everything_about(mine)}


def test_download_cannot_run_as_a_formula_and_reads_back(now):
    member = person("Mine", now, "MARK")
    archive = zipfile.ZipFile(io.BytesIO(archive_of(member, now=now)))

    names = [name for name in archive.namelist() if name.endswith(".csv")]
    assert len(names) == len(everything_about(member))
    for name in names:
        rows = csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline=""))
        assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))] == []
    assert '"\'=phone MARK"' in archive.read("who-i-am.csv").decode()


def test_times_in_the_files_are_iso_8601_with_their_zone(now):
    member = MemberFactory(joined_at=now)
    archive = zipfile.ZipFile(io.BytesIO(archive_of(member, now=now)))

    assert '"Joined","2027-01-20T10:00:00-06:00"' in archive.read("who-i-am.csv").decode()
    assert '"Value": "2027-01-20T10:00:00-06:00"' in archive.read("my-data.json").decode()


def test_every_row_that_belongs_to_a_person_is_shown_or_left_out_for_a_reason():
    """A new model with a link to a person must be added to the export, or here with its reason."""
    shown = {
        "account.EmailAddress", "mfa.Authenticator", "usersessions.UserSession", "members.MembershipPeriod",
        "members.MemberEvent", "members.Referral", "members.SeatAttestation", "privacy.Consent", "privacy.SensitiveView", "privacy.ShownPerson",
        "privacy.DataRequest", "privacy.DataExport", "meetings.Rsvp",
        "meetings.Attendance", "meetings.WorkgroupMembership", "notices.Subscriber", "notices.Delivery", "notices.Call", "stipends.Enrollment", "stipends.Claim",
        "stipends.ClaimEvent", "stipends.Decline",
    }  # fmt: skip
    left_out = {
        "privacy.LegalHold": "staff's work; the person hears of a hold from staff",
        "privacy.Disposal": "staff's work",
        "admin.LogEntry": "what staff did in their work",
        "meetings.CalendarFeed": "a secret address, shown where it is used",
        "meetings.Accommodation": "the link names the staff member who takes care of it; the need is shown by its answer",
        "meetings.ChangeLogEntry": "staff's work",
        "meetings.Summary": "staff's work",
        "notices.Notice": "staff's work",
        "notices.RfpUpdate": "staff's work",
        "polls.PollEvent": "staff's work",
        "stipends.PaymentBatch": "staff's work",
        "members.TakeoverCode": "the digest of a code that is on paper; that it was printed is shown",
        "members.Member": "the link names the staff member who entered somebody",
    }

    linked = {
        model._meta.label
        for model in apps.get_models()
        if any(field.related_model is Member for field in model._meta.fields if field.is_relation)
    }

    assert linked - set(left_out) == shown


@pytest.mark.parametrize("path", [*PATHS, "/me/refer/"])
def test_own_pages_lead_a_visitor_to_sign_in(client, path):
    assert client.get(path).url == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("path", [*PATHS, "/me/refer/"])
def test_reading_changes_nothing(sign_in, path):
    client = sign_in(MemberFactory())

    assert client.get(path).status_code == 200
    assert not DataRequest.objects.exists()
    assert Member.objects.get().is_active


def test_challenge_and_question_are_taken_once_and_say_by_when(sign_in):
    client = sign_in(MemberFactory())

    assert client.post("/me/data/wrong/", {"details": "My name.", "wanted": "Åse"}).url == PAGE
    assert DataRequest.objects.get().details == "My name.\n\nIt should say:\nÅse"
    again = client.post("/me/data/wrong/", {"details": "My name."})
    assert (again.status_code, len(again.context["form"].non_field_errors())) == (422, 1)
    assert client.post("/me/data/wrong/", {"details": " "}).status_code == 422
    assert client.post("/me/data/ask/", {"details": ""}).url == PAGE

    assert list(DataRequest.objects.order_by("pk").values_list("kind", "state")) == [
        ("accuracy", "open"),
        ("access", "open"),
    ]
    assert client.get(PAGE).content.decode().count("answer due by") == 2


def test_withdrawing_the_stipend_consent_ends_the_enrollment(sign_in):
    member = person("Mine", timezone.now() - timedelta(days=1), "MARK")

    assert sign_in(member).post("/me/data/withdraw/stipend/").url == PAGE

    assert not Consent.objects.standing().filter(member=member).exists()
    assert Enrollment.objects.get(member=member).left_at is not None


def test_withdrawing_the_membership_consent_leads_to_closing(sign_in):
    assert sign_in(MemberFactory()).post("/me/data/withdraw/membership/").url == "/me/data/close/"


@pytest.mark.parametrize("key", ["stipend", "nonsense"])
def test_withdrawing_what_was_never_given_is_refused(sign_in, key):
    response = sign_in(MemberFactory()).post(f"/me/data/withdraw/{key}/", follow=True)

    assert [message.level_tag for message in response.context["messages"]] == ["error"]


def test_withdrawing_says_first_what_follows_and_needs_a_post(sign_in, now):
    member = person("Mine", now, "MARK")

    page = sign_in(member).get("/me/data/withdraw/stipend/")

    assert "Your enrollment for stipends ends at once" in page.content.decode()
    assert Enrollment.objects.get(member=member).left_at is None
    assert sign_in(MemberFactory()).get("/me/data/withdraw/stipend/").url == PAGE


def test_closing_needs_the_tick(sign_in):
    member = MemberFactory()

    assert sign_in(member).post("/me/data/close/", {}).status_code == 422
    assert Member.objects.get(pk=member.pk).is_active


def test_closing_ends_everything_and_signs_out(sign_in):
    now = timezone.now()
    member = person("Mine", now - timedelta(days=1), "MARK")
    Rsvp.objects.filter(member=member).update(answer=Answer.ONLINE)
    client = sign_in(member)

    assert client.post("/me/data/close/", {"sure": "on"}).url == "/me/data/closed/"

    assert client.get("/me/data/closed/").status_code == 200
    assert client.get(PAGE).status_code == 302
    member = Member.objects.get(pk=member.pk)
    assert (member.is_active, member.phone, member.organization) == (False, "", "")
    assert member.level_on(timezone.localdate()) is None
    assert Rsvp.objects.get(member=member).answer == Answer.NO
    assert not Subscription.objects.exists()
    assert not Consent.objects.standing().exists()
    assert Enrollment.objects.get().left_at is not None
    assert Attendance.objects.filter(member=member).exists()


def test_closing_stops_what_the_address_had_subscribed_before_joining_and_other_devices(sign_in, now):
    member = MemberFactory(email="mine@example.org")
    before = SubscriptionFactory(subscriber=SubscriberFactory(email="mine@example.org"))
    others = SubscriptionFactory(subscriber=SubscriberFactory(email="other@example.org"))
    phone = sign_in(member)

    close_membership(member, now=now)

    assert list(Subscription.objects.all()) == [others]
    assert before.subscriber.subscriptions.count() == 0
    assert phone.get(PAGE).url == f"/accounts/login/?next={PAGE}"


def test_closing_says_first_how_long_the_rest_is_kept_and_that_nobody_approved_it(sign_in, settings):
    settings.RETENTION = {**settings.RETENTION, "claims": {"days": 3650, "approved": True, "schedule": "26-1"}}

    page = sign_in(MemberFactory()).get("/me/data/close/").content.decode()

    assert "For 10 years from the claim’s last step." in page.replace("&#x27;", "’")
    assert "Planned: 2 years from the meeting’s end. No period is approved yet." in page.replace("&#x27;", "’")


def test_closing_is_refused_to_staff_and_nothing_has_happened(now):
    staff = StaffFactory()
    rsvp = Rsvp.objects.create(meeting=MeetingFactory(), member=staff, answer=Answer.ONLINE, answered_at=now)

    with pytest.raises(Refused) as refusal:
        close_membership(staff, now=now)

    rsvp.refresh_from_db()
    assert (refusal.value.code, rsvp.answer) == ("is_staff", Answer.ONLINE)


@pytest.mark.parametrize("item_count", [1, 30])
def test_page_costs_the_same_for_one_and_for_thirty(sign_in, now, item_count, django_assert_num_queries):
    member = MemberFactory()
    for number in range(item_count):
        Rsvp.objects.create(meeting=MeetingFactory(), member=member, answer=Answer.NO, answered_at=now)
        Consent.objects.create(member=member, notice=ConsentNoticeFactory(version=100 + number), given_at=now)
    client = sign_in(member)

    with django_assert_num_queries(29):
        client.get(PAGE)
