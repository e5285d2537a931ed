from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from members.models import Interest, Member, MembershipPeriod, Referral
from tests.factories import MemberFactory, MembershipPeriodFactory, ParticipantCategoryFactory

pytestmark = pytest.mark.django_db


def test_people_are_found_by_their_address_in_any_case():
    member = Member.objects.create_user("Ada@Example.org", "correct-horse-battery", name="Ada")

    assert Member.objects.get_by_natural_key("ADA@example.org") == member
    assert member.check_password("correct-horse-battery")
    assert (str(member), member.get_full_name(), member.is_staff) == ("Ada", "Ada", False)
    assert Member.objects.create_superuser("root@example.org", "x", name="Root").is_superuser


@pytest.mark.parametrize("email", ["ADA@example.org", "ada@example.org"])
def test_an_address_belongs_to_one_person_in_any_case(email):
    MemberFactory(email="ada@example.org")

    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.create(name="Other", email=email)
    with pytest.raises(ValidationError):
        Member(name="Other", email=email).full_clean()


def test_many_people_may_have_no_address():
    for name in ("Ada", "Bea"):
        member = Member(name=name, email="", password="!")
        member.full_clean()
        member.save()

    assert Member.objects.filter(email=None).count() == 2


def test_nobody_holds_two_levels_at_once():
    member = MembershipPeriodFactory().member

    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipPeriodFactory(member=member, level="public", starts_on=date(2026, 6, 1))


@pytest.mark.parametrize("changes", [{"level": "chief"}, {"ends_on": date(2025, 12, 31)}])
def test_a_level_is_a_known_one_and_ends_after_it_begins(changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipPeriodFactory(**changes)


def test_a_category_ends_after_it_begins():
    with pytest.raises(IntegrityError), transaction.atomic():
        ParticipantCategoryFactory(ends_on=date(2022, 1, 1))


def test_a_forgotten_proposal_keeps_no_address(now):
    row = Referral(referrer=MemberFactory(), email="x@example.org", state="forgotten", created_at=now)

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_rows_name_themselves_without_a_private_thing(now):
    period = MembershipPeriodFactory(level="public")

    assert str(period) == "Public attendee from 2026-01-01"
    assert str(ParticipantCategoryFactory(label="Other")) == str(Interest(label="Other")) == "Other"
    assert str(Referral(email="x@example.org", created_at=now)) == "Referral of 2027-01-20"
    assert MembershipPeriod.objects.on(date(2026, 1, 1)).get() == period
