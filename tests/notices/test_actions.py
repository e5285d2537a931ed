from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import DatabaseError, transaction

from cop_portal.errors import Refused
from members.enums import Level
from notices import actions, tasks
from notices.audience import addressees
from notices.enums import DeliveryState, Frequency, NoticeState, RfpUpdateKind, Subject, SuppressionReason
from notices.models import Delivery, DigestRun, Notice, Subscriber, Subscription, Suppression
from tests.factories import (
    DeliveryFactory,
    MemberFactory,
    MembershipPeriodFactory,
    NoticeFactory,
    ReleasedNoticeFactory,
    RfpFactory,
    SubscriberFactory,
    SubscriptionFactory,
    SuppressionFactory,
)

pytestmark = pytest.mark.django_db


def member(level=Level.FULL, **fields):
    return MembershipPeriodFactory(level=level, member=MemberFactory(**fields)).member


# --- release --------------------------------------------------------------------------------------------------------


def test_released_by_somebody_else_goes_out_when_its_time_has_come(now):
    notice, reader, sender = NoticeFactory(), member(), MemberFactory()

    actions.release(notice, by=sender, at=now + timedelta(hours=1), now=now)
    notice.refresh_from_db()
    assert (notice.state, notice.released_by, notice.released_at) == (NoticeState.SCHEDULED, sender, None)
    assert list(Notice.objects.to_start(now)) == []
    assert list(Notice.objects.public()) == []

    later = now + timedelta(hours=1)
    assert actions.start_sending(notice, now=later) == 1
    [row] = Delivery.objects.all()
    assert (row.address, row.member, row.unsubscribe_from, row.priority) == (reader.email, reader, "meetings", 9)
    assert row.subscriber == reader.subscriber
    assert list(Notice.objects.public()) == [notice]
    assert actions.close_finished() == 0
    Delivery.objects.update(state=DeliveryState.SENT, sent_at=later)
    assert actions.close_finished() == 1


@pytest.mark.parametrize("code", ["own_draft", "not_a_draft", "too_late", "nobody", "rfp_not_public", "rfp_later"])
def test_release_is_refused_and_leaves_nothing_behind(now, code):
    notice, by, at = NoticeFactory(), MemberFactory(), None
    if code == "own_draft":
        by = notice.drafted_by
    elif code == "not_a_draft":
        notice = ReleasedNoticeFactory()
    elif code == "too_late":
        at = now - timedelta(minutes=1)
    elif code == "nobody":
        Notice.objects.update(levels=[], to_subscribers=False)
    elif code == "rfp_not_public":
        Notice.objects.update(rfp=RfpFactory(published_at=None))
    else:
        Notice.objects.update(rfp=RfpFactory(published_at=now + timedelta(days=1)))
    before = Notice.objects.values().get(pk=notice.pk)

    with pytest.raises(Refused) as refusal:
        actions.release(notice, by=by, at=at, now=now)
    assert refusal.value.code == code.replace("rfp_later", "rfp_not_public")
    assert Notice.objects.values().get(pk=notice.pk) == before


def test_the_database_itself_knows_that_author_and_releaser_differ(now):
    notice = NoticeFactory()

    with pytest.raises(DatabaseError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(released_by=notice.drafted_by, state="sent", scheduled_for=now)


def test_the_words_of_a_released_notice_stand():
    notice = ReleasedNoticeFactory()

    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(body="Something else")
    with pytest.raises(Refused) as refusal:
        actions.save_draft(notice, by=MemberFactory())
    assert refusal.value.code == "not_a_draft"


def test_whoever_wrote_last_is_the_author():
    notice, second = NoticeFactory(), MemberFactory()

    assert actions.save_draft(notice, by=second).drafted_by == second


@pytest.mark.parametrize(("change", "code"), [({"state": "draft"}, "not_scheduled"), ({}, "not_yet")])
def test_sending_is_not_started_before_its_time(now, change, code):
    notice = NoticeFactory(state="scheduled", released_by=MemberFactory(), scheduled_for=now + timedelta(minutes=1))
    Notice.objects.filter(pk=notice.pk).update(**change)

    with pytest.raises(Refused) as refusal:
        actions.start_sending(notice, now=now)
    assert refusal.value.code == code
    assert not Delivery.objects.exists()


def test_tasks_may_run_twice(now):
    SubscriptionFactory()
    NoticeFactory(state="scheduled", released_by=MemberFactory(), scheduled_for=datetime(2026, 1, 1, tzinfo=UTC))

    for _ in range(2):
        tasks.release_scheduled()
    assert Delivery.objects.count() == 1
    for _ in range(2):
        tasks.deliver_due()
    assert Notice.objects.get().state == NoticeState.SENT


def test_a_notice_that_somebody_else_took_is_no_error(monkeypatch, caplog):
    NoticeFactory(state="scheduled", released_by=MemberFactory(), scheduled_for=datetime(2026, 1, 1, tzinfo=UTC))

    def quicker(notice, *, now):
        raise Refused("Somebody was quicker.", code="not_scheduled")

    monkeypatch.setattr(actions, "start_sending", quicker)
    with caplog.at_level("INFO"):
        tasks.release_scheduled()
    assert "was not started: not_scheduled" in caplog.text
    tasks.owe_period_digests()


def test_a_notice_for_a_thousand_and_more_takes_a_statement_per_thousand(now, django_assert_max_num_queries):
    Subscriber.objects.bulk_create(
        Subscriber(email=f"s{n}@example.org", token=str(n), confirmed_at=now) for n in range(2500)
    )
    Subscription.objects.bulk_create(
        Subscription(subscriber=row, subject=Subject.MEETINGS, since=now) for row in Subscriber.objects.all()
    )
    notice = NoticeFactory(state="scheduled", released_by=MemberFactory(), scheduled_for=now)

    # SQLite puts fewer rows into one statement than PostgreSQL does; either way not one per address
    with django_assert_max_num_queries(90):
        assert actions.start_sending(notice, now=now) == 2500


def test_cancelling_stops_what_is_not_handed_over(now):
    notice = NoticeFactory(state="sending", released_by=MemberFactory(), scheduled_for=now)
    states = {"queued": {}, "claimed": {"lease_until": now}, "handing": {"lease_until": now}, "sent": {"sent_at": now}}
    rows = {state: DeliveryFactory(notice=notice, state=state, **more) for state, more in states.items()}

    assert actions.cancel(notice, by=MemberFactory(), now=now) == 2
    for row in rows.values():
        row.refresh_from_db()
    assert {state: row.state for state, row in rows.items()} == {
        "queued": "cancelled", "claimed": "cancelled", "handing": "handing", "sent": "sent",
    }  # fmt: skip
    with pytest.raises(Refused) as refusal:
        actions.cancel(notice, by=MemberFactory(), now=now)
    assert refusal.value.code == "not_open"


def test_a_test_goes_to_the_one_who_asks_alone(now):
    SubscriptionFactory()
    asking = MemberFactory(name="<b>Ana</b>")
    row = actions.send_test(NoticeFactory(), to=asking, now=now)

    assert [delivery.address for delivery in Delivery.objects.all()] == [asking.email]
    assert row.subject_line.startswith("[Test] ")
    assert "Hello <b>Ana</b>" in row.text
    assert "Hello &lt;b&gt;Ana&lt;/b&gt;" in row.html
    assert "unsubscribe" not in row.text + row.html
    with pytest.raises(Refused) as refusal:
        actions.send_test(NoticeFactory(), to=MemberFactory(email=None), now=now)
    assert refusal.value.code == "no_address"


def test_a_test_says_all_that_the_mail_will_say(now):
    first = ReleasedNoticeFactory(title="Winter hours")
    notice = NoticeFactory(corrects=first, version=2, page="/meetings/", what_changed="Room B.", body="A\n\n\n\nB")
    row = actions.send_test(notice, to=MemberFactory(), now=now)

    for part in (row.text, row.html):
        assert "This is a test, sent to you alone." in part
        assert "Winter hours" in part
        assert "Room B." in part
        assert settings.PUBLIC_URL + "/meetings/" in part
        assert settings.PUBLIC_URL + notice.get_absolute_url() in part
    assert "A\n\nB" in row.text
    assert "\n\n\n" not in row.text


# --- audience -------------------------------------------------------------------------------------------------------


def test_audience_says_who_gets_it_and_why_others_do_not(now):
    notice = NoticeFactory(levels=[Level.FULL, Level.SPECIALTY])
    default = member(name="default")
    off = member(name="off")
    actions.save_preferences(actions.subscriber_for(off, now), choices={}, now=now)
    daily = member(Level.SPECIALTY, name="daily")
    actions.save_preferences(actions.subscriber_for(daily, now), choices={"meetings": Frequency.DAILY}, now=now)
    member(name="without", email=None)
    unverified = member(name="unverified")
    EmailAddress.objects.create(user=unverified, email=unverified.email, verified=False, primary=True)
    stopped = member(name="stopped")
    SuppressionFactory(email=stopped.email.upper(), reason=SuppressionReason.COMPLAINT)
    member(Level.PUBLIC, name="other level")
    member(name="inactive", is_active=False)
    SubscriptionFactory(subscriber=SubscriberFactory(email=default.email))
    outside = SubscriptionFactory(subscriber=SubscriberFactory(email="outside@example.org")).subscriber
    SubscriptionFactory(subscriber=SubscriberFactory(confirmed_at=None))
    SubscriptionFactory(subscriber=SubscriberFactory(), subject=Subject.RFPS)

    people = list(addressees(notice, now.date()))
    assert {(person.name or person.address): person.skipped for person in people[:-2]} == {
        "default": "",
        "off": "has switched this subject off",
        "daily": "gets it in the daily digest",
        "without": "has no e-mail address; is told by phone or letter",
        "unverified": "has not confirmed the address yet",
        "stopped": "stopped address: marked as unwanted mail",
    }
    assert [(person.address, person.skipped) for person in people[-2:]] == [
        (default.email, "is on the list already"), (outside.email, ""),
    ]  # fmt: skip


def test_audience_costs_the_same_for_one_as_for_thirty(now, django_assert_num_queries):
    notice = NoticeFactory()
    for _ in range(30):
        member()
        SubscriptionFactory()
    with django_assert_num_queries(3):
        assert len(list(addressees(notice, now.date()))) == 60


# --- subscriptions --------------------------------------------------------------------------------------------------


def chosen(subscriber):
    return dict(subscriber.subscriptions.values_list("subject", "frequency"))


def test_a_member_starts_with_everything_on_and_keeps_what_was_chosen(now):
    person = MemberFactory()
    first = actions.subscriber_for(person, now)
    assert chosen(first) == dict.fromkeys(Subject.values, "at_once")

    actions.save_preferences(first, choices={"rfps": "weekly"}, now=now)
    again = actions.subscriber_for(person, now)
    assert (again, again.token, chosen(again)) == (first, first.token, {"rfps": "weekly"})
    assert actions.make_subscribers(now) == 0


def test_saving_preferences_says_what_changed(now):
    subscriber = actions.subscriber_for(MemberFactory(), now)
    choices = {"meetings": "at_once", "rfps": "daily", "resources": "", "digest": "at_once"}

    assert actions.save_preferences(subscriber, choices=choices, now=now) == [
        "Requests for proposals: once a day, if there is something new.",
        "Reports and resources: you get nothing any more.",
    ]
    assert actions.save_preferences(subscriber, choices=choices, now=now) == []
    assert actions.save_preferences(subscriber, choices={**choices, "resources": "weekly"}, now=now) == [
        "Reports and resources: once a week, if there is something new."
    ]


def test_unsubscribing_stops_one_subject_in_every_row_of_the_address(now):
    person = MemberFactory()
    own = actions.subscriber_for(person, now)
    older = SubscriptionFactory(subscriber=SubscriberFactory(email=person.email.upper())).subscriber
    owed = DeliveryFactory(subscriber=older, unsubscribe_from=Subject.MEETINGS)
    other = DeliveryFactory(subscriber=own, unsubscribe_from=Subject.RFPS)
    personal = DeliveryFactory(subscriber=own)

    assert actions.unsubscribe(own, subject=Subject.MEETINGS, now=now) is True
    assert actions.unsubscribe(own, subject=Subject.MEETINGS, now=now) is False
    assert Subject.MEETINGS not in chosen(own)
    assert set(chosen(own)) == {"rfps", "resources", "digest"}
    assert chosen(older) == {}
    states = {row.pk: row.state for row in Delivery.objects.all()}
    assert states == {owed.pk: "cancelled", other.pk: "queued", personal.pk: "queued"}


def test_unsubscribing_a_member_without_an_address_stops_nobody_else(now):
    own, other = (actions.subscriber_for(MemberFactory(email=None), now) for _ in range(2))

    assert actions.unsubscribe(own, subject=Subject.MEETINGS, now=now) is True
    assert (Subject.MEETINGS in chosen(own), Subject.MEETINGS in chosen(other)) == (False, True)


def test_confirming_twice_is_once_and_keeps_other_choices(now):
    SuppressionFactory(email="a@example.org")
    for _ in range(2):
        subscriber = actions.confirm_subscription("A@example.org", subjects=["meetings"], now=now)
    assert Subscriber.objects.get() == subscriber
    assert chosen(subscriber) == {"meetings": "at_once"}
    assert not Suppression.objects.standing().exists()

    actions.confirm_subscription("a@example.org", subjects=["rfps"], now=now)
    assert chosen(subscriber) == {"meetings": "at_once", "rfps": "at_once"}


def test_confirming_a_members_address_is_the_member(now):
    person = MemberFactory(email="a@example.org")

    assert actions.confirm_subscription("A@example.org", subjects=["rfps"], now=now).member == person


# --- requests for proposals -----------------------------------------------------------------------------------------


def test_publishing_a_request_drafts_its_notice(now):
    author = MemberFactory()
    rfp = RfpFactory(published_at=None, due_at=datetime(2027, 7, 1, 21, 30, tzinfo=UTC))
    notice = actions.publish_rfp(rfp, by=author, now=now)

    assert (notice.state, notice.drafted_by, notice.subject, notice.page) == (
        NoticeState.DRAFT, author, Subject.RFPS, rfp.get_absolute_url(),
    )  # fmt: skip
    assert "- Proposals due: Thursday, July 1, 2027 at 4:30 p.m. CDT (America/Chicago)\n" in notice.body
    with pytest.raises(Refused) as refusal:
        actions.publish_rfp(rfp, by=author, now=now)
    assert refusal.value.code == "published"
    assert Notice.objects.count() == 1


def test_two_drafts_never_share_an_address(now):
    author = MemberFactory()
    for title in ("Same title", "Same title"):
        actions.publish_rfp(RfpFactory(title=title, published_at=None), by=author, now=now)

    assert set(Notice.objects.values_list("slug", flat=True)) == {
        "request-for-proposals-same-title", "request-for-proposals-same-title-2",
    }  # fmt: skip


def test_updates_are_numbered_in_their_kind_and_stay(now):
    rfp, author = RfpFactory(), MemberFactory()
    kinds = [RfpUpdateKind.QUESTIONS, RfpUpdateKind.QUESTIONS, RfpUpdateKind.ADDENDUM]
    updates = [
        actions.add_update(rfp, kind=kind, body=f"Answer {n}", by=author, now=now) for n, kind in enumerate(kinds)
    ]

    assert [update.number for update in updates] == [1, 2, 1]
    assert Notice.objects.filter(rfp=rfp, state=NoticeState.DRAFT).count() == 3
    updates[0].body = "Another answer"
    with pytest.raises(DatabaseError), transaction.atomic():
        updates[0].save()
    with pytest.raises(Refused) as refusal:
        actions.add_update(RfpFactory(published_at=None), kind=RfpUpdateKind.AWARD, body="x", by=author, now=now)
    assert refusal.value.code == "not_published"


# --- digests --------------------------------------------------------------------------------------------------------

MORNING = datetime(2027, 1, 20, 14, 30, tzinfo=UTC)  # Wednesday, 8:30 in Minnesota
DAY = timedelta(days=1)


def daily(**changes):
    return SubscriptionFactory(frequency=Frequency.DAILY, since=MORNING - 9 * DAY, **changes)


def keys():
    return sorted(Delivery.objects.values_list("key", flat=True))


def test_a_digest_tells_what_is_new_once():
    reader = daily()
    ReleasedNoticeFactory(title="New one", released_at=MORNING - timedelta(hours=3))
    ReleasedNoticeFactory(title="After eight", released_at=MORNING - timedelta(minutes=10))
    ReleasedNoticeFactory(title="Other subject", subject=Subject.RFPS, released_at=MORNING - timedelta(hours=3))
    ReleasedNoticeFactory(title="Not for subscribers", to_subscribers=False, released_at=MORNING - timedelta(hours=3))
    ReleasedNoticeFactory(title="For a few", audience={"workgroup": ["1"]}, released_at=MORNING - timedelta(hours=3))
    NoticeFactory(title="Draft")

    assert actions.owe_period_digests(MORNING) == 1
    assert actions.owe_period_digests(MORNING + timedelta(minutes=5)) == 0
    [row] = Delivery.objects.all()
    assert (row.key, row.address, row.unsubscribe_from) == (
        "digest:daily:2027-01-20:meetings", reader.subscriber.email, "meetings",
    )  # fmt: skip
    assert "New one" in row.text
    assert not any(
        title in row.text for title in ("After eight", "Other subject", "Draft", "Not for subscribers", "For a few")
    )
    assert reader.subscriber.token in row.text


def test_nothing_new_is_nothing_sent():
    daily()
    ReleasedNoticeFactory(released_at=MORNING - 20 * DAY)

    assert actions.owe_period_digests(MORNING) == 0
    assert keys() == []


def test_a_digest_that_was_missed_is_caught_up():
    daily()
    actions.owe_period_digests(MORNING)
    ReleasedNoticeFactory(released_at=MORNING + timedelta(hours=1))

    assert actions.owe_period_digests(MORNING + 3 * DAY) == 1  # the worker was away for two days
    assert actions.owe_period_digests(MORNING + 4 * DAY) == 0
    assert keys() == ["digest:daily:2027-01-23:meetings"]


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        (datetime(2027, 1, 20, 14, 10, tzinfo=UTC), datetime(2027, 1, 19, 14, tzinfo=UTC)),  # eight has just struck
        (datetime(2027, 1, 20, 14, 15, tzinfo=UTC), datetime(2027, 1, 20, 14, tzinfo=UTC)),
        (datetime(2027, 3, 14, 13, 30, tzinfo=UTC), datetime(2027, 3, 14, 13, tzinfo=UTC)),  # summer time began
        (datetime(2027, 11, 7, 13, 30, tzinfo=UTC), datetime(2027, 11, 6, 13, tzinfo=UTC)),  # and ended: 7:30
    ],
)
def test_digests_keep_to_eight_in_the_morning(moment, until):
    actions.owe_period_digests(moment)

    assert DigestRun.objects.get(kind=Frequency.DAILY).until == until


def test_a_weekly_digest_comes_on_monday():
    SubscriptionFactory(frequency=Frequency.WEEKLY, since=MORNING - 9 * DAY)
    ReleasedNoticeFactory(released_at=MORNING - 2 * DAY - timedelta(hours=1))

    assert actions.owe_period_digests(MORNING) == 1
    assert keys() == ["digest:weekly:2027-01-18:meetings"]


def test_members_hear_in_a_digest_of_what_is_meant_for_their_level():
    for level in (Level.FULL, Level.PUBLIC):
        daily(subscriber=SubscriberFactory(email="", member=member(level, name=level)))
    ReleasedNoticeFactory(levels=[Level.FULL], released_at=MORNING - timedelta(hours=3))

    assert actions.owe_period_digests(MORNING) == 1
    assert Delivery.objects.get().member.name == Level.FULL
    assert "Hello full," in Delivery.objects.get().text


def test_a_suppressed_or_unconfirmed_address_gets_no_digest():
    SuppressionFactory(email=daily().subscriber.email)
    daily(subscriber=SubscriberFactory(confirmed_at=None))
    ReleasedNoticeFactory(released_at=MORNING - timedelta(hours=3))

    assert actions.owe_period_digests(MORNING) == 0


def test_a_change_of_rhythm_neither_repeats_nor_leaves_out():
    subscription = SubscriptionFactory(since=MORNING - 9 * DAY)
    ReleasedNoticeFactory(title="Had at once", released_at=MORNING - timedelta(hours=5))
    change = {"choices": {"meetings": "daily"}, "now": MORNING - timedelta(hours=4)}
    actions.save_preferences(subscription.subscriber, **change)
    ReleasedNoticeFactory(title="Had not yet", released_at=MORNING - timedelta(hours=3))

    actions.owe_period_digests(MORNING)
    text = Delivery.objects.get().text
    assert "Had not yet" in text
    assert "Had at once" not in text


def test_digests_cost_the_same_for_one_as_for_thirty(django_assert_num_queries):
    for _ in range(30):
        daily()
    ReleasedNoticeFactory(released_at=MORNING - timedelta(hours=3))
    with django_assert_num_queries(31):
        assert actions.owe_period_digests(MORNING) == 30
