"""Minimal valid rows, one factory for each model, no surprises. Each app keeps to its own section."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from meetings.attendance_steps import Written, write_step
from meetings.enums import Answer, AttendanceSource, MeetingState, ReportKind
from meetings.models import (
    Accommodation,
    AgendaItem,
    Attendance,
    Material,
    Meeting,
    MeetingWork,
    ReportPerson,
    Rsvp,
    Series,
    Summary,
    ToolReport,
    Workgroup,
)
from members.enums import Level
from members.models import Member, MembershipPeriod, ParticipantCategory, SeatAttestation
from notices.enums import EventKind, NoticeState, PartnerKind, Subject, SuppressionReason
from notices.models import (
    Call,
    Delivery,
    DeliveryEvent,
    Mention,
    Notice,
    OutreachPartner,
    Relay,
    Rfp,
    Subscriber,
    Subscription,
    Suppression,
    Topic,
)
from polls.enums import PollKind, PollState
from polls.models import (
    Ballot,
    Choice,
    Comment,
    Option,
    OtherText,
    Poll,
    PollEvent,
    PublishedTable,
    Question,
    Receipt,
    SavedQuestion,
    SpeakerRequest,
)
from privacy.enums import NoticeKey, RequestKind
from privacy.models import Consent, ConsentNotice, DataExport, DataRequest
from stipends.enums import Per
from stipends.models import Budget, Claim, Enrollment, PaymentBatch, StipendPolicy, TaxThreshold

NOW = datetime(2027, 1, 20, 16, 0, tzinfo=UTC)

# --- members --------------------------------------------------------------------------------------------------------


class MemberFactory(DjangoModelFactory):
    class Meta:
        model = Member

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@example.org")
    joined_at = NOW


class StaffFactory(MemberFactory):
    """Sign staff in with the fixture ``sign_in``: the staff's room wants a second factor."""

    is_staff = True


class MembershipPeriodFactory(DjangoModelFactory):
    class Meta:
        model = MembershipPeriod

    member = factory.SubFactory(MemberFactory)
    level = Level.FULL
    starts_on = date(2026, 1, 1)


class ParticipantCategoryFactory(DjangoModelFactory):
    class Meta:
        model = ParticipantCategory

    label = factory.Sequence(lambda n: f"Category {n}")
    order = factory.Sequence(lambda n: n)
    starts_on = date(2022, 1, 1)


class SeatAttestationFactory(DjangoModelFactory):
    class Meta:
        model = SeatAttestation

    member = factory.SubFactory(MemberFactory)
    category = factory.SubFactory(ParticipantCategoryFactory, attestation="I have no such tie.")
    statement = "I have no such tie."
    attested_at = NOW


# --- privacy --------------------------------------------------------------------------------------------------------


class ConsentNoticeFactory(DjangoModelFactory):
    """The membership notice, published and in force."""

    class Meta:
        model = ConsentNotice

    key = NoticeKey.MEMBERSHIP
    version = factory.Sequence(lambda n: n + 1)
    changes = "We say more plainly who sees what."
    why = "To run the community."
    use = "To invite you and to count who took part."
    may_refuse = "You may refuse."
    if_given = "You are a member."
    if_refused = "You can still come to public meetings."
    recipients = "Staff, and whoever a court order or the legislative or state auditor lets see it."
    published_at = NOW

    @factory.lazy_attribute
    def translation(self):
        return "" if self.language == "en" else "machine"

    language = "en"


class DataRequestFactory(DjangoModelFactory):
    class Meta:
        model = DataRequest

    member = factory.SubFactory(MemberFactory)
    kind = RequestKind.ACCESS
    requested_at = NOW
    due_on = date(2027, 2, 3)


class DataExportFactory(DjangoModelFactory):
    """Asked for by the person, and waiting for the worker."""

    class Meta:
        model = DataExport

    member = factory.SubFactory(MemberFactory)
    requested_at = NOW


# --- notices --------------------------------------------------------------------------------------------------------


class CallFactory(DjangoModelFactory):
    class Meta:
        model = Call

    member = factory.SubFactory(MemberFactory, email=None)
    key = factory.Sequence(lambda n: f"meeting:{n}:1")
    about = "meetings"
    subject_line = "Cancelled: A meeting"
    owed_at = NOW


class SubscriberFactory(DjangoModelFactory):
    """A confirmed address without an account."""

    class Meta:
        model = Subscriber

    email = factory.Sequence(lambda n: f"subscriber{n}@example.org")
    token = factory.Sequence(lambda n: f"token-{n}")
    created_at = NOW
    confirmed_at = NOW


class SubscriptionFactory(DjangoModelFactory):
    class Meta:
        model = Subscription

    subscriber = factory.SubFactory(SubscriberFactory)
    subject = Subject.MEETINGS
    since = NOW


class TopicFactory(DjangoModelFactory):
    """A workgroup's subject."""

    class Meta:
        model = Topic

    key = factory.Sequence(lambda n: f"workgroup-{n + 1000}")
    label = factory.Sequence(lambda n: f"Workgroup: Theme {n}")
    about = "Its meetings, and what comes of its work."


class RfpFactory(DjangoModelFactory):
    """A published request that is open for two weeks after NOW."""

    class Meta:
        model = Rfp

    title = factory.Sequence(lambda n: f"Request {n}")
    slug = factory.Sequence(lambda n: f"request-{n}")
    summary = "Peer recovery services in **rural** counties."
    official_url = "https://procurement.example.org/posting/1"
    contact = "grants@example.org"
    due_at = NOW + timedelta(days=14)
    published_at = NOW - timedelta(days=1)


class NoticeFactory(DjangoModelFactory):
    """A draft to all levels and to subscribers."""

    class Meta:
        model = Notice

    title = factory.Sequence(lambda n: f"Notice {n}")
    slug = factory.Sequence(lambda n: f"notice-{n}")
    subject = Subject.MEETINGS
    body = "Hello {name},\n\nthe next meeting is **soon**."
    levels = factory.LazyFunction(lambda: list(Level.values))
    drafted_by = factory.SubFactory(MemberFactory)


class ReleasedNoticeFactory(NoticeFactory):
    """On its page and sent."""

    state = NoticeState.SENT
    released_by = factory.SubFactory(MemberFactory)
    scheduled_for = NOW
    released_at = NOW


class DeliveryFactory(DjangoModelFactory):
    """A message that is due: owed an hour ago by the real clock, for the engine asks the database for the time."""

    class Meta:
        model = Delivery

    key = factory.Sequence(lambda n: f"test:{n}")
    address = factory.Sequence(lambda n: f"reader{n}@example.org")
    subject_line = "Hello"
    text = "Hello"
    owed_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    due_at = factory.SelfAttribute("owed_at")
    message_id = factory.Sequence(lambda n: f"<{n}@portal.example>")


class DeliveryEventFactory(DjangoModelFactory):
    class Meta:
        model = DeliveryEvent

    delivery = factory.SubFactory(DeliveryFactory, state="sent", sent_at=NOW)
    kind = EventKind.DELIVERED
    happened_at = NOW
    told_at = NOW
    fingerprint = factory.Sequence(lambda n: f"{n:064}")


class SuppressionFactory(DjangoModelFactory):
    class Meta:
        model = Suppression

    email = factory.Sequence(lambda n: f"stopped{n}@example.org")
    reason = SuppressionReason.ASKED
    since = NOW


class OutreachPartnerFactory(DjangoModelFactory):
    class Meta:
        model = OutreachPartner

    name = factory.Sequence(lambda n: f"Partner {n}")
    kind = PartnerKind.RECOVERY


class MentionFactory(DjangoModelFactory):
    """An article, noted by one of the staff."""

    class Meta:
        model = Mention

    where = factory.Sequence(lambda n: f"The Messenger {n}")
    appeared_on = NOW.date()
    logged_by = factory.SubFactory(StaffFactory)
    logged_at = NOW


class RelayFactory(DjangoModelFactory):
    class Meta:
        model = Relay

    partner = factory.SubFactory(OutreachPartnerFactory)
    code = factory.Sequence(lambda n: f"code{n}")
    page = "/notices/"


# --- meetings -------------------------------------------------------------------------------------------------------


class MeetingFactory(DjangoModelFactory):
    """A published meeting four weeks after NOW, 10 to 12 in Minnesota, in a room and online."""

    class Meta:
        model = Meeting

    title = factory.Sequence(lambda n: f"Meeting {n}")
    slug = factory.Sequence(lambda n: f"meeting-{n}")
    starts_at = NOW + timedelta(days=28)
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + timedelta(hours=2))
    place = "Room 2370, St. Paul"
    join_url = "https://join.example.org/secret-room"
    state = MeetingState.PUBLISHED
    published_at = NOW - timedelta(days=1)
    cancel_reason = factory.LazyAttribute(lambda row: "Snow" if row.state == MeetingState.CANCELLED else "")
    uid = factory.Sequence(lambda n: f"uid-{n}@portal.example")
    checkin_code = factory.Sequence(lambda n: f"CODE{n}")


class SeriesFactory(DjangoModelFactory):
    class Meta:
        model = Series

    title = "Full CoP meeting"
    slug = factory.Sequence(lambda n: f"series-{n}")
    first_on = date(2027, 1, 20)
    starts_at = time(10, 0)
    minutes = 120
    place = "Room 2370, St. Paul"


class WorkgroupFactory(DjangoModelFactory):
    class Meta:
        model = Workgroup

    name = factory.Sequence(lambda n: f"Workgroup {n}")
    slug = factory.Sequence(lambda n: f"workgroup-{n}")


class AgendaItemFactory(DjangoModelFactory):
    class Meta:
        model = AgendaItem

    meeting = factory.SubFactory(MeetingFactory)
    order = factory.Sequence(lambda n: n)
    title = factory.Sequence(lambda n: f"Item {n}")
    minutes = 15


class RsvpFactory(DjangoModelFactory):
    class Meta:
        model = Rsvp

    meeting = factory.SubFactory(MeetingFactory)
    member = factory.SubFactory(MemberFactory)
    answer = Answer.ONLINE
    answered_at = NOW


class AccommodationFactory(DjangoModelFactory):
    class Meta:
        model = Accommodation

    rsvp = factory.SubFactory(RsvpFactory)
    need = "A ramp"
    asked_at = NOW


class AttendanceFactory(DjangoModelFactory):
    """Confirmed by one of the staff, for the whole meeting."""

    class Meta:
        model = Attendance

    meeting = factory.SubFactory(MeetingFactory)
    member = factory.SubFactory(MemberFactory)
    source = AttendanceSource.STAFF
    minutes = 120
    recorded_at = factory.LazyAttribute(lambda row: row.meeting.ends_at)
    recorded_by = factory.SubFactory(StaffFactory)
    confirmed_by = factory.SelfAttribute("recorded_by")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        """With the line of its record, as the actions write it."""
        row = super()._create(model_class, *args, **kwargs)
        write_step(None, row, Written(by=row.recorded_by, at=row.recorded_at))
        return row


class ToolReportFactory(DjangoModelFactory):
    """A report on who was there, to be reviewed."""

    class Meta:
        model = ToolReport

    meeting = factory.SubFactory(MeetingFactory)
    kind = ReportKind.ATTENDANCE
    texts = factory.LazyFunction(lambda: ["Name,Email,Duration\nAda,ada@example.org,60\n"])
    checksum = factory.Sequence(lambda n: f"{n:064d}")
    uploaded_by = factory.SubFactory(StaffFactory)
    uploaded_at = factory.LazyAttribute(lambda row: row.meeting.ends_at)


class ReportPersonFactory(DjangoModelFactory):
    class Meta:
        model = ReportPerson

    report = factory.SubFactory(ToolReportFactory)
    place = factory.Sequence(lambda n: n)
    name = factory.Sequence(lambda n: f"Caller {n}")
    seconds = 3600


class MeetingWorkFactory(DjangoModelFactory):
    class Meta:
        model = MeetingWork

    meeting = factory.SubFactory(MeetingFactory)
    title = factory.Sequence(lambda n: f"Work {n}")
    due_on = date(2027, 2, 10)


class MaterialFactory(DjangoModelFactory):
    class Meta:
        model = Material

    meeting = factory.SubFactory(MeetingFactory)
    title = factory.Sequence(lambda n: f"Paper {n}")
    url = "https://example.org/paper"


class SummaryFactory(DjangoModelFactory):
    class Meta:
        model = Summary

    meeting = factory.SubFactory(MeetingFactory)
    body = "We *agreed* on three gaps."


# --- polls ----------------------------------------------------------------------------------------------------------


class PollFactory(DjangoModelFactory):
    """A draft of one choice without options yet."""

    class Meta:
        model = Poll

    meeting = factory.SubFactory(MeetingFactory)
    kind = PollKind.ONE
    question = factory.Sequence(lambda n: f"Question {n}?")
    code = factory.Sequence(lambda n: f"P{n:05d}")

    class Params:
        # Ballots come only while a poll is open, whoever brings them: ``past`` moves it on afterwards.
        is_taking = factory.Trait(state=PollState.OPEN, secret=b"s" * 32, opened_at=NOW)


def past(poll, state, **changes):
    """The poll with its ballots as they are, closed or published without an action."""
    Poll.objects.filter(pk=poll.pk).update(state=state, secret=None, **changes)
    poll.refresh_from_db()
    return poll


class OptionFactory(DjangoModelFactory):
    class Meta:
        model = Option

    poll = factory.SubFactory(PollFactory)
    order = factory.Sequence(lambda n: n)
    label = factory.Sequence(lambda n: f"Answer {n}")


class BallotFactory(DjangoModelFactory):
    class Meta:
        model = Ballot

    poll = factory.SubFactory(PollFactory, is_taking=True)
    voter_key = factory.Sequence(lambda n: f"{n:064d}")


class ChoiceFactory(DjangoModelFactory):
    class Meta:
        model = Choice

    ballot = factory.SubFactory(BallotFactory)
    option = factory.SubFactory(OptionFactory, poll=factory.SelfAttribute("..ballot.poll"))


class OtherTextFactory(DjangoModelFactory):
    class Meta:
        model = OtherText

    poll = factory.SubFactory(PollFactory, is_taking=True)
    voter_key = factory.Sequence(lambda n: f"{n:064d}")
    text = "A school"


class ReceiptFactory(DjangoModelFactory):
    class Meta:
        model = Receipt

    poll = factory.SubFactory(PollFactory)
    form_key = factory.Sequence(lambda n: f"{n:064d}")


class SavedQuestionFactory(DjangoModelFactory):
    class Meta:
        model = SavedQuestion

    question = factory.Sequence(lambda n: f"Saved question {n}?")


class PollEventFactory(DjangoModelFactory):
    class Meta:
        model = PollEvent

    poll = factory.SubFactory(PollFactory)
    state = PollState.DRAFT
    actor = factory.SubFactory(StaffFactory)
    at = NOW


class PublishedTableFactory(DjangoModelFactory):
    """A first version that shows nothing yet."""

    class Meta:
        model = PublishedTable

    poll = factory.SubFactory(PollFactory, state=PollState.PUBLISHED)
    version = 1
    shown = factory.LazyFunction(dict)
    published_by = factory.SubFactory(StaffFactory)
    published_at = NOW


class SpeakerRequestFactory(DjangoModelFactory):
    class Meta:
        model = SpeakerRequest

    meeting = factory.SubFactory(MeetingFactory)
    name = factory.Sequence(lambda n: f"Speaker {n}")
    person_key = factory.Sequence(lambda n: f"{n:064d}")
    asked_at = changed_at = NOW


class CommentFactory(DjangoModelFactory):
    class Meta:
        model = Comment

    meeting = factory.SubFactory(MeetingFactory)
    name = factory.Sequence(lambda n: f"Speaker {n}")
    text = "The last bus leaves at six."
    person_key = factory.Sequence(lambda n: f"{n:064d}")
    form_key = factory.LazyFunction(uuid.uuid4)
    sent_at = NOW


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = Question

    meeting = factory.SubFactory(MeetingFactory)
    text = factory.Sequence(lambda n: f"Why {n}?")
    person_key = factory.Sequence(lambda n: f"{n:064d}")
    form_key = factory.LazyFunction(uuid.uuid4)
    asked_at = NOW


# --- stipends -------------------------------------------------------------------------------------------------------


class StipendPolicyFactory(DjangoModelFactory):
    class Meta:
        model = StipendPolicy

    starts_on = date(2026, 1, 1)
    funding = "SUD-2027"


class TaxThresholdFactory(DjangoModelFactory):
    class Meta:
        model = TaxThreshold

    year = 2026
    amount = "2000.00"


class BudgetFactory(DjangoModelFactory):
    class Meta:
        model = Budget

    year = 2027
    amount = "1000.00"
    decided_on = date(2026, 6, 1)


class EnrollmentFactory(DjangoModelFactory):
    class Meta:
        model = Enrollment

    member = factory.SubFactory(MemberFactory)
    consent = factory.LazyAttribute(
        lambda row: Consent.objects.create(
            member=row.member,
            notice=ConsentNotice.objects.in_force(NoticeKey.STIPEND) or ConsentNoticeFactory(key=NoticeKey.STIPEND),
            given_at=row.attested_at,
        )
    )
    attested_at = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
    supplier_number = factory.Sequence(lambda n: f"00{n:08d}")


class PaymentBatchFactory(DjangoModelFactory):
    class Meta:
        model = PaymentBatch

    opened_by = factory.SubFactory(StaffFactory)
    opened_at = NOW


class ClaimFactory(DjangoModelFactory):
    class Meta:
        model = Claim

    member = factory.SubFactory(MemberFactory)
    meeting = factory.SubFactory(MeetingFactory)
    meeting_on = factory.LazyAttribute(lambda row: row.meeting.held_on)
    policy = factory.LazyFunction(lambda: StipendPolicy.objects.first() or StipendPolicyFactory())
    once_per = Per.DATE
    cap = amount = Decimal("55.00")
    attested_at = submitted_at = NOW
