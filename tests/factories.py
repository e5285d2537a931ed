"""Minimal valid rows, one factory for each model, no surprises. Each app keeps to its own section."""

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from members.enums import Level
from members.models import Member, MembershipPeriod, ParticipantCategory

NOW = datetime(2027, 1, 20, 16, 0, tzinfo=UTC)

# --- members --------------------------------------------------------------------------------------------------------


class MemberFactory(DjangoModelFactory):
    class Meta:
        model = Member

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@example.org")
    joined_at = NOW


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

# --- notices --------------------------------------------------------------------------------------------------------

# --- meetings -------------------------------------------------------------------------------------------------------

# --- polls ----------------------------------------------------------------------------------------------------------

# --- stipends -------------------------------------------------------------------------------------------------------
