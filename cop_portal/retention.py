"""How long each kind of record is kept, and what happens when its period is over.

There is no right of erasure: official records are destroyed only under an approved schedule (Minn. Stat. 15.17 and
138.17). The periods are in retention.toml; here is what a kind is, which event its period counts from, and what
disposing of it does (by cop_portal/forgetting.py). Kinds stand in the order in which they must go: what rests on another
row goes first, and the name of a person last, when nothing is left that it says whose it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from cop_portal import forgetting
from meetings.models import Accommodation, Rsvp
from members.models import MemberEvent, Referral, SeatAttestation, TakeoverCode
from notices.actions import empty_deliveries
from notices.models import Call, Delivery, Subscriber, Suppression
from polls.models import Ballot, Comment, Question, SpeakerRequest
from privacy.disposal import not_held
from privacy.enums import ExportState
from privacy.models import Consent, DataExport, DataRequest, SensitiveView
from stipends.enums import CLAIM_OVER, BatchState, ClaimState
from stipends.models import Claim, Decline, Enrollment, PaymentBatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

Rows = QuerySet[Any]


@dataclass(frozen=True)
class Kind:
    """One kind of record: where its rows are, from which event their period counts, and what disposing does."""

    key: str
    label: str
    why_kept: str
    counted_from: str
    what_happens: str
    rows: Callable[[], Rows]  # all that could ever be due: over, and not disposed of yet
    event: str  # the lookup of the event, a time
    dispose: Callable[[Rows], object]
    member: tuple[str, ...] = ()  # lookups to the people and meetings it is about, for legal holds
    meeting: tuple[str, ...] = ()

    @property
    def period(self) -> dict[str, Any]:
        return settings.RETENTION[self.key]

    def due(self, now: datetime) -> Rows:
        """Rows whose period is over, held or not."""
        return self.rows().filter(**{f"{self.event}__lt": now - timedelta(days=self.period["days"])})

    def free(self, now: datetime) -> Rows:
        """Rows whose period is over and on which no legal hold stands."""
        return not_held(self.due(now), kind=self.key, member=self.member, meeting=self.meeting)


KINDS: tuple[Kind, ...] = (
    Kind(
        "accommodations",
        "Accommodation needs",
        "To have ready what a person needs at one meeting.",
        "the meeting's end",
        "Deleted.",
        Accommodation.objects.all,
        "rsvp__meeting__ends_at",
        forgetting.delete,
        member=("rsvp__member",),
        meeting=("rsvp__meeting",),
    ),
    Kind(
        "rsvps",
        "Answers to invitations, guests' included",
        "To plan a meeting and to tell people about it.",
        "the meeting's end",
        "Deleted, once the accommodation need with it is.",
        lambda: Rsvp.objects.filter(accommodation=None),
        "meeting__ends_at",
        forgetting.delete,
        member=("member",),
        meeting=("meeting",),
    ),
    Kind(
        "ballots",
        "Ballots, which name nobody",
        "The published table rests on them.",
        "the meeting's end",
        "Deleted with their choices and the texts of their poll: the table of the meeting is then read from its published summary.",
        Ballot.objects.all,
        "poll__meeting__ends_at",
        forgetting.delete_ballots,
        meeting=("poll__meeting",),
    ),
    Kind(
        "speakers",
        "Who asked to speak in a meeting",
        "To call people in their order.",
        "the meeting's end",
        "Deleted.",
        SpeakerRequest.objects.all,
        "meeting__ends_at",
        forgetting.delete,
        meeting=("meeting",),
    ),
    Kind(
        "comments",
        "Comments sent in a meeting",
        "They were public, and belong to the record of the meeting.",
        "the meeting's end",
        "Deleted.",
        Comment.objects.all,
        "meeting__ends_at",
        forgetting.delete,
        meeting=("meeting",),
    ),
    Kind(
        "questions",
        "Questions asked in a meeting, without names",
        "The follow-up answers them.",
        "the meeting's end",
        "Deleted, with the votes for them.",
        Question.objects.all,
        "meeting__ends_at",
        forgetting.delete,
        meeting=("meeting",),
    ),
    Kind(
        "claims",
        "Stipend claims and their steps",
        "The State must be able to account for money it paid.",
        "the claim's last step",
        "Deleted with their steps.",
        lambda: Claim.objects.filter(state__in=sorted(CLAIM_OVER | {ClaimState.PAID})).annotate(
            last_step=Max("events__at")
        ),
        "last_step",
        forgetting.delete_claims,
        member=("member",),
        meeting=("meeting",),
    ),
    Kind(
        "payment_batches",
        "Payment batches and their files",
        "The State must be able to account for money it paid.",
        "the day the batch was closed",
        "Deleted, once none of its claims is left.",
        lambda: PaymentBatch.objects.filter(claims=None, state=BatchState.PAID),
        "closed_at",
        forgetting.delete_batches,
    ),
    Kind(
        "attendance_steps",
        "Who recorded and corrected who came",
        "It shows what the figures and stipends rested on at the time.",
        "the meeting's end",
        "Deleted, once no claim of the person for the meeting is left.",
        forgetting.attendance_steps,
        "meeting__ends_at",
        forgetting.delete_attendance_steps,
        member=("member",),
        meeting=("meeting",),
    ),
    Kind(
        "attendance",
        "Who came to a meeting",
        "It shows how the community was counted, and stipends rest on it.",
        "the meeting's end",
        "The name is taken out; that somebody came stays, for the meeting's figures.",
        forgetting.attendance,
        "meeting__ends_at",
        partial(forgetting.fill, member=None, guest_name=forgetting.FORMER_MEMBER),
        member=("member",),
        meeting=("meeting",),
    ),
    Kind(
        "enrollments",
        "Enrollments for stipends that ended",
        "They show that a stipend could be paid.",
        "the day the person left the enrollment",
        "Deleted, once no claim of the person is left.",
        lambda: Enrollment.objects.filter(~Exists(Claim.objects.filter(member=OuterRef("member")))),
        "left_at",
        forgetting.delete,
        member=("member",),
    ),
    Kind(
        "declines",
        "Stipends that people did not want to be offered",
        "So that nobody is asked again.",
        "the day the person said so",
        "Deleted. A wish for good is kept as long as the membership is open.",
        lambda: Decline.objects.filter(Q(meeting__isnull=False) | Q(member__is_active=False)),
        "declined_at",
        forgetting.delete,
        member=("member",),
        meeting=("meeting",),
    ),
    Kind(
        "consents",
        "Consents that were withdrawn",
        "They show that we were allowed to keep what we kept.",
        "the withdrawal",
        "Deleted, once no enrollment rests on it.",
        lambda: Consent.objects.filter(enrollments=None),
        "withdrawn_at",
        forgetting.delete,
        member=("member",),
    ),
    Kind(
        "messages",
        "Messages that were sent, given up, or never found out about",
        "They show who was told what.",
        "the day the message was owed",
        "Address, words and whose it was are taken out; what it was about and when stays. An unknown one is not to be decided about any more.",
        lambda: Delivery.objects.with_words(),
        "owed_at",
        empty_deliveries,
        member=("member",),
    ),
    Kind(
        "calls",
        "What people without e-mail were told",
        "It shows who was told what.",
        "the day the person was told",
        "Deleted.",
        Call.objects.all,
        "told_at",
        forgetting.delete,
        member=("member",),
    ),
    Kind(
        "suppressions",
        "Addresses that got no mail for a while",
        "To keep mail from addresses that do not want or cannot get it.",
        "the day mail was let through again",
        "Deleted. One that still stands is kept as long as it stands.",
        Suppression.objects.all,
        "lifted_at",
        forgetting.delete,
    ),
    Kind(
        "unconfirmed_addresses",
        "Addresses that never confirmed their subscription",
        "To send the one message that asks.",
        "the day the address was entered",
        "Deleted.",
        lambda: Subscriber.objects.filter(member=None, confirmed_at=None),
        "created_at",
        forgetting.delete,
    ),
    Kind(
        "ended_subscriptions",
        "Subscriptions without an account that nobody renewed",
        "So that one tap starts them again.",
        "the day they ended",
        "Deleted with the subjects; messages sent to the address stay for their own period.",
        lambda: Subscriber.objects.filter(member=None),
        "ended_at",
        forgetting.delete,
    ),
    Kind(
        "referrals",
        "That somebody proposed somebody",
        "To ask each person once only.",
        "the day of the proposal",
        "Deleted. The address in it is forgotten after 30 days already.",
        lambda: Referral.objects.filter(email=""),
        "created_at",
        forgetting.delete,
        member=("referrer",),
    ),
    Kind(
        "data_requests",
        "What people wrote in requests about their data",
        "They show that the law's clocks were kept.",
        "the answer",
        "What was written and answered is taken out; kind and days stay.",
        lambda: DataRequest.objects.exclude(details="", outcome=forgetting.GONE),
        "closed_at",
        partial(forgetting.fill, details="", outcome=forgetting.GONE),
        member=("member",),
    ),
    Kind(
        "downloads",
        "That somebody downloaded their data",
        "It shows that people got what the law gives them.",
        "the day it was asked for",
        "Deleted. The file itself is gone after days already.",
        lambda: DataExport.objects.filter(state__in=[ExportState.GONE, ExportState.FAILED]),
        "requested_at",
        forgetting.delete,
        member=("member",),
    ),
    Kind(
        "looks",
        "Who looked at whose data",
        "It protects the people whose data it is.",
        "the look",
        "Deleted.",
        SensitiveView.objects.all,
        "seen_at",
        forgetting.delete_looks,
        member=("viewer", "subject", "people__member"),
    ),
    Kind(
        "acts_on_memberships",
        "What staff did to memberships",
        "It shows who decided what for whom.",
        "the act",
        "Deleted.",
        MemberEvent.objects.all,
        "at",
        forgetting.delete_events,
        member=("member", "by"),
    ),
    Kind(
        "staff_log",
        "The staff's room's log of changes",
        "It shows who changed what.",
        "the change",
        "Deleted.",
        LogEntry.objects.all,
        "action_time",
        forgetting.delete,
        member=("user",),
    ),
    Kind(
        "statements",
        "Statements for a seat that were withdrawn",
        "They show that a seat was counted as filled by the person's own word.",
        "the withdrawal",
        "Deleted. One that still stands is kept as long as it stands.",
        SeatAttestation.objects.all,
        "withdrawn_at",
        forgetting.delete,
        member=("member",),
    ),
    Kind(
        "takeover_codes",
        "Codes on letters to people without e-mail",
        "With one a person makes the membership their own.",
        "the day the code is good until",
        "Deleted. One that was used is gone already.",
        TakeoverCode.objects.all,
        "expires_at",
        forgetting.delete,
        member=("member",),
    ),
    Kind(
        "given_by_choice",
        "What former members had given by choice",
        "A legal hold stood on it when the membership was closed, or the person died.",
        "the end of the membership",
        "Organization, phone, language, interpreter, categories, interests and workgroups are taken out.",
        forgetting.given_by_choice,
        "left_on",
        forgetting.forget_choices,
        member=("pk",),
    ),
    Kind(
        "former_members",
        "Names and addresses of former members",
        "They say whose the other records are.",
        "the end of the membership",
        "Name and address are taken out, once nothing of the above is left of the person.",
        forgetting.former_members,
        "left_on",
        forgetting.forget_people,
        member=("pk",),
    ),
)
BY_KEY = {kind.key: kind for kind in KINDS}
