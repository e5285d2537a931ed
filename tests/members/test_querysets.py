from datetime import date

import pytest
from allauth.account.models import EmailAddress

from members.models import Member, ParticipantCategory
from tests.factories import MemberFactory, MembershipPeriodFactory, ParticipantCategoryFactory, StaffFactory

pytestmark = pytest.mark.django_db
DAY = date(2027, 1, 20)


def test_active_leaves_out_the_closed_and_those_who_never_confirmed_their_address():
    confirmed, unconfirmed, entered = MemberFactory(), MemberFactory(), MemberFactory(email=None)
    MemberFactory(is_active=False)
    EmailAddress.objects.create(user=confirmed, email=confirmed.email, primary=True, verified=True)
    EmailAddress.objects.create(user=unconfirmed, email=unconfirmed.email, primary=True, verified=False)

    assert set(Member.objects.active()) == {confirmed, entered}


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "held"),
    [
        pytest.param(date(2026, 1, 1), None, True, id="open"),
        pytest.param(DAY, None, True, id="begins today"),
        pytest.param(date(2027, 1, 21), None, False, id="begins tomorrow"),
        pytest.param(date(2026, 1, 1), DAY, False, id="ended today"),
        pytest.param(date(2026, 1, 1), date(2027, 1, 21), True, id="ends tomorrow"),
        pytest.param(DAY, DAY, False, id="held on no day"),
    ],
)
def test_a_level_holds_from_its_first_day_until_before_its_last(starts_on, ends_on, held):
    member = MembershipPeriodFactory(level="full", starts_on=starts_on, ends_on=ends_on).member

    assert member.level_on(DAY) == ("full" if held else None)
    assert Member.objects.at_level(["full"], DAY).exists() is held
    assert Member.objects.with_level(DAY).get().level_then == ("full" if held else None)
    assert Member.objects.without_level(DAY).exists() is not held


def test_staff_and_facilitators_are_not_missed_for_having_no_level():
    StaffFactory()
    MemberFactory(is_facilitator=True)

    assert not Member.objects.without_level(DAY).exists()


def test_categories_in_force_come_in_their_order():
    second, first = ParticipantCategoryFactory(order=2), ParticipantCategoryFactory(order=1)
    ParticipantCategoryFactory(order=0, starts_on=date(2027, 1, 21))
    ParticipantCategoryFactory(order=3, ends_on=DAY)

    assert list(ParticipantCategory.objects.in_force(DAY)) == [first, second]
