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
from cop_portal.retention import BY_KEY, FORMER_MEMBER, GONE, KINDS
from meetings.models import Accommodation, Rsvp
from members.actions import forget_unanswered_referrals, forget_unconfirmed
from members.enums import ReferralState
from members.models import Member, MemberEvent, Referral
from notices.actions import forget_referred_addresses
from notices.enums import DeliveryState
from notices.models import Call, Delivery
from privacy.actions import record_view, release_hold, set_hold
from privacy.disposal import disposing
from privacy.models import Consent, DataExport, DataRequest, Disposal, LegalHold, SensitiveView
from stipends.models import Claim, PaymentBatch
from tests.factories import (
    AccommodationFactory,
    AttendanceFactory,
    ChoiceFactory,
    DataRequestFactory,
    DeliveryFactory,
    EnrollmentFactory,
    MeetingFactory,
    MemberFactory,
    MembershipPeriodFactory,
    RsvpFactory,
    StaffFactory,
    SubscriberFactory,
    SuppressionFactory,
)
from tests.members.test_admin import grant
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


ROWS = {
    "accommodations": accommodation, "rsvps": rsvp, "ballots": ballot, "claims": claim, "payment_batches": batch,
    "attendance": attendance, "enrollments": enrollment, "consents": consent, "messages": message, "calls": call,
    "suppressions": suppression, "unconfirmed_addresses": unconfirmed, "referrals": referral,
    "data_requests": data_request, "downloads": download, "looks": look, "acts_on_memberships": act, "staff_log": logged,
    "former_members": former,
}  # fmt: skip
EMPTIED = {"attendance", "messages", "data_requests", "former_members"}  # the row stays
PEOPLES = sorted(set(ROWS) - {"ballots", "claims", "payment_batches", "suppressions", "unconfirmed_addresses"})


def test_every_kind_has_a_period_and_is_tried_here():
    assert [kind.key for kind in KINDS if kind.key in ROWS] == [kind.key for kind in KINDS]
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
    assert dispose(BY_KEY["former_members"], by=officer, now=now) == 1

    member.refresh_from_db()
    came.refresh_from_db()
    assert (member.name, member.email, came.member, came.guest_name) == (FORMER_MEMBER, None, None, FORMER_MEMBER)
    assert not EmailAddress.objects.exists()


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
    assert client.post(listed, chosen).status_code == 200
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
