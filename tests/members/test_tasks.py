from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.utils import timezone

from members import tasks
from members.actions import refer
from members.enums import ReferralState
from members.models import Member, Referral
from privacy.tasks import forget_what_expired
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def test_the_clock_forgets_what_its_time_is_over_for():
    now = timezone.now()
    refer(MemberFactory(), email="old@example.org", names_referrer=False, now=now - timedelta(days=31))
    waiting = MemberFactory(joined_at=now - timedelta(days=8))
    EmailAddress.objects.create(user=waiting, email=waiting.email, primary=True, verified=False)
    Session.objects.create(session_key="old", session_data="", expire_date=now - timedelta(days=1))

    for _ in range(2):
        tasks.forget_unanswered_referrals()
        tasks.forget_unconfirmed()
        forget_what_expired()

    assert Referral.objects.get().state == ReferralState.FORGOTTEN
    assert not Member.objects.filter(pk=waiting.pk).exists()
    assert not Session.objects.exists()
