"""A person's own data: complete, in plain words, and nobody else's."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cop_portal.closing import close_membership
from cop_portal.data_export import archive_of, everything_about
from cop_portal.errors import Refused
from meetings.actions import replace_feed
from meetings.enums import Answer
from meetings.models import Accommodation, Attendance, GuestAnswer, Rsvp
from members.models import Member, Referral
from notices.models import Delivery, Subscription
from privacy.enums import NoticeKey, RequestKind
from privacy.models import Consent, DataExport, DataRequest, SensitiveView
from stipends.models import Claim, Enrollment
from tests.factories import (
    AccommodationFactory,
    ConsentNoticeFactory,
    DataExportFactory,
    DeliveryFactory,
    MeetingFactory,
    MeetingWorkFactory,
    MemberFactory,
    MembershipPeriodFactory,
    ReportPersonFactory,
    RsvpFactory,
    StaffFactory,
    SubscriberFactory,
    SubscriptionFactory,
    SuppressionFactory,
    WorkgroupFactory,
)
from tests.personal import personal_fields, personal_models
from tests.stipends.scenes import Scene

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


# Each field that links to a person or holds an address, and is not asked for the download: why. Reviewed with every model.
STAFFS_WORK = "the link names who did it in their work; what was done stands with the person it was done for"
LEFT_OUT = {
    **dict.fromkeys(
        [
            "admin.LogEntry.user", "meetings.Accommodation.owner", "meetings.Attendance.confirmed_by",
            "meetings.Attendance.recorded_by", "meetings.AttendanceEvent.by", "meetings.ToolReport.confirmed_by",
            "meetings.ToolReport.uploaded_by", "meetings.ChangeLogEntry.changed_by", "meetings.Summary.published_by",
            "members.Member.entered_by", "members.MemberEvent.by", "members.MembershipPeriod.changed_by",
            "members.TakeoverCode.made_by", "notices.Call.told_by", "notices.Delivery.decided_by",
            "notices.Suppression.handled_by",
            "notices.Mention.logged_by",
            "notices.Notice.drafted_by", "notices.Notice.released_by", "notices.RfpUpdate.author",
            "polls.Comment.decided_by", "polls.PollEvent.actor", "polls.OtherText.decided_by", "polls.Question.decided_by", "polls.PublishedTable.published_by", "privacy.Consent.read_by", "privacy.DataExport.asked_by",
            "privacy.DataRequest.closed_by", "privacy.Disposal.disposed_by", "privacy.LegalHold.released_by",
            "privacy.LegalHold.set_by", "privacy.SensitiveView.viewer", "stipends.Claim.approved_by",
            "stipends.Claim.attendance_confirmed_by", "stipends.Claim.denied_by", "stipends.Claim.entered_by",
            "stipends.Claim.exported_by", "stipends.Claim.reviewed_by", "stipends.Claim.verified_by",
            "stipends.ClaimEvent.actor", "stipends.Enrollment.entered_by", "stipends.PaymentBatch.closed_by",
            "stipends.PaymentBatch.opened_by",
        ],
        STAFFS_WORK,
    ),
    "account.EmailAddress.email": "asked by its person",
    "account.EmailConfirmation.email_address": "a code in a mail; the address is shown",
    "meetings.CalendarFeed.member": "a secret address, shown where it is used",
    "meetings.Meeting.facilitators": "published with the meeting; work under a contract",
    "members.Member.email": "the person's own row, shown first",
    "members.TakeoverCode.member": "the digest of a code that is on paper; that it was printed is shown",
    "notices.OutreachPartner.contact_email": "an organization's contact, given by it for its work",
    "privacy.LegalHold.member": "staff's work; the person hears of a hold from staff",
}  # fmt: skip


def is_asked(field, sql):
    """Whether this query chooses its rows by the field, in itself or in a query within."""
    table = field.m2m_db_table() if field.many_to_many else field.model._meta.db_table
    column = field.m2m_reverse_name() if field.many_to_many else field.column
    names = [f'"{table}"', *re.findall(rf'"{table}" ([UVW]\d+)\b', sql)]
    conditions = sql.partition(" WHERE ")[2]
    return any(f'{name}."{column}"' in conditions for name in names)


def test_every_field_about_a_person_is_asked_for_the_download_or_left_out_for_a_reason(django_assert_max_num_queries):
    """A new link to a person, or a new address: ask for it in the export, or say here why not."""
    fields = {
        f"{label}.{field.name}": field for label, model in personal_models().items() for field in personal_fields(model)
    }
    member = MemberFactory()

    with django_assert_max_num_queries(40) as captured:
        everything_about(member)

    asked = {name for name, field in fields.items() if any(is_asked(field, query["sql"]) for query in captured)}
    assert set(fields) - asked == set(LEFT_OUT)


def test_what_is_kept_under_my_address_is_mine_too(sign_in, now):
    """From before they joined, or given as a guest: no link to the person, and yet data about them."""
    mine, other = MemberFactory(email="mine@example.org"), MemberFactory(name="Proposing Person")
    for member, mark in [(mine, "MARK-ME"), (other, "MARK-YOU")]:
        kept = {"answer": Answer.ONLINE, "note": f"note {mark}"}
        rsvp = RsvpFactory(member=None, guest_email=member.email.title(), guest_name=f"guest {mark}", **kept)
        AccommodationFactory(rsvp=rsvp, need=f"need {mark}")
        GuestAnswer.objects.create(
            meeting=MeetingFactory(), name=f"unconfirmed {mark}", email=member.email, token=mark, asked_at=now,
            mailed_at=now, **kept,
        )  # fmt: skip
        DeliveryFactory(address=member.email, subject_line=f"letter {mark}")
        SubscriptionFactory(subscriber=SubscriberFactory(email=member.email), subject="rfps")
        ReportPersonFactory(email=member.email.upper(), name=f"caller {mark}")
        SuppressionFactory(email=member.email, reason="complaint")
        MeetingWorkFactory(title=f"work {mark}").done_by.add(member)
    Referral.objects.create(referrer=other, email=mine.email, names_referrer=True, created_at=now)

    page = sign_in(mine).get(PAGE).content.decode()

    marks = ["guest", "caller", "note", "need", "unconfirmed", "letter", "work"]
    assert [word for word in marks if f"{word} MARK-ME" not in page] == []
    assert "MARK-YOU" not in page
    tables = {table.title: table.rows for table in everything_about(mine)}
    assert [row[0] for row in tables["Subjects I hear about"]] == ["Requests for proposals"]
    assert [row[0] for row in tables["When my address got no mail"]] == ["Marked as unwanted mail"]
    assert tables["Who proposed me"] == [["Proposing Person", now]]


def test_without_an_address_nothing_of_anybody_without_one_is_shown():
    member = MemberFactory(email=None)
    RsvpFactory(guest_email="")
    DeliveryFactory()

    tables = {table.title: table.rows for table in everything_about(member)}

    assert tables["Answers to invitations"] == tables["Messages to me"] == tables["When my address got no mail"] == []


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


def test_closing_stops_the_calendar_leaves_workgroups_and_takes_back_downloads(sign_in, client, now):
    member, workgroup = MemberFactory(), WorkgroupFactory()
    member.workgroups.add(workgroup)
    feed = replace_feed(member, now=now)
    ready, waiting = [DataExportFactory(member=member, **kept) for kept in (
        {"state": "ready", "archive": b"zip", "expires_at": now + timedelta(days=1)}, {"state": "waiting"},
    )]  # fmt: skip
    address = reverse("meetings:personal_feed", args=[feed.token])
    assert client.get(address).status_code == 200

    close_membership(member, now=now)

    assert client.get(address).status_code == 404
    assert not workgroup.members.exists()
    assert [DataExport.objects.get(pk=row.pk).state for row in (ready, waiting)] == ["gone", "gone"]
    assert not DataExport.objects.filter(archive__isnull=False).exists()


def test_closing_leaves_open_claims_to_staff_who_pay_them_and_says_so_first(sign_in):
    scene = Scene()
    claim = scene.claim()
    assert "You have 1 claim not paid yet" in sign_in(scene.member).get("/me/data/close/").content.decode()

    close_membership(scene.member, now=scene.now + timedelta(hours=1))
    scene.now += timedelta(hours=2)

    assert scene.paid(claim).state == "paid"
    assert not Delivery.objects.filter(member=scene.member, owed_at__gte=scene.now).exists()
    assert not Claim.objects.open().exists()


def test_closing_says_what_holds_for_staff_and_for_whoever_runs_a_meeting(sign_in):
    plain, runs, staff = MemberFactory(), MemberFactory(is_facilitator=True), StaffFactory()
    MeetingFactory(published_at=timezone.now()).facilitators.add(runs)
    pages = [sign_in(member).get("/me/data/close/").content.decode() for member in (plain, runs, staff)]

    assert ["You run 1 meeting to come" in page for page in pages] == [False, True, False]
    assert ["You work here as staff" in page for page in pages] == [False, False, True]
    assert ['name="sure"' in page for page in pages] == [True, True, False]


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

    with django_assert_num_queries(36):
        client.get(PAGE)
