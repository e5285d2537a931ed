"""What happens when a period is over, and all that stands in its way."""

import threading
from datetime import date, timedelta
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from cop_portal.disposal import dispose, forecast
from cop_portal.environment import retention
from cop_portal.errors import Refused
from cop_portal.forgetting import FORMER_MEMBER, GONE
from cop_portal.retention import BY_KEY, KINDS
from meetings.actions import forget_unconfirmed as forget_unconfirmed_guests
from meetings.models import Accommodation, CalendarFeed, GuestAnswer, Rsvp
from members.actions import forget_unanswered_referrals, forget_unconfirmed
from members.enums import ReferralState
from members.models import Interest, Member, MemberEvent, Referral, TakeoverCode
from notices.actions import decide, forget_referred_addresses
from notices.enums import DeliveryState
from notices.models import Call, Delivery, Subscriber
from privacy.actions import record_view, release_hold, set_hold
from privacy.disposal import disposing
from privacy.models import Consent, DataExport, DataRequest, Disposal, LegalHold, SensitiveView
from stipends.models import Claim, Decline, PaymentBatch
from tests.factories import (
    AccommodationFactory,
    AttendanceFactory,
    ChoiceFactory,
    CommentFactory,
    DataRequestFactory,
    DeliveryFactory,
    EnrollmentFactory,
    MeetingFactory,
    MeetingWorkFactory,
    MemberFactory,
    MembershipPeriodFactory,
    ParticipantCategoryFactory,
    QuestionFactory,
    RsvpFactory,
    SeatAttestationFactory,
    SpeakerRequestFactory,
    StaffFactory,
    SubscriberFactory,
    SuppressionFactory,
    WorkgroupFactory,
)
from tests.members.test_admin import grant
from tests.personal import personal_models
from tests.stipends.scenes import Scene, held_meeting

pytestmark = pytest.mark.django_db
postgres = pytest.mark.postgres
LATER = timedelta(days=4000)


@pytest.fixture
def officer():
    return grant(StaffFactory(name="Dana Practices", email="dana@example.org"), "Data practices")


@pytest.fixture
def approved(settings):
    settings.RETENTION = {key: {"days": 100, "approved": True, "schedule": "26-123"} for key in BY_KEY}


def over(now):
    return MeetingFactory(starts_at=now - timedelta(days=200, hours=2), ends_at=now - timedelta(days=200))


# For each kind: makes one row past its period (100 days), belonging to the member where it can, and what is left of it.
def accommodation(member, ago):
    return AccommodationFactory(rsvp=RsvpFactory(member=member, meeting=over(ago)))


def rsvp(member, ago):
    return RsvpFactory(member=member, meeting=over(ago))


def ballot(member, ago):
    choice = ChoiceFactory()
    choice.ballot.poll.meeting.__class__.objects.filter(pk=choice.ballot.poll.meeting_id).update(
        starts_at=ago - timedelta(days=201), ends_at=ago - timedelta(days=200)
    )
    return choice.ballot


def claim(member, ago):
    then = ago - timedelta(days=200)
    return Scene(now=then, meeting=held_meeting(ended=then - timedelta(days=6))).paid()


def batch(member, ago):
    paid = claim(member, ago)
    number = paid.batch_id
    with transaction.atomic(), disposing(Claim, paid.events.model):
        paid.events.all().delete()
        Claim.objects.filter(pk=paid.pk).delete()
    return PaymentBatch.objects.get(pk=number)


def attendance(member, ago):
    return AttendanceFactory(member=member, meeting=over(ago))


def attendance_step(member, ago):
    return AttendanceFactory(member=member, meeting=over(ago)).steps.get()


def enrollment(member, ago):
    return EnrollmentFactory(member=member, left_at=ago - timedelta(days=200))


def consent(member, ago):
    row = EnrollmentFactory().consent
    given = ago - timedelta(days=300)
    return Consent.objects.create(
        member=member, notice=row.notice, given_at=given, withdrawn_at=ago - timedelta(days=200)
    )


def message(member, ago):
    return DeliveryFactory(
        member=member, address="secret@example.org", text="secret", html="secret", subject_line="secret",
        state=DeliveryState.FAILED, reason="550 secret@example.org", owed_at=ago - timedelta(days=200),
    )  # fmt: skip


def call(member, ago):
    told = ago - timedelta(days=200)
    return Call.objects.create(
        member=member, key="x", about="meetings", subject_line="secret", owed_at=told, told_at=told,
        told_by=StaffFactory(), told_how="phone",
    )  # fmt: skip


def download(member, ago):
    return DataExport.objects.create(member=member, state="gone", requested_at=ago - timedelta(days=200))


def suppression(member, ago):
    return SuppressionFactory(lifted_at=ago - timedelta(days=200))


def unconfirmed(member, ago):
    return SubscriberFactory(confirmed_at=None, created_at=ago - timedelta(days=200))


def ended(member, ago):
    when = ago - timedelta(days=200)
    return SubscriberFactory(renew_by=when.date(), reminded_at=when, ended_at=when)


def referral(member, ago):
    return Referral.objects.create(
        referrer=member, email="", state=ReferralState.FORGOTTEN, created_at=ago - timedelta(days=200)
    )


def data_request(member, ago):
    closed = {"state": "done", "outcome": "secret", "closed_at": ago - timedelta(days=200)}
    return DataRequestFactory(member=member, details="secret", **closed)


def look(member, ago):
    viewer = StaffFactory()
    return record_view(viewer, what="a list", why="work", subjects=[member.pk], now=ago - timedelta(days=200))


def act(member, ago):
    return MemberEvent.objects.create(member=member, what="entered", by=StaffFactory(), at=ago - timedelta(days=200))


def logged(member, ago):
    row = LogEntry.objects.create(user=member, action_flag=2, object_repr="secret")
    LogEntry.objects.filter(pk=row.pk).update(action_time=ago - timedelta(days=200))
    return row


def former(member, ago):
    Member.objects.filter(pk=member.pk).update(is_active=False)
    day = timezone.localdate(ago) - timedelta(days=200)
    MembershipPeriodFactory(member=member, starts_on=day - timedelta(days=9), ends_on=day)
    EmailAddress.objects.create(user=member, email="secret@example.org")
    return member


def takeover_code(member, ago):
    then = ago - timedelta(days=200)
    return TakeoverCode.objects.create(member=member, digest="secret", made_by=StaffFactory(), expires_at=then)


def decline(member, ago):
    return Decline.objects.create(member=member, meeting=over(ago), declined_at=ago - timedelta(days=200))


def statement(member, ago):
    then = ago - timedelta(days=200)
    return SeatAttestationFactory(member=member, attested_at=then - timedelta(days=9), withdrawn_at=then)


def choices(member, ago):
    """Somebody who gave all that can be given, and whose membership ended; nothing was taken out."""
    given = {"organization": "secret", "phone": "secret", "language": "secret", "needs_interpreter": True}
    given |= {"name": "Kept Name", "email": f"kept{member.pk}@example.org"}
    Member.objects.filter(pk=member.pk).update(reach_by="call", **given)
    member.categories.add(ParticipantCategoryFactory())
    member.interests.add(Interest.objects.create(label=f"Harm reduction {member.pk}"))
    member.workgroups.add(WorkgroupFactory())
    return former(member, ago)


def speaker(member, ago):
    return SpeakerRequestFactory(meeting=over(ago), name="secret")


def comment(member, ago):
    return CommentFactory(meeting=over(ago), text="secret")


def question(member, ago):
    return QuestionFactory(meeting=over(ago), text="secret")


ROWS = {
    "accommodations": accommodation, "rsvps": rsvp, "ballots": ballot, "speakers": speaker, "comments": comment, "questions": question, "claims": claim, "payment_batches": batch,
    "attendance": attendance, "attendance_steps": attendance_step, "enrollments": enrollment, "consents": consent, "messages": message, "calls": call,
    "suppressions": suppression, "unconfirmed_addresses": unconfirmed, "ended_subscriptions": ended, "referrals": referral,
    "data_requests": data_request, "downloads": download, "looks": look, "acts_on_memberships": act, "staff_log": logged,
    "declines": decline, "statements": statement, "takeover_codes": takeover_code, "given_by_choice": choices, "former_members": former,
}  # fmt: skip
EMPTIED = {"attendance", "messages", "data_requests", "given_by_choice", "former_members"}  # the row stays
PEOPLES = sorted(
    set(ROWS)
    - {
        "ballots",
        "speakers",
        "comments",
        "questions",
        "claims",
        "payment_batches",
        "suppressions",
        "unconfirmed_addresses",
        "ended_subscriptions",
    }
)


# Models about people that are no kind of their own, each with what becomes of it. Reviewed with every new model.
OTHERWISE = {
    "notices.Mention": "what was printed or posted; the name is staff's",
    "account.EmailAddress": "goes with the name of the former member",
    "account.EmailConfirmation": "goes with its address",
    "mfa.Authenticator": "goes with the name of the former member",
    "usersessions.UserSession": "goes with the name of the former member",
    "members.MembershipPeriod": "the level and its days stay for the figures; the reason goes with the name",
    "meetings.Workgroup": "who is in it goes with what was given by choice",
    "meetings.WorkgroupMembership": "goes with what was given by choice",
    "meetings.MeetingWork": "who did it goes with the name of the former member",
    "meetings.CalendarFeed": "goes when the membership is closed, or with the name of the former member",
    "meetings.GuestAnswer": "forgotten when the meeting begins",
    "meetings.ReportPerson": "gone with the import of its report, or after days",
    "meetings.ToolReport": "numbers, once it is done with; the names are staff's",
    "meetings.Meeting": "who runs it is published; a former member's name is gone there too",
    "meetings.Summary": "published; the name is staff's",
    "meetings.ChangeLogEntry": "published; the name is staff's",
    "notices.Notice": "published; the names are staff's",
    "notices.RfpUpdate": "published; the name is staff's",
    "notices.OutreachPartner": "an organization's address, kept while it passes notices on",
    "polls.OtherText": "goes with the ballots of its poll; the name is that of who decided on it",
    "polls.PublishedTable": "published; the name is staff's",
    "polls.PollEvent": "what staff did with a poll; the name is staff's",
    "stipends.ClaimEvent": "goes with its claim",
    "privacy.ShownPerson": "goes with its look",
    "privacy.LegalHold": "kept for good: it says why something was not disposed of",
    "privacy.Disposal": "kept for good: the name is staff's",
}


def test_every_model_about_people_is_of_a_kind_or_says_what_becomes_of_it():
    of_a_kind = {kind.rows().model._meta.label for kind in KINDS}

    assert of_a_kind & set(OTHERWISE) == set()
    assert set(personal_models()) - of_a_kind == set(OTHERWISE)


def test_every_kind_has_a_period_and_is_tried_here():
    assert set(retention("")) == set(BY_KEY) == set(ROWS)
    assert not any(period["approved"] for period in retention("").values())


@pytest.mark.parametrize("key", ROWS)
def test_a_record_is_disposed_of_after_its_period_and_not_before(key, approved, officer, settings, now):
    row = ROWS[key](MemberFactory(name="Secret Person", email="secret@example.org"), now)
    settings.RETENTION[key] = {"days": 210, "approved": True, "schedule": "26-123"}
    assert dispose(BY_KEY[key], by=officer, now=now) == 0
    settings.RETENTION[key] = {"days": 100, "approved": True, "schedule": "26-123"}

    assert dispose(BY_KEY[key], by=officer, now=now) == 1
    assert dispose(BY_KEY[key], by=officer, now=now) == 0

    left = list(type(row).objects.filter(pk=row.pk).values())
    assert len(left) == (key in EMPTIED)
    assert "secret" not in str(left).lower()
    line = Disposal.objects.get()
    assert (line.kind, line.count, line.days, line.schedule, line.disposed_by) == (key, 1, 100, "26-123", officer)
    assert 199 <= (now - line.oldest).days <= 202


@pytest.mark.parametrize("key", PEOPLES)
def test_nothing_of_a_person_on_hold_is_disposed_of(key, approved, officer, now):
    member = MemberFactory()
    ROWS[key](member, now)
    hold = set_hold(by=officer, why="Case 1", member=member, now=now)

    assert dispose(BY_KEY[key], by=officer, now=now) == 0
    [line] = [line for line in forecast(now) if line.kind.key == key]
    assert (line.due, line.held, line.free) == (1, 1, 0)

    release_hold(hold, by=officer, reason="Settled", now=now)
    assert dispose(BY_KEY[key], by=officer, now=now) == 1


@pytest.mark.parametrize("key", ["rsvps", "attendance", "accommodations"])
def test_nothing_of_a_meeting_on_hold_is_disposed_of(key, approved, officer, now):
    held, free = (ROWS[key](MemberFactory(), now) for _ in range(2))
    meeting = held.rsvp.meeting if key == "accommodations" else held.meeting
    set_hold(by=officer, why="Case 1", meeting_id=meeting.pk, now=now)

    assert dispose(BY_KEY[key], by=officer, now=now) == 1
    assert free.pk not in BY_KEY[key].due(now).values_list("pk", flat=True)


def test_nothing_of_a_kind_on_hold_is_disposed_of(approved, officer, now):
    rsvp(MemberFactory(), now)
    set_hold(by=officer, why="Case 1", kind="rsvps", now=now)

    assert dispose(BY_KEY["rsvps"], by=officer, now=now) == 0
    assert Rsvp.objects.exists()
    assert not Disposal.objects.exists()


def test_without_an_approved_schedule_there_is_only_the_dry_run(officer, now):
    rsvp(MemberFactory(), now - LATER)

    with pytest.raises(Refused) as refusal:
        dispose(BY_KEY["rsvps"], by=officer, now=now)

    assert refusal.value.code == "unapproved"
    assert [(line.kind.key, line.due) for line in forecast(now) if line.due] == [("rsvps", 1)]
    assert Rsvp.objects.exists()


def test_only_data_practices_staff_dispose(approved, now):
    rsvp(MemberFactory(), now)

    with pytest.raises(Refused) as refusal:
        dispose(BY_KEY["rsvps"], by=grant(StaffFactory(), "Auditor"), now=now)

    assert refusal.value.code == "no_right"
    assert Rsvp.objects.exists()


def test_batches_each_leave_their_line_and_what_is_left_goes_next_time(approved, officer, now):
    for _ in range(5):
        rsvp(MemberFactory(), now)

    assert dispose(BY_KEY["rsvps"], by=officer, now=now, batch=2) == 5

    assert sorted(Disposal.objects.values_list("count", flat=True)) == [1, 2, 2]


def test_what_something_rests_on_waits_for_it(approved, officer, now):
    need = accommodation(MemberFactory(), now)
    assert dispose(BY_KEY["rsvps"], by=officer, now=now) == 0

    dispose(BY_KEY["accommodations"], by=officer, now=now)

    assert dispose(BY_KEY["rsvps"], by=officer, now=now) == 1
    assert not Accommodation.objects.filter(pk=need.pk).exists()


def test_a_name_goes_last(approved, officer, now):
    member = former(MemberFactory(name="Secret Person"), now)
    came = AttendanceFactory(member=member, meeting=over(now))
    assert dispose(BY_KEY["former_members"], by=officer, now=now) == 0

    dispose(BY_KEY["attendance"], by=officer, now=now)
    assert dispose(BY_KEY["former_members"], by=officer, now=now) == 0
    dispose(BY_KEY["attendance_steps"], by=officer, now=now)
    assert dispose(BY_KEY["former_members"], by=officer, now=now) == 1

    member.refresh_from_db()
    came.refresh_from_db()
    assert (member.name, member.email, came.member, came.guest_name) == (FORMER_MEMBER, None, None, FORMER_MEMBER)
    assert not EmailAddress.objects.exists()


def test_nothing_of_a_former_member_says_who_it_was(approved, officer, now):
    """All that a membership can hold, of somebody who died: neither words nor links are left, only the level's days."""
    member = choices(MemberFactory(name="Secret Person", email="secret@example.org"), now)
    takeover_code(member, now)
    CalendarFeed.objects.create(member=member, token="secret", created_at=now)
    SubscriberFactory(member=member, email="")
    MeetingWorkFactory().done_by.add(member)
    member.periods.update(reason="secret")
    Member.objects.filter(pk=member.pk).update(closed_as="deceased", deceased_on=date(2020, 1, 1))

    assert dispose(BY_KEY["former_members"], by=officer, now=now) == 1

    left = Member.objects.filter(pk=member.pk)
    assert "secret" not in str([*left.values(), *member.periods.values()]).lower()
    assert left.values_list("closed_as", "deceased_on", "phone", "needs_interpreter").get() == ("", None, "", False)
    assert member.periods.get().level
    bound = [CalendarFeed, EmailAddress, Subscriber, TakeoverCode]
    linked = [member.categories, member.interests, member.workgroups, member.work_done]
    assert not any(rows.exists() for rows in [*(model.objects for model in bound), *linked])


@pytest.mark.parametrize("kind", ["", "given_by_choice"], ids=["on the person", "on the kind"])
def test_closing_takes_nothing_out_while_a_hold_stands(kind, approved, officer, sign_in):
    now = timezone.now()
    member = choices(MemberFactory(), now)
    member.periods.update(ends_on=None)
    Member.objects.filter(pk=member.pk).update(is_active=True)
    hold = set_hold(by=officer, why="Case 1", **({"kind": kind} if kind else {"member": member}), now=now)
    client = sign_in(member)
    assert "Not yet:" in client.get(reverse("my_data_close")).content.decode()

    client.post(reverse("my_data_close"), {"sure": "on"})

    later = now + timedelta(days=101)
    kept = Member.objects.get(pk=member.pk)
    assert (kept.is_active, kept.phone, kept.needs_interpreter, kept.reach_by) == (False, "secret", True, "call")
    assert all(rows.exists() for rows in (kept.categories, kept.interests, kept.workgroups))
    assert dispose(BY_KEY["given_by_choice"], by=officer, now=later) == 0

    release_hold(hold, by=officer, reason="Settled", now=later)
    assert dispose(BY_KEY["given_by_choice"], by=officer, now=later) == 1
    kept.refresh_from_db()
    assert (kept.name, kept.phone, kept.needs_interpreter, kept.reach_by) == ("Kept Name", "", False, "email")
    assert not any(rows.exists() for rows in (kept.categories, kept.interests, kept.workgroups))


def test_closing_without_a_hold_takes_it_out_at_once_and_speaks_of_no_hold(officer, sign_in):
    now = timezone.now()
    member, other = choices(MemberFactory(), now), MemberFactory()
    member.periods.update(ends_on=None)
    Member.objects.filter(pk=member.pk).update(is_active=True)
    set_hold(by=officer, why="Case 1", member=other, now=now)
    client = sign_in(member)
    assert "Not yet:" not in client.get(reverse("my_data_close")).content.decode()

    client.post(reverse("my_data_close"), {"sure": "on"})

    left = Member.objects.get(pk=member.pk)
    assert (left.is_active, left.phone, left.needs_interpreter, left.reach_by) == (False, "", False, "email")
    assert not any(rows.exists() for rows in (left.categories, left.interests, left.workgroups))


def test_who_is_only_shut_out_loses_nothing(approved, officer, now):
    member = choices(MemberFactory(), now)
    member.periods.update(ends_on=None)

    assert dispose(BY_KEY["given_by_choice"], by=officer, now=now) == 0


def test_the_command_shows_and_disposes_only_when_told(approved, officer, settings):
    now = timezone.now()
    rsvp(MemberFactory(), now)
    data_request(MemberFactory(), now)
    settings.RETENTION["data_requests"]["approved"] = False
    out = StringIO()

    call_command("retention", stdout=out)
    assert Rsvp.objects.exists()
    assert "rsvps: 1 due, 0 on hold" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("retention", "--dispose", stdout=out)
    with pytest.raises(CommandError):
        call_command("retention", "--dispose", by=officer.email, kind=["data_requests"], stdout=out)
    call_command("retention", "--dispose", by=officer.email, stdout=out)

    assert not Rsvp.objects.exists()
    assert DataRequest.objects.get().outcome != GONE
    assert "rsvps: 1 disposed of" in out.getvalue()
    assert "data_requests: left alone" in out.getvalue()


@pytest.mark.parametrize(
    "words",
    ['rsvps = { days = 1, approved = true, schedule = "" }', 'rsvps = { days = "1" }', "", "[rsvps"],
    ids=["approved by nothing", "no number", "kinds missing", "no TOML"],
)
def test_a_schedule_that_cannot_be_meant_stops_the_start(words, tmp_path):
    (tmp_path / "own.toml").write_text(words)

    with pytest.raises((ImproperlyConfigured, ValueError)):
        retention(str(tmp_path / "own.toml"))


def test_the_page_shows_counts_and_no_names(sign_in, officer, now):
    rsvp(MemberFactory(name="Secret Person"), now - LATER)

    page = sign_in(officer).get(reverse("retention")).content.decode()

    assert "Answers to invitations" in page
    assert "Secret" not in page
    assert page.count("Not approved") == len(KINDS)


def test_a_hold_is_set_with_a_tick_and_released_with_a_reason(sign_in, officer):
    member, client = MemberFactory(email="kept@example.org"), sign_in(officer)
    add, listed = reverse("admin:privacy_legalhold_add"), reverse("admin:privacy_legalhold_changelist")
    good = {"person": "KEPT@example.org", "meeting": "", "kind": "", "why": "Case 1", "sure": "on"}

    for wrong in ({"sure": ""}, {"why": ""}, {"kind": "rsvps"}, {"person": ""}, {"person": "nobody@example.org"}):
        assert client.post(add, {**good, **wrong}).status_code == 200
    assert not LegalHold.objects.exists()
    assert client.post(add, good).status_code == 302
    hold = LegalHold.objects.get()
    assert (hold.member, hold.set_by, hold.why) == (member, officer, "Case 1")
    assert client.get(reverse("admin:privacy_legalhold_change", args=[hold.pk])).status_code == 200

    chosen = {"action": "release", "_selected_action": [hold.pk]}
    assert "Yes, do it" in client.post(listed, chosen, follow=True).content.decode()
    client.post(listed, {**chosen, "confirmed": "yes", "reason": "Settled"})

    hold.refresh_from_db()
    assert (hold.released_by, hold.release_reason) == (officer, "Settled")


def test_actions_on_holds_refuse_what_they_should(officer, now):
    with pytest.raises(Refused) as two:
        set_hold(by=officer, why="x", member=officer, kind="rsvps", now=now)
    with pytest.raises(Refused) as silent:
        set_hold(by=officer, why=" ", kind="rsvps", now=now)
    hold = set_hold(by=officer, why="x", kind="rsvps", now=now)
    with pytest.raises(Refused) as unexplained:
        release_hold(hold, by=officer, reason=" ", now=now)
    release_hold(hold, by=officer, reason="Settled", now=now)
    with pytest.raises(Refused) as again:
        release_hold(hold, by=officer, reason="Settled", now=now)

    codes = [refusal.value.code for refusal in (two, silent, unexplained, again)]
    assert codes == ["one_thing", "reason_missing", "reason_missing", "released_already"]
    assert LegalHold.objects.count() == 1
    with pytest.raises(DatabaseError, match="record"), transaction.atomic():
        LegalHold.objects.update(why="Another case")


def test_forgetting_jobs_spare_who_is_on_hold(officer, now):
    member = MemberFactory(joined_at=now - timedelta(days=8))
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=False)
    old = {"created_at": now - timedelta(days=40)}
    Referral.objects.create(referrer=member, email="friend@example.org", **old)
    hold = set_hold(by=officer, why="Case 1", member=member, now=now)

    assert (forget_unconfirmed(now=now), forget_unanswered_referrals(now=now)) == (0, 0)
    assert Referral.objects.get().email == "friend@example.org"

    release_hold(hold, by=officer, reason="Settled", now=now)
    assert forget_unanswered_referrals(now=now) == 1


@pytest.mark.parametrize("by_kind", [False, True])
def test_unconfirmed_answers_are_kept_while_a_hold_stands(by_kind, officer, now):
    meeting = over(now)
    GuestAnswer.objects.create(
        meeting=meeting, name="Gus", email="gus@example.org", answer="online", token="x", asked_at=now, mailed_at=now
    )
    on = {"kind": "rsvps"} if by_kind else {"meeting_id": meeting.pk}
    hold = set_hold(by=officer, why="Case 1", **on, now=now)
    assert forget_unconfirmed_guests(now=now) == 0

    release_hold(hold, by=officer, reason="Settled", now=now)

    assert forget_unconfirmed_guests(now=now) == 1


def test_a_forgotten_referral_leaves_no_address_in_its_message(officer, now):
    states = {ReferralState.FORGOTTEN: "", ReferralState.JOINED: "", ReferralState.ASKED: "c@example.org"}
    messages = [
        DeliveryFactory(
            key=f"referral:{Referral.objects.create(referrer=officer, email=email, state=state, created_at=now).pk}",
            address="friend@example.org", text="friend", state=DeliveryState.SENT, sent_at=now,
        )
        for state, email in states.items()
    ]  # fmt: skip
    queued = DeliveryFactory(key=messages[0].key, address="late@example.org", state=DeliveryState.QUEUED)

    assert forget_referred_addresses() == 2
    assert forget_referred_addresses() == 0

    left = list(Delivery.objects.filter(address="friend@example.org"))
    assert left == [messages[2]]
    assert Delivery.objects.get(pk=queued.pk).address == "late@example.org"
    assert Delivery.objects.get(pk=messages[0].pk).text == ""


def test_an_unknown_message_is_emptied_after_its_period_and_decided_about_no_more(approved, officer, now):
    def unknown(**fields):
        return DeliveryFactory(
            state=DeliveryState.UNKNOWN, reason="The line broke", claim="token", text="secret", **fields,
        )  # fmt: skip

    row = unknown(member=MemberFactory(), owed_at=now - timedelta(days=200))
    young = unknown(owed_at=now - timedelta(days=50))

    assert dispose(BY_KEY["messages"], by=officer, now=now) == 1

    row.refresh_from_db()
    assert (row.state, row.member, row.text, row.claim) == (DeliveryState.CANCELLED, None, "", "")
    assert row.address == f"removed-{row.pk}@removed.invalid"
    assert row.reason == "Nobody found out whether it arrived. Address and words removed."
    assert list(Delivery.objects.unknown()) == [young]
    for arrived in (True, False):
        with pytest.raises(Refused) as refusal:
            decide(row, arrived=arrived, by=officer, now=now)
        assert refusal.value.code == "not_unknown"


@postgres
def test_a_paid_claim_is_deleted_by_nothing_but_a_disposal(now):
    paid = Scene(now=now).paid()

    with pytest.raises(DatabaseError, match="record"), transaction.atomic():
        paid.events.all().delete()
    with pytest.raises(RuntimeError), transaction.atomic(), disposing(SensitiveView):
        raise RuntimeError
    with pytest.raises(DatabaseError, match="record"), transaction.atomic(), disposing(SensitiveView):
        paid.events.all().delete()
    with transaction.atomic():
        with disposing(paid.events.model):
            pass
        with pytest.raises(DatabaseError, match="record"), transaction.atomic():
            paid.events.all().delete()
    with pytest.raises(DatabaseError, match="record"), transaction.atomic(), disposing(Claim):
        Claim.objects.filter(pk=paid.pk).update(paid_on=date(2020, 1, 1))

    assert paid.events.exists()


@postgres
@pytest.mark.django_db(transaction=True)
def test_a_hold_that_is_being_set_is_waited_for(approved, officer, now):
    """The hold is written and not committed yet when the disposal begins: it must see it, not slip past."""
    with pytest.raises(RuntimeError), disposing(Claim):  # outside a transaction, which here alone there is none
        pass
    member = MemberFactory()
    rsvp(member, now)
    written, disposed = threading.Event(), []

    def run():
        written.wait(10)
        try:
            disposed.append(dispose(BY_KEY["rsvps"], by=officer, now=now))
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    with transaction.atomic():
        set_hold(by=officer, why="Case 1", member=member, now=now)
        written.set()
        while not _waiting():
            assert thread.is_alive()
    thread.join()

    assert disposed == [0]
    assert Rsvp.objects.exists()


def _waiting():
    """Whether somebody stands before the table of holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'privacy_legalhold'::regclass")
        return cursor.fetchone()[0] > 0
