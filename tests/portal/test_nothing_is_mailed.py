"""Nobody whose membership is closed is mailed: each way to close it, against everything that owes a message."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from cop_portal.closing import close_membership, correct_deceased, mark_deceased
from meetings import actions as meetings
from meetings.actions import Details
from meetings.enums import AccommodationState
from meetings.models import Accommodation, OwedChange
from members import actions as members
from notices import actions as notices
from notices.delivery import deliver_due
from notices.enums import DeliveryState, Subject
from notices.models import Call, Delivery
from stipends import actions as stipends
from tests.factories import (
    EnrollmentFactory,
    MeetingFactory,
    MemberFactory,
    MembershipPeriodFactory,
    NoticeFactory,
    ReleasedNoticeFactory,
    RsvpFactory,
    StaffFactory,
    SubscriberFactory,
    SubscriptionFactory,
)
from tests.stipends.scenes import Scene, held_meeting

pytestmark = pytest.mark.django_db
ADDRESS = "ada@example.org"


def left(member, staff, now):
    close_membership(member, now=now)


def deactivated(member, staff, now):
    members.deactivate(member, by=staff, reason="Reason", now=now)


def deceased(member, staff, now):
    mark_deceased(member, on=timezone.localdate(now), by=staff, reason="Their brother called", now=now)


class Life:
    """Somebody in the middle of everything: going, waiting, claiming, subscribed twice, and owed a message already."""

    def __init__(self):
        self.now, self.staff = timezone.now(), StaffFactory(email=None)
        self.member = MemberFactory(email=ADDRESS)
        MembershipPeriodFactory(member=self.member)
        soon = self.now + timedelta(hours=20)
        self.going = MeetingFactory(starts_at=soon, published_at=self.now)
        details = Details(need="A ramp")
        meetings.rsvp(self.going, member=self.member, answer="online", details=details, now=self.now)
        self.full = MeetingFactory(starts_at=soon + timedelta(days=3), capacity=1, published_at=self.now)
        self.seated = MemberFactory(email=None)
        meetings.rsvp(self.full, member=self.seated, answer="in_person", now=self.now)
        meetings.rsvp(self.full, member=self.member, answer="in_person", now=self.now)
        self.subscriber = notices.subscriber_for(self.member, self.now - timedelta(days=9))
        self.subscriber.subscriptions.filter(subject=Subject.RFPS).update(frequency="daily")
        old = SubscriberFactory(email=ADDRESS)
        SubscriptionFactory(subscriber=old, subject=Subject.MEETINGS)
        EnrollmentFactory(member=self.member)
        held = held_meeting(ended=self.now - timedelta(days=3), slug="held")
        self.scene = Scene(now=self.now, member=self.member, meeting=held)
        self.claim = self.scene.claim()
        self.notice = NoticeFactory(state="scheduled", released_by=MemberFactory(), scheduled_for=self.now)


def a_change(life):
    changes = {"place": "Elsewhere"}
    meetings.change(life.going, changes=changes, by=life.staff, reason="Burst pipe", now=life.now)
    OwedChange.objects.update(due_at=life.now)
    meetings.tell_changes(now=life.now)


def a_cancellation(life):
    meetings.cancel(life.going, by=life.staff, reason="Snow", now=life.now)


def a_free_seat(life):
    meetings.rsvp(life.full, member=life.seated, answer="no", now=life.now)


def an_accommodation(life):
    need = Accommodation.objects.get(rsvp__member=life.member)
    if need.state != AccommodationState.WITHDRAWN:
        meetings.set_accommodation(need, state=AccommodationState.ARRANGED, by=life.staff, now=life.now)


def digests_before_meetings(life):
    meetings.owe_digests(now=life.now)


def digests_of_the_day(life):
    ReleasedNoticeFactory(subject=Subject.RFPS, released_at=life.now - timedelta(days=3))
    notices.owe_period_digests(life.now)


def a_notice_scheduled_before(life):
    notices.start_sending(life.notice, now=life.now)


def a_claim_decided(life):
    stipends.deny(life.claim, by=life.scene.verifier, reason="Not on the list", now=life.now)


def what_was_owed_before(life):
    """The letters about the answers wait in the queue since before."""


OWING = [
    a_change, a_cancellation, a_free_seat, an_accommodation, digests_before_meetings, digests_of_the_day,
    a_notice_scheduled_before, a_claim_decided, what_was_owed_before,
]  # fmt: skip
WAYS = [left, deactivated, deceased]


@pytest.mark.parametrize("owing", OWING)
@pytest.mark.parametrize("close", WAYS)
def test_nothing_reaches_whose_membership_is_closed(close, owing):
    life = Life()
    close(life.member, life.staff, life.now)

    owing(life)
    deliver_due()

    assert [message.subject for message in mail.outbox if ADDRESS in message.to] == []
    assert not Delivery.objects.filter(address=ADDRESS, state__in=["queued", "claimed", "handing", "sent"]).exists()
    assert not Call.objects.filter(member=life.member).exists()


@pytest.mark.parametrize("owing", [owing for owing in OWING if owing is not an_accommodation])
def test_the_same_reaches_whose_membership_is_open(owing):
    life = Life()
    if owing is not what_was_owed_before:
        deliver_due()
    sent = Delivery.objects.filter(address=ADDRESS, state=DeliveryState.SENT).count()
    owing(life)

    deliver_due()

    assert Delivery.objects.filter(address=ADDRESS, state=DeliveryState.SENT).count() > sent


@pytest.mark.parametrize("path", ["/accounts/login/code/", "/accounts/password/reset/"])
@pytest.mark.parametrize("close", WAYS)
def test_no_code_is_sent_to_whose_membership_is_closed(close, path):
    life = Life()
    close(life.member, life.staff, life.now)

    Client().post(path, {"email": ADDRESS})

    assert all("code" not in message.subject.lower() for message in mail.outbox)


@pytest.mark.parametrize("close", [left, deceased])
def test_the_seat_goes_to_whoever_waits(close):
    life = Life()
    other = RsvpFactory(meeting=life.full, answer="in_person", waiting_since=life.now + timedelta(1)).member
    meetings.rsvp(life.full, member=life.seated, answer="no", now=life.now)
    close(life.member, life.staff, life.now)

    assert list(life.full.rsvps.offered().values_list("member", flat=True)) == [other.pk]


def test_a_seat_passes_by_whoever_is_shut_out():
    life = Life()
    other = RsvpFactory(meeting=life.full, answer="in_person", waiting_since=life.now + timedelta(1)).member
    deactivated(life.member, life.staff, life.now)

    a_free_seat(life)

    assert list(life.full.rsvps.offered().values_list("member", flat=True)) == [other.pk]


def test_a_death_recorded_by_mistake_is_corrected_and_mail_goes_out_again():
    life = Life()
    deceased(life.member, life.staff, life.now)

    correct_deceased(life.member, by=life.staff, reason="A namesake", now=life.now)
    life.member.refresh_from_db()
    stipends.deny(life.claim, by=life.scene.verifier, reason="Not on the list", now=life.now)
    Delivery.objects.filter(address=ADDRESS, state=DeliveryState.QUEUED).exclude(key__startswith="update:").delete()
    mail.outbox.clear()
    deliver_due()

    assert "You have an update" in [message.subject for message in mail.outbox]
    assert life.member.level_on(timezone.localdate(life.now)) == "full"
