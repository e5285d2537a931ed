"""Minimal valid rows, one factory for each model, no surprises. Each app keeps to its own section."""

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from members.enums import Level
from members.models import Member, MembershipPeriod, ParticipantCategory
from privacy.enums import NoticeKey, RequestKind
from privacy.models import Consent, ConsentNotice, DataRequest
from stipends.models import Enrollment, PaymentBatch, StipendPolicy, TaxThreshold

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


# --- privacy --------------------------------------------------------------------------------------------------------


class ConsentNoticeFactory(DjangoModelFactory):
    """The membership notice, published and in force."""

    class Meta:
        model = ConsentNotice

    key = NoticeKey.MEMBERSHIP
    version = factory.Sequence(lambda n: n + 1)
    why = "To run the community."
    use = "To invite you and to count who took part."
    may_refuse = "You may refuse."
    if_given = "You are a member."
    if_refused = "You can still come to public meetings."
    recipients = "Staff, and whoever a court order or the legislative or state auditor lets see it."
    published_at = NOW


class DataRequestFactory(DjangoModelFactory):
    class Meta:
        model = DataRequest

    member = factory.SubFactory(MemberFactory)
    kind = RequestKind.ACCESS
    requested_at = NOW
    due_on = date(2027, 2, 3)


# --- notices --------------------------------------------------------------------------------------------------------

# --- meetings -------------------------------------------------------------------------------------------------------

# --- polls ----------------------------------------------------------------------------------------------------------

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
