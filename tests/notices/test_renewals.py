"""A year of notices: reminded in time, renewed by one tap, ended only after a word, and never a member's."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.enums import Level
from notices import actions, tasks, tokens
from notices.audience import addressees
from notices.enums import Frequency, Subject
from notices.models import Delivery, Subscriber
from tests.factories import (
    MemberFactory,
    MembershipPeriodFactory,
    NoticeFactory,
    SubscriberFactory,
    SubscriptionFactory,
    SuppressionFactory,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def subscribed(last_day, **fields):
    return SubscriptionFactory(subscriber=SubscriberFactory(renew_by=last_day, **fields)).subscriber


def told(template):
    return list(Delivery.objects.filter(key__startswith=f"{template}:").values_list("address", flat=True))


def path_of(url):
    return "/" + url.split("/", 3)[3]


def test_confirming_begins_a_year_and_confirming_again_begins_another(now, settings):
    subscriber = actions.confirm_subscription("a@example.org", subjects=["rfps"], now=now)
    assert Subscriber.objects.get().renew_by == date(2028, 1, 20)

    actions.confirm_subscription("a@example.org", subjects=["rfps"], now=now + 100 * DAY)
    assert Subscriber.objects.get().renew_by == date(2028, 4, 29)
    settings.SUBSCRIPTION_DAYS = 0
    actions.renew(subscriber, now=now)
    assert Subscriber.objects.get().renew_by is None


@pytest.mark.parametrize(("days_left", "reminded"), [(46, False), (45, True), (1, True), (0, True), (-30, True)])
def test_the_reminder_comes_within_its_days_once(now, days_left, reminded):
    reader = subscribed(now.date() + days_left * DAY)

    assert [actions.remind_to_renew(now) for _ in range(2)] == [int(reminded), 0]
    assert told("renew") == ([reader.email] if reminded else [])


def test_the_law_s_sixty_days_are_the_settings_limit(monkeypatch):
    from django.core.exceptions import ImproperlyConfigured

    from cop_portal.environment import env_int

    monkeypatch.setenv("RENEWAL_REMINDER_DAYS", "61")
    with pytest.raises(ImproperlyConfigured, match="at most 60"):
        env_int("RENEWAL_REMINDER_DAYS", default=45, at_least=14, at_most=60)


def test_nobody_is_reminded_who_has_nothing_to_renew(now):
    soon = now.date() + DAY
    SubscriberFactory(renew_by=soon)  # left every subject
    subscribed(soon, confirmed_at=None)
    subscribed(soon, ended_at=now, reminded_at=now)
    subscribed(None)
    subscribed(soon, email=MemberFactory(email="joined@example.org").email.upper())
    SuppressionFactory(email=subscribed(soon).email.upper())
    actions.subscriber_for(MemberFactory(), now)

    assert actions.remind_to_renew(now) == 0
    assert actions.end_unrenewed(now + 400 * DAY) == 0


def test_who_was_told_and_said_nothing_gets_nothing_more_and_is_told_that(now):
    last_day = now.date() + 20 * DAY
    reader = subscribed(last_day)
    actions.remind_to_renew(now)
    [reminder] = Delivery.objects.all()
    assert last_day.strftime("%B %-d, %Y") in reminder.text
    assert tokens.renew_url(reader.pk) in reminder.text
    assert (reminder.unsubscribe_from, reminder.subscriber) == ("", reader)

    assert actions.end_unrenewed(now + 20 * DAY) == 0  # the last day itself counts
    assert [actions.end_unrenewed(now + 21 * DAY) for _ in range(2)] == [1, 0]
    assert told("ended") == [reader.email]
    assert list(addressees(NoticeFactory(), now.date())) == []
    assert reader.subscriptions.count() == 1  # kept, for one tap


def test_whoever_is_told_late_has_two_weeks_to_answer(now):
    """The portal was away for the whole of the window: the end waits for the word, not the other way round."""
    reader = subscribed(now.date() - 40 * DAY)
    assert actions.end_unrenewed(now) == 0

    actions.remind_to_renew(now)
    assert Subscriber.objects.get().renew_by == now.date() + 14 * DAY
    assert actions.end_unrenewed(now + 14 * DAY) == 0
    assert actions.end_unrenewed(now + 15 * DAY) == 1
    assert told("ended") == [reader.email]


def test_renewing_gives_a_year_and_is_asked_again_in_the_next(now):
    reader = subscribed(now.date() + DAY)
    actions.remind_to_renew(now)
    for _ in range(2):
        assert actions.renew(reader, now=now) == date(2028, 1, 20)

    assert actions.end_unrenewed(now + 30 * DAY) == 0
    assert actions.remind_to_renew(now + 350 * DAY) == 1
    assert len(told("renew")) == 2


def test_starting_again_brings_no_year_of_news(now):
    reader = SubscriptionFactory(
        frequency=Frequency.WEEKLY, since=now - 400 * DAY,
        subscriber=SubscriberFactory(renew_by=now.date() - DAY, reminded_at=now, ended_at=now),
    ).subscriber  # fmt: skip

    actions.renew(reader, now=now)
    assert reader.subscriptions.get().since == now
    assert list(Subscriber.objects.reachable()) == [reader]


def test_a_new_wish_does_not_bring_back_what_had_ended(now):
    reader = subscribed(now.date(), reminded_at=now, ended_at=now)
    actions.confirm_subscription(reader.email, subjects=["rfps"], now=now)

    assert list(reader.subscriptions.values_list("subject", flat=True)) == ["rfps"]


def test_a_member_s_has_no_last_day(now):
    own = actions.subscriber_for(MemberFactory(), now)

    assert actions.renew(own, now=now) is None
    own.refresh_from_db()
    assert (own.renew_by, own.ended_at) == (None, None)


@pytest.mark.parametrize("ended", [False, True], ids=["running", "ended"])
def test_the_link_renews_by_post_alone_without_cookie_or_redirect(ended, now):
    moment = timezone.now()
    reader = subscribed(date(2027, 1, 1), reminded_at=moment, ended_at=moment if ended else None)
    client, link = Client(enforce_csrf_checks=True), path_of(tokens.renew_url(reader.pk))
    before = Subscriber.objects.values().get()
    for look in (client.get, client.head):
        assert look(link).status_code == 200
    assert Subscriber.objects.values().get() == before

    for _ in range(2):
        response = client.post(link)
        assert (response.status_code, dict(response.cookies)) == (200, {})
    after = Subscriber.objects.get()
    assert (after.ended_at, after.renew_by) == (None, timezone.localdate() + timedelta(days=365))
    other = path_of(tokens.unsubscribe_url(reader.pk, Subject.RFPS)).split("/")[3]
    for forged in (other, link.split("/")[3][:-1], reader.token, tokens.renew_url(99).split("/")[-2]):
        assert client.post(f"/notices/renew/{forged}/").status_code == 404


def test_the_page_of_one_s_choices_says_that_they_ended_and_saving_starts_again():
    moment = timezone.now()
    reader = subscribed(date(2027, 1, 1), reminded_at=moment, ended_at=moment)
    client, link = Client(), path_of(tokens.preferences_url(reader.token))
    assert b"Your notices ended on" in client.get(link).content

    off = dict.fromkeys(Subject.values, "off")
    client.post(link, off)
    assert Subscriber.objects.get().ended_at is not None
    client.post(link, {**off, "rfps": "daily"})
    assert Subscriber.objects.get().ended_at is None


def test_what_ended_stops_nothing_that_one_s_own_doing_brings(now):
    reader = subscribed(now.date(), reminded_at=now, ended_at=now)
    row = actions.owe(
        key="rsvp:1:1", address=reader.email, template="notices/confirm", context={"subjects": []}, now=now
    )

    assert row.state == "queued"


def test_the_task_may_run_twice():
    moment = timezone.now()
    subscribed(timezone.localdate() + DAY)
    subscribed(timezone.localdate() - DAY, reminded_at=moment - 20 * DAY)
    for _ in range(2):
        tasks.renew_subscriptions()

    assert (len(told("renew")), len(told("ended"))) == (1, 1)


def test_saving_a_profile_changes_no_subscription(sign_in, now):
    person = MembershipPeriodFactory(level=Level.FULL).member
    own = actions.subscriber_for(person, now)
    actions.save_preferences(own, choices={"rfps": Frequency.WEEKLY}, now=now)
    before = list(own.subscriptions.values())
    page = sign_in(person).get(reverse("members:profile"))
    answers = {name: value for name, value in page.context["form"].initial.items() if value}

    sign_in(person).post(reverse("members:profile"), {**answers, "name": "A new name", "reach_by": "email"})
    person.refresh_from_db()
    assert person.name == "A new name"
    assert list(own.subscriptions.values()) == before
