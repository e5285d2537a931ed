"""Digests before a meeting: what is new, what is asked again, what is left out and why, and what many of them cost."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from meetings import actions
from meetings.models import ChangeLogEntry
from members.enums import Level
from notices.actions import subscriber_for
from notices.enums import DigestKind, Subject
from notices.models import Delivery, DigestRun
from tests.factories import (
    MaterialFactory,
    MeetingFactory,
    MeetingWorkFactory,
    MemberFactory,
    MembershipPeriodFactory,
    NoticeFactory,
    ReleasedNoticeFactory,
    RsvpFactory,
    StaffFactory,
    SummaryFactory,
    SuppressionFactory,
    WorkgroupFactory,
)
from tests.races import together

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def contributing(**fields):
    return MembershipPeriodFactory(**fields).member


def runs():
    return {(row.kind, row.owed, row.skipped) for row in DigestRun.objects.all()}


def test_the_digest_tells_what_is_new_since_the_last_one_of_its_circle(now):
    earlier, meeting = MeetingFactory(title="Earlier", starts_at=now + 2 * DAY), MeetingFactory(title="Next")
    group = WorkgroupFactory()
    MeetingFactory(title="Theirs", kind="workgroup", workgroup=group, starts_at=now + 10 * DAY)
    ana, pub = contributing(), contributing(level=Level.PUBLIC)
    RsvpFactory(meeting=meeting, member=pub)
    actions.owe_digests(now=now)  # tells of the earlier meeting, and is where the next one goes on
    told = now + DAY
    SummaryFactory(meeting=earlier, published_at=told)
    MaterialFactory(meeting=earlier, title="The slides", added_at=told)
    SummaryFactory(meeting=MeetingFactory(title="Old news"), published_at=now - DAY)
    SummaryFactory(meeting=MeetingFactory(title="Of a group", kind="workgroup", workgroup=group), published_at=told)
    ChangeLogEntry.objects.create(meeting=meeting, what="Place", changed_at=told, changed_by=StaffFactory())
    ReleasedNoticeFactory(title="For all", released_at=told)
    ReleasedNoticeFactory(title="For contributors", released_at=told, levels=[Level.FULL, Level.SPECIALTY])
    NoticeFactory(title="Only a draft")

    actions.owe_digests(now=meeting.starts_at - 5 * DAY)
    text = Delivery.objects.get(member=ana, key__contains=f":{meeting.pk}:").text
    for new in (
        "Place of this meeting changed",
        "Summary: Earlier",
        "New papers: Earlier",
        "For all",
        "For contributors",
    ):
        assert new in text
    assert not any(old in text for old in ("Old news", "Of a group", "Only a draft"))
    of_public = Delivery.objects.get(member=pub, key__contains=f":{meeting.pk}:").text
    assert ("For all" in of_public, "For contributors" in of_public) == (True, False)

    actions.owe_digests(now=meeting.starts_at - DAY)  # nothing more is new a day before
    assert (
        "New since your last digest"
        not in Delivery.objects.get(member=ana, key__regex=f"^digest:{meeting.pk}:.*day$").text
    )


@pytest.mark.parametrize(("answer", "asked"), [(None, True), ("undecided", True), ("online", False)])
def test_who_has_not_decided_is_asked_again_a_day_before(answer, asked):
    meeting, ana = MeetingFactory(), contributing()
    if answer:
        RsvpFactory(meeting=meeting, member=ana, answer=answer)

    actions.owe_digests(now=meeting.starts_at - DAY)
    row = Delivery.objects.get()
    for part in (row.text, row.html):
        assert ("?answer=in_person" in part) == asked
        assert ("Change your answer" in part) != asked


def test_each_gets_their_own_words_and_links(now):
    meeting, ana, ben = MeetingFactory(), contributing(member__name="<b>Ana</b>"), contributing(member__name="Ben")
    work = MeetingWorkFactory(meeting=meeting, title="Read the {name} list")
    work.done_by.add(ben)

    actions.owe_digests(now=meeting.starts_at - 5 * DAY)
    mine, theirs = (Delivery.objects.get(member=person) for person in (ana, ben))
    assert mine.text.startswith("Hello <b>Ana</b>,")
    assert "list" in mine.text
    assert "Read the" not in theirs.text
    assert "<b>Ana</b>" not in mine.html
    assert "Hello <bdi>&lt;b&gt;Ana&lt;/b&gt;</bdi>," in mine.html
    links = [next(word for word in row.text.split() if "?answer=no" in word) for row in (mine, theirs)]
    assert links[0] != links[1]
    assert {row.subscriber.token in row.text for row in (mine, theirs)} == {True}
    assert "mark" not in mine.text.replace("marked", "")


@pytest.mark.parametrize("days", [5, 1], ids=["week", "day"])
def test_both_parts_greet_and_lead_to_the_page_of_a_meeting_without_a_line(now, days):
    meeting = MeetingFactory(join_url="")
    contributing(member__name="Ben")

    actions.owe_digests(now=meeting.starts_at - days * DAY)

    row = Delivery.objects.get()
    for part in (row.text, row.html):
        assert "Hello " in part
        assert "Ben" in part
        assert "Answer with one tap, without signing in:" in part
        assert settings.PUBLIC_URL + meeting.get_absolute_url() in part


@pytest.mark.parametrize(
    ("hours", "left"),
    [
        ([100, 20], {("week", 1, ""), ("day", 1, "")}),
        ([20], {("week", 0, "The digest of the day before took its place."), ("day", 1, "")}),
        ([100, -1], {("week", 1, ""), ("day", 0, "The meeting had begun.")}),
        ([-1], {("week", 0, "The meeting had begun."), ("day", 0, "The meeting had begun.")}),
        ([-24 * 15], set()),
    ],
    ids=["both", "away a week", "away the day", "away for both", "long ago"],
)
def test_what_was_missed_is_sent_late_or_kept_as_left_out(hours, left):
    meeting, _ = MeetingFactory(), contributing()

    for hour in [hour for hour in hours for _ in range(2)]:
        actions.owe_digests(now=meeting.starts_at - timedelta(hours=hour))
    assert runs() == left


def test_a_stopped_address_gets_a_row_that_says_so(now):
    meeting, ana = MeetingFactory(), contributing()
    SuppressionFactory(email=ana.email.upper())

    for _ in range(2):
        actions.owe_digests(now=meeting.starts_at - 5 * DAY)
    [row] = Delivery.objects.all()
    assert (row.state, row.reason) == ("suppressed", "Stopped address: the person asked for no mail.")


def test_a_guest_who_joins_meanwhile_is_told_once(now):
    """The same address under the same key: a member's message that is there already holds up nobody."""
    meeting = MeetingFactory()
    RsvpFactory(meeting=meeting, member=None, guest_name="Gus", guest_email="gus@example.org")
    actions.owe_digests(now=meeting.starts_at - DAY)
    contributing(member=MemberFactory(email="gus@example.org"))

    actions.owe_digests(now=meeting.starts_at - timedelta(hours=20))
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("readers", [1, 30])
def test_a_digest_costs_the_same_for_one_as_for_thirty(readers, django_assert_num_queries):
    meeting = MeetingFactory()
    MeetingWorkFactory(meeting=meeting)
    for _ in range(readers):
        subscriber_for(contributing(), meeting.starts_at - 30 * DAY)
    with django_assert_num_queries(28):
        assert actions.owe_digests(now=meeting.starts_at - 5 * DAY) == readers


def test_the_plan_of_tomorrow_is_what_is_owed_then(now):
    meeting, ana, ben = MeetingFactory(), contributing(), contributing()
    subscriber_for(ana, now)
    subscriber_for(ben, now).subscriptions.filter(subject=Subject.DIGEST).delete()
    far = MeetingFactory(starts_at=meeting.starts_at + 9 * DAY)
    eve = meeting.starts_at - timedelta(days=7, hours=5)

    [planned] = actions.meeting_digests(now=eve, until=eve + DAY)
    assert (planned.kind, [reader.subscriber.member for reader in planned.readers()]) == (DigestKind.WEEK, [ana])
    assert not Delivery.objects.exists()
    actions.owe_digests(now=eve + DAY)
    assert [row.key for row in Delivery.objects.all()] == [planned.key]
    assert list(planned.readers()) == []
    late = meeting.starts_at - timedelta(days=1, hours=5)
    kinds = [(digest.kind, digest.key.split(":")[1]) for digest in actions.meeting_digests(now=late, until=late + DAY)]
    assert kinds == [("week", str(meeting.pk)), ("day", str(meeting.pk))]
    assert far.pk != meeting.pk


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_two_beats_at_once_owe_one_digest_each(guarded, monkeypatch, now):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    meeting = MeetingFactory()
    for _ in range(20):
        subscriber_for(contributing(), now)
    if not guarded:  # the control: without the lock each of them counts everybody
        lock = type(DigestRun.objects.all())
        monkeypatch.setattr(lock, "select_for_update", lambda self, **_: self)

    assert together([lambda: actions.owe_digests(now=meeting.starts_at - 5 * DAY)] * 4) == []
    assert Delivery.objects.count() == 20  # the unique key holds in any case
    counted = DigestRun.objects.get(kind=DigestKind.WEEK).owed
    assert counted == 20 if guarded else counted >= 20
