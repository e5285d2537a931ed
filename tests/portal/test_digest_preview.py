"""Tomorrow's digests before they are owed: who gets what, as the engine will do it, and every look recorded."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from meetings import actions as actions_of_meetings
from members.enums import StaffGroup
from notices import actions
from notices.enums import Frequency, Subject
from notices.models import Delivery, DigestRun, Subscription
from privacy.models import SensitiveView, ShownPerson
from tests.factories import (
    MeetingFactory,
    MembershipPeriodFactory,
    ReleasedNoticeFactory,
    StaffFactory,
    SubscriberFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender(sign_in):
    from django.contrib.auth.models import Group
    from django.core.management import call_command

    call_command("setup_portal", verbosity=0)
    staff = StaffFactory()
    staff.groups.add(Group.objects.get(name=StaffGroup.NOTICE_SENDER))
    return sign_in(staff)


@pytest.fixture
def ana():
    """Due tomorrow: a week before a meeting, and what is new, daily."""
    moment = timezone.now()
    MeetingFactory(title="Gaps", starts_at=moment + timedelta(days=7, hours=12))
    person = MembershipPeriodFactory(member__name="Ana", member__email="ana@example.org").member
    own = actions.subscriber_for(person, moment - timedelta(days=9))
    own.subscriptions.filter(subject=Subject.MEETINGS).update(frequency=Frequency.DAILY)
    ReleasedNoticeFactory(title="Newest", released_at=moment - timedelta(days=2))
    return person


def test_the_page_says_who_gets_what_and_the_look_is_recorded(sender, ana):
    page = reverse("digests")
    found = {line.digest.title: [reader.name for reader in line.people] for line in sender.get(page).context["lines"]}

    assert found["Daily digest: Meetings"] == ["Ana"]
    assert [names for title, names in found.items() if "Gaps" in title] == [["Ana"]]
    assert not Delivery.objects.exists()
    assert not DigestRun.objects.exists()
    assert SensitiveView.objects.filter(what="who gets tomorrow’s digests").count() == 1
    assert ShownPerson.objects.filter(member=ana).exists()


def test_a_chosen_person_s_mails_are_shown_with_links_that_do_nothing(sender, ana):
    SubscriptionFactory(
        subscriber=SubscriberFactory(), frequency=Frequency.DAILY, since=timezone.now() - timedelta(days=9)
    )
    response = sender.get(reverse("digests"), {"person": "Ana@example.org"})
    mails = response.context["mails"]

    assert len(mails) == 2
    assert {"Newest" in mail.text or "Gaps" in mail.text for mail in mails} == {True}
    own = ana.subscriber
    for mail in mails:
        for part in (mail.text, mail.html):
            assert own.token not in part
            assert "/answer/" not in part
            assert "https://example.org/made-up" in part
    assert SensitiveView.objects.filter(what="tomorrow’s digests of one person", subject=ana).count() == 1
    key = mails[0].digest.key
    html = sender.get(reverse("digests"), {"person": "ana@example.org", "html": key})
    assert html["Content-Security-Policy"].startswith("sandbox")
    assert sender.get(reverse("digests"), {"person": "ana@example.org", "html": "other"}).status_code == 404
    assert sender.get(reverse("digests"), {"person": "nobody@example.org"}).context["mails"] == []


def test_the_preview_is_what_is_then_owed(sender, ana):
    moment = timezone.now()
    [line] = [line for line in sender.get(reverse("digests")).context["lines"] if "Daily" in line.digest.title]

    actions.owe_period_digests(line.digest.due_at + timedelta(minutes=20))
    assert list(Delivery.objects.values_list("key", "address")) == [(line.digest.key, "ana@example.org")]
    assert Subscription.objects.filter(since__gt=moment).exists()


def test_the_page_is_for_those_who_send(sign_in, ana):
    assert sign_in(StaffFactory()).get(reverse("digests")).status_code == 403


def test_what_is_sent_already_is_not_in_the_plan(sender, ana):
    actions_of_meetings.owe_digests(now=timezone.now())
    MeetingFactory(title="Soon", starts_at=timezone.now() + timedelta(days=3))
    actions_of_meetings.owe_digests(now=timezone.now())

    titles = [line.digest.title for line in sender.get(reverse("digests")).context["lines"]]

    assert [title for title in titles if "Soon" in title] == []
    assert [title for title in titles if "Gaps" in title] != []
