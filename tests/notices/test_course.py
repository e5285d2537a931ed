"""A notice on its way: held back, going on, taken back, corrected."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from cop_portal.errors import Refused
from notices import actions, delivery
from notices.audience import CORRECTED, addressees
from notices.bulk import Owed, insert_alike
from notices.enums import DeliveryState, Frequency, NoticeState
from notices.message import share_notice
from notices.models import Call, Delivery
from tests.factories import (
    DeliveryFactory,
    MemberFactory,
    MembershipPeriodFactory,
    NoticeFactory,
    ReleasedNoticeFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db

LATER = timedelta(minutes=4)


def subscribed(email, **fields):
    return SubscriptionFactory(subscriber__email=email, **fields).subscriber


def to(notice, email, state=DeliveryState.QUEUED, **fields):
    """A message of the notice to this subscriber, as the fan-out would have made it."""
    fields.setdefault("sent_at", timezone.now() if state == DeliveryState.SENT else None)
    held = state in (DeliveryState.CLAIMED, DeliveryState.HANDING)
    fields.setdefault("lease_until", timezone.now() + LATER if held else None)
    fields.setdefault("reason", "Because." if state in ("failed", "unknown", "suppressed", "cancelled") else "")
    return DeliveryFactory(
        notice=notice, key=f"notice:{notice.pk}", address=email, subscriber=subscribed(email), text="",
        unsubscribe_from=notice.subject, priority=Delivery.BULK, state=state, **fields,
    )  # fmt: skip


def states(notice):
    return dict(notice.deliveries.values_list("address", "state"))


def released(draft):
    now = timezone.now()
    if draft.corrects_id:
        draft.what_changed = "The room is B 12."
        actions.save_draft(draft, by=draft.drafted_by)
    return actions.release(draft, by=MemberFactory(), now=now), now


def refused(act, *args, **kwargs):
    with pytest.raises(Refused) as refusal:
        act(*args, **kwargs)
    return refusal.value.code


# --- pausing --------------------------------------------------------------------------------------------------------


def test_a_paused_notice_sends_nothing_until_it_goes_on():
    notice = ReleasedNoticeFactory(state=NoticeState.SENDING)
    to(notice, "sent@example.org", DeliveryState.SENT)
    to(notice, "waits@example.org")

    assert actions.pause(notice) == 1
    assert delivery.deliver_due() == 0
    assert states(notice) == {"sent@example.org": "sent", "waits@example.org": "paused"}
    assert actions.close_finished() == 0

    assert actions.resume(notice, now=timezone.now()) == 1
    assert delivery.deliver_due() == 1
    assert [message.to for message in mail.outbox] == [["waits@example.org"]]


def test_what_a_worker_holds_is_held_back_too():
    notice = ReleasedNoticeFactory(state=NoticeState.SENDING)
    to(notice, "mine@example.org")
    [row] = delivery.claim("mine", 5)
    actions.pause(notice)

    with pytest.raises(delivery.Withdrawn):
        delivery._begin_handing(row, delivery.Taken())
    assert states(notice) == {"mine@example.org": "paused"}


def test_what_comes_back_from_the_server_during_a_pause_is_held_back_with_the_others():
    notice = ReleasedNoticeFactory(state=NoticeState.SENDING)
    to(notice, "greylisted@example.org", DeliveryState.HANDING)
    actions.pause(notice)
    notice.deliveries.update(state=DeliveryState.QUEUED, lease_until=None)  # the server said: try again later

    assert delivery.deliver_due() == 0
    assert states(notice) == {"greylisted@example.org": "paused"}


@pytest.mark.parametrize("state", sorted(set(NoticeState) - {"sending"}))
def test_only_what_is_being_sent_is_paused(state):
    notice = NoticeFactory(state=state, released_by=MemberFactory(), scheduled_for=timezone.now())
    assert refused(actions.pause, notice) == "not_sending"


@pytest.mark.parametrize("state", sorted(set(NoticeState) - {"paused"}))
def test_only_what_is_paused_goes_on(state):
    notice = NoticeFactory(state=state, released_by=MemberFactory(), scheduled_for=timezone.now())
    assert refused(actions.resume, notice, now=timezone.now()) == "not_paused"


def test_a_paused_notice_can_be_cancelled_for_good():
    notice = ReleasedNoticeFactory(state=NoticeState.SENDING)
    to(notice, "waits@example.org")
    actions.pause(notice)

    assert actions.cancel(notice, by=MemberFactory(), now=timezone.now()) == 1
    assert states(notice) == {"waits@example.org": "cancelled"}


def test_a_released_notice_is_taken_back_before_its_time():
    now = timezone.now()
    notice = actions.release(NoticeFactory(), by=MemberFactory(), now=now, at=now + timedelta(days=1))

    notice = actions.take_back(notice)
    assert (notice.state, notice.released_by, notice.scheduled_for) == (NoticeState.DRAFT, None, None)
    notice.body = "Better words"
    actions.save_draft(notice, by=MemberFactory())
    assert refused(actions.take_back, notice) == "not_scheduled"


# --- corrections ----------------------------------------------------------------------------------------------------


def test_a_correction_goes_to_those_who_got_the_first_and_to_those_who_were_about_to():
    first = ReleasedNoticeFactory(state=NoticeState.SENDING)
    subscribed("never-got-it@example.org")
    for state in ("sent", "unknown", "failed", "queued", "claimed", "handing", "suppressed", "cancelled"):
        to(first, f"{state}@example.org", DeliveryState(state))
    draft = actions.draft_correction(first, by=MemberFactory())
    second, now = released(draft)

    assert actions.start_sending(second, now=now) == 6
    assert {address.partition("@")[0]: state for address, state in states(first).items()} == {
        "sent": "sent", "unknown": "unknown", "failed": "failed", "queued": "cancelled", "claimed": "cancelled",
        "handing": "handing", "suppressed": "suppressed", "cancelled": "cancelled",
    }  # fmt: skip
    wanted = ["claimed", "failed", "handing", "queued", "sent", "unknown"]
    assert sorted(address.partition("@")[0] for address in states(second)) == wanted
    first.refresh_from_db()
    assert (first.state, second.version) == (NoticeState.CORRECTED, 2)
    assert first.deliveries.get(address="queued@example.org").reason == CORRECTED


@pytest.mark.parametrize("state", [NoticeState.SENT, NoticeState.CANCELLED])
def test_the_mail_of_a_correction_leads_to_the_first_while_that_has_a_page(state):
    first = ReleasedNoticeFactory(
        state=state, title="Winter <hours>", released_at=datetime(2026, 11, 28, 18, tzinfo=UTC)
    )
    second = NoticeFactory(corrects=first, version=2, what_changed="The room is B 12.")

    text, html = share_notice(second).for_person(name="Ana", unsubscribe="u", preferences="p")
    assert "This corrects “Winter <hours>” of November 28, 2026, and stands in its place." in text
    assert "What is different: The room is B 12." in text
    assert "Winter &lt;hours&gt;" in html
    assert [first.get_absolute_url() in part for part in (text, html)] == [state == NoticeState.SENT] * 2


def test_the_list_of_a_correction_knows_the_levels_of_those_who_got_the_first():
    first = ReleasedNoticeFactory()
    member = MembershipPeriodFactory(level="specialty").member
    DeliveryFactory(notice=first, member=member, address=member.email, state="sent", sent_at=timezone.now())
    to(first, "outside@example.org", DeliveryState.SENT)

    people = addressees(NoticeFactory(corrects=first, version=2), timezone.localdate())
    assert {person.address: person.level for person in people} == {member.email: "specialty", "outside@example.org": ""}


def test_the_second_version_never_overtakes_the_first():
    first = ReleasedNoticeFactory(state=NoticeState.SENDING)
    row = to(first, "slow@example.org", DeliveryState.HANDING)
    second, now = released(actions.draft_correction(first, by=MemberFactory()))
    actions.start_sending(second, now=now)

    assert second.deliveries.get().due_at > row.lease_until
    row.state, row.lease_until = DeliveryState.QUEUED, None  # the server said: try again later
    row.save()
    assert delivery.deliver_due() == 0
    assert states(first) == {"slow@example.org": "cancelled"}


def test_nobody_sends_the_first_version_again_once_it_is_corrected():
    first = ReleasedNoticeFactory(state=NoticeState.CORRECTED)
    failed = to(first, "failed@example.org", DeliveryState.FAILED)
    unknown = to(first, "unknown@example.org", DeliveryState.UNKNOWN)
    now, by = timezone.now(), MemberFactory()

    assert actions.retry([failed], by=by, now=now) == 0
    assert refused(actions.decide, unknown, arrived=False, by=by, now=now) == "corrected"
    actions.decide(unknown, arrived=True, by=by, now=now)
    assert states(first) == {"failed@example.org": "failed", "unknown@example.org": "sent"}


def test_whoever_wants_no_such_mail_any_more_gets_no_correction():
    first = ReleasedNoticeFactory()
    row = to(first, "left@example.org", DeliveryState.SENT)
    to(first, "weekly@example.org", DeliveryState.SENT)
    actions.unsubscribe(row.subscriber, subject=first.subject, now=timezone.now())
    first.deliveries.get(address="weekly@example.org").subscriber.subscriptions.update(frequency=Frequency.WEEKLY)
    draft = actions.draft_correction(first, by=MemberFactory())

    assert {person.address: person.skipped for person in addressees(draft, timezone.localdate())} == {
        "left@example.org": "has switched this subject off",
        "weekly@example.org": "",  # the first came at once, and so does what mends it
    }


@pytest.mark.parametrize("said", ["", " \n"], ids=["nothing", "blanks"])
def test_no_correction_goes_out_without_saying_what_is_different(said):
    draft = actions.draft_correction(ReleasedNoticeFactory(), by=MemberFactory())
    draft.what_changed = said
    actions.save_draft(draft, by=draft.drafted_by)

    assert refused(actions.release, draft, by=MemberFactory(), now=timezone.now()) == "unsaid"
    draft.refresh_from_db()
    assert (draft.state, draft.released_by) == (NoticeState.DRAFT, None)
    assert released(draft)[0].state == NoticeState.SCHEDULED


def test_only_what_is_out_is_corrected_and_once():
    first = ReleasedNoticeFactory()
    assert refused(actions.draft_correction, NoticeFactory(), by=MemberFactory()) == "not_out"

    draft = actions.draft_correction(first, by=MemberFactory())
    assert (draft.title, draft.body, draft.corrects) == (f"Corrected: {first.title}", first.body, first)
    assert refused(actions.draft_correction, first, by=MemberFactory()) == "corrected"
    actions.cancel(draft, by=MemberFactory(), now=timezone.now())
    assert actions.draft_correction(first, by=MemberFactory()).slug.endswith("-2")


# --- people without an address, and the numbers ------------------------------------------------------------------------


def test_people_without_an_address_are_put_on_the_list_to_call(now):
    told = MembershipPeriodFactory(member=MemberFactory(email=None), starts_on=now.date()).member
    facilitator = MemberFactory(email=None, is_facilitator=True)
    notice = actions.release(NoticeFactory(body="Hello {name}, **come**."), by=MemberFactory(), now=now)
    actions.start_sending(notice, now=now)

    call = Call.objects.get(member=told)
    assert (call.key, call.about, call.text) == (f"notice:{notice.pk}", "notices", "Hello reader, come.")
    assert Call.objects.exclude(member__in=[told, facilitator]).count() == 0
    actions.cancel(notice, by=MemberFactory(), now=now)
    assert not Call.objects.filter(member=told).exists()


def test_what_was_seen_at_the_release_is_kept_beside_what_was_owed(now):
    leaving = subscribed("leaving@example.org")
    subscribed("stays@example.org")
    notice = actions.release(NoticeFactory(), by=MemberFactory(), now=now)
    actions.unsubscribe(leaving, subject=notice.subject, now=now)
    actions.start_sending(notice, now=now)

    notice.refresh_from_db()
    assert notice.counted["release"] == {"getting": 2, "skipped": {}}
    assert notice.counted["start"]["getting"] == 1


def test_rows_made_in_bulk_are_like_rows_made_one_by_one(now):
    notice, subscriber = ReleasedNoticeFactory(), subscribed("a@example.org")
    member = MemberFactory()
    pattern = Delivery(key="k", notice=notice, subject_line="“Ünïcode” %s", owed_at=now, due_at=now)
    insert_alike(pattern, [Owed("a@example.org", None, subscriber.pk), Owed("b@example.org", member.pk, None)])
    insert_alike(pattern, [Owed("A@example.org", None, subscriber.pk)])  # has one already

    first, second = Delivery.objects.order_by("address")
    assert (first.subscriber, first.member, second.subscriber, second.member) == (subscriber, None, None, member)
    assert first.message_id != second.message_id
    own = {"id", "address", "member", "subscriber", "message_id"}
    for field in (field for field in Delivery._meta.concrete_fields if field.name not in own):
        assert getattr(first, field.attname) == getattr(pattern, field.attname), field.name
