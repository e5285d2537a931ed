"""Subjects as rows: a workgroup that staff add is one, and can be chosen, written about and left like the others."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from meetings import actions as meetings
from meetings.models import Workgroup
from members.enums import Level
from notices import actions, tokens
from notices.audience import addressees
from notices.enums import Frequency, Subject
from notices.forms import NoticeForm, PreferencesForm, SubscribeForm
from notices.models import Delivery, Subscription, Topic
from privacy.enums import NoticeKey
from tests.factories import (
    ConsentNoticeFactory,
    DeliveryFactory,
    MemberFactory,
    MembershipPeriodFactory,
    NoticeFactory,
    ReleasedNoticeFactory,
    StaffFactory,
    SubscriptionFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return meetings.save_workgroup(Workgroup(name="Housing", slug="housing"))


def chosen(member):
    return dict(Subscription.objects.filter(subscriber__member=member).values_list("subject", "frequency"))


def specialist():
    return MembershipPeriodFactory(level=Level.SPECIALTY).member


def test_a_workgroup_is_a_subject_and_its_new_name_is_the_subjects(group, sign_in):
    assert Topic.objects.labels() == {**dict(Subject.choices), group.subject: "Workgroup: Housing"}

    staff = sign_in(StaffFactory(is_superuser=True))
    page = reverse("admin:meetings_workgroup_change", args=[group.pk])
    staff.post(page, {"name": "Homes", "slug": "housing", "purpose": ""})
    staff.post(reverse("admin:meetings_workgroup_add"), {"name": "Rural care", "slug": "rural", "purpose": ""})
    assert list(Topic.objects.values_list("label", flat=True)) == ["Workgroup: Homes", "Workgroup: Rural care"]
    for form in (PreferencesForm(), SubscribeForm(), NoticeForm()):
        assert "Workgroup: Homes" in str(form)


def test_joining_a_workgroup_is_hearing_about_it_and_leaving_ends_both(group, now):
    ana = specialist()
    meetings.join_workgroup(group, member=ana, now=now)
    assert chosen(ana) == dict.fromkeys([*Subject.values, group.subject], Frequency.AT_ONCE)

    actions.save_preferences(ana.subscriber, choices={group.subject: Frequency.WEEKLY}, now=now)
    meetings.join_workgroup(group, member=ana, now=now)
    assert chosen(ana) == {group.subject: Frequency.WEEKLY}
    actions.unsubscribe(ana.subscriber, subject=group.subject, now=now)
    meetings.join_workgroup(group, member=ana, now=now)  # a second click on "join" undoes no choice
    assert chosen(ana) == {}
    for _ in range(2):
        meetings.leave_workgroup(group, member=ana, now=now)
    assert chosen(ana) == {}


def test_a_notice_about_a_workgroup_goes_to_whoever_chose_it(group, now):
    inside, outside = specialist(), specialist()  # who never chose has the fixed subjects on, and no workgroup
    meetings.join_workgroup(group, member=inside, now=now)
    reader = SubscriptionFactory(subject=group.subject).subscriber
    notice = NoticeFactory(subject=group.subject)

    assert {(one.address, one.skipped) for one in addressees(notice, now.date())} == {
        (inside.email, ""), (reader.email, ""), (outside.email, "has switched this subject off"),
    }  # fmt: skip


def test_one_click_leaves_one_workgroup(client, now):
    one, other = TopicFactory(), TopicFactory()
    row = SubscriptionFactory(subject=one.key)
    SubscriptionFactory(subscriber=row.subscriber, subject=other.key)
    owed = DeliveryFactory(subscriber=row.subscriber, unsubscribe_from=one.key)
    link = tokens.unsubscribe_url(row.subscriber.pk, one.key)

    assert f"Stop notices about “{one.label}”?" in client.get(link).content.decode()
    client.head(link)
    assert Subscription.objects.count() == 2
    for _ in range(2):
        assert client.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscription.objects.get().subject == other.key
    assert Delivery.objects.get(pk=owed.pk).state == "cancelled"


def test_confirming_knows_only_subjects_there_are(now):
    topic = TopicFactory()
    subscriber = actions.confirm_subscription("a@example.org", subjects=[topic.key, "workgroup-9"], now=now)

    assert list(subscriber.subscriptions.values_list("subject", flat=True)) == [topic.key]
    with pytest.raises(IntegrityError), transaction.atomic():
        SubscriptionFactory(subject="weather")


def test_a_wish_for_everything_fits_into_its_key(now):
    """However many workgroups there are: PostgreSQL takes no more than the column holds."""
    guest = ConsentNoticeFactory(key=NoticeKey.GUEST)
    topics = [topic.key for topic in TopicFactory.create_batch(30)]

    row, again, other = (
        actions.ask_to_confirm("a@example.org", subjects=wanted, notice_id=guest.pk, now=now)
        for wanted in (topics, topics[::-1], topics[:-1])
    )
    assert len(row.key) <= row._meta.get_field("key").max_length
    assert (row == again, row == other) == (True, False)


def test_the_archive_names_workgroups_in_the_queries_it_had(client, django_assert_num_queries):
    topic = TopicFactory()
    ReleasedNoticeFactory.create_batch(3, subject=topic.key)
    with django_assert_num_queries(3):
        page = client.get("/notices/", {"about": topic.key}).content.decode()

    assert page.count(topic.label) == 5  # each notice, the filter, and the feed


def test_a_member_who_never_chose_sees_workgroups_off(sign_in):
    topic = TopicFactory()
    form = sign_in(MemberFactory()).get(reverse("notices:my_preferences")).context["form"]

    assert form.initial == {**dict.fromkeys(Subject.values, "at_once"), topic.key: "off"}
