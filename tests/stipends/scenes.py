"""A meeting held last week, a person who was there, and the staff who deal with the claim."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count

from meetings.enums import AttendanceSource, MeetingState
from meetings.models import Attendance, Meeting
from members.models import Member
from stipends import actions
from stipends.models import Claim, StipendPolicy
from stipends.payments import Payment
from tests.factories import (
    NOW,
    EnrollmentFactory,
    MemberFactory,
    MembershipPeriodFactory,
    StaffFactory,
    StipendPolicyFactory,
)

numbers = count(1)


def held_meeting(*, ended=NOW - timedelta(days=6), **values):
    number = next(numbers)
    state = {"state": MeetingState.PUBLISHED, "published_at": ended - timedelta(days=30)}
    return Meeting.objects.create(
        **{
            "title": f"Meeting {number}",
            "slug": f"meeting-{number}",
            "starts_at": ended - timedelta(hours=2),
            "ends_at": ended,
            "uid": f"{number}@test",
            "checkin_code": f"code{number}",
            **state,
            **values,
        }
    )


def person(**values):
    """Somebody who may claim: full level, enrolled with a supplier number."""
    member = MemberFactory(**values)
    MembershipPeriodFactory(member=member)
    EnrollmentFactory(member=member)
    return member


def attended(member, meeting, *, confirmed_by, minutes=120, **values):
    return Attendance.objects.create(
        meeting=meeting,
        member=member,
        source=AttendanceSource.STAFF,
        minutes=minutes,
        recorded_at=meeting.ends_at,
        recorded_by=confirmed_by,
        confirmed_by=confirmed_by,
        **values,
    )


@dataclass
class Scene:
    """Everything that a claim needs, and a hand for each step."""

    now: object = NOW
    policy: StipendPolicy = field(default_factory=lambda: StipendPolicy.objects.first() or StipendPolicyFactory())
    meeting: Meeting = field(default_factory=held_meeting)
    member: Member = field(default_factory=person)
    usher: Member = field(default_factory=StaffFactory)
    verifier: Member = field(default_factory=StaffFactory)
    approver: Member = field(default_factory=StaffFactory)
    payer: Member = field(default_factory=StaffFactory)

    def __post_init__(self):
        self.attendance = attended(self.member, self.meeting, confirmed_by=self.usher)

    def claim(self, amount="55.00"):
        return actions.submit_claim(
            self.meeting, member=self.member, amount=Decimal(amount), attested=True, now=self.now
        )

    def another_claim(self, **values):
        """A second person's claim for the same meeting."""
        member = person(**values)
        attended(member, self.meeting, confirmed_by=self.usher)
        return actions.submit_claim(self.meeting, member=member, amount=Decimal(55), attested=True, now=self.now)

    def verified(self, claim=None):
        return actions.verify(claim or self.claim(), by=self.verifier, now=self.now)

    def approved(self, claim=None):
        return actions.approve(self.verified(claim), by=self.approver, now=self.now)

    def batched(self, claim=None):
        claim = self.approved(claim)
        batch = actions.open_batch(by=self.payer, now=self.now)
        added, refusals = actions.fill_batch(batch, by=self.payer, claims=[claim], now=self.now)
        assert (added, refusals) == ([claim], [])
        return added[0]

    def exported(self, claim=None):
        claim = self.batched(claim)
        actions.close_batch(claim.batch, by=self.payer, now=self.now)
        claim.refresh_from_db()
        return claim

    def paid(self, claim=None):
        claim = self.exported(claim)
        payment = Payment(claim.pk, self.now.date(), "EFT-1")
        return actions.mark_paid(claim.batch, by=self.payer, payments=[payment], now=self.now)[0]

    def at(self, state):
        """A fresh claim that has come to this state by the actions."""
        return {
            "submitted": self.claim,
            "verified": self.verified,
            "approved": self.approved,
            "batched": self.batched,
            "paid": self.paid,
            "returned": lambda: actions.return_with_question(
                self.claim(), by=self.verifier, question="Which session?", now=self.now
            ),
            "denied": lambda: actions.deny(self.claim(), by=self.verifier, reason="Not on the list.", now=self.now),
            "withdrawn": lambda: actions.withdraw(self.claim(), member=self.member, now=self.now),
            "reversed": lambda: actions.reverse(self.paid(), by=self.payer, reason="Sent back.", now=self.now),
        }[state]()


def fresh(claim):
    return Claim.objects.get(pk=claim.pk)
