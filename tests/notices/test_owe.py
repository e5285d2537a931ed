import pytest
from django.core import mail
from django.template import TemplateDoesNotExist

from cop_portal.errors import Refused
from notices import actions
from notices.delivery import deliver_due
from notices.enums import DeliveryState, Subject, SuppressionReason
from notices.models import Delivery, Subscriber, Suppression
from tests.factories import DeliveryFactory, MemberFactory, SubscriberFactory, SuppressionFactory

pytestmark = pytest.mark.django_db
CONTEXT = {"confirm_url": "https://x.example/", "subjects": ["Meetings"]}


def owe(now, **changes):
    given = {"key": "test:1", "address": "A@Example.org", "template": "notices/confirm", "context": CONTEXT, "now": now}
    return actions.owe(**{**given, **changes})


def test_owed_message_waits_in_the_table_and_nothing_is_sent(now):
    row = owe(now)

    assert (row.address, row.state, row.due_at) == ("a@example.org", DeliveryState.QUEUED, now)
    assert row.subject_line == "Confirm your subscription"
    assert "https://x.example/" in row.text
    assert row.message_id.startswith("<")
    assert mail.outbox == []


def test_owed_twice_is_one_message_untouched(now):
    first = owe(now)

    assert owe(now, address="a@EXAMPLE.org", template="notices/notice") == first
    assert Delivery.objects.get().subject_line == "Confirm your subscription"


def test_no_address_is_no_message(now):
    assert owe(now, address=" ") is None
    assert not Delivery.objects.exists()


def test_a_missing_template_is_an_error_of_the_caller(now):
    with pytest.raises(TemplateDoesNotExist):
        owe(now, template="notices/nothing")


@pytest.mark.parametrize(
    ("reason", "subject", "state"),
    [
        (SuppressionReason.ASKED, Subject.MEETINGS, DeliveryState.SUPPRESSED),
        (SuppressionReason.COMPLAINT, Subject.DIGEST, DeliveryState.SUPPRESSED),
        (SuppressionReason.HARD_BOUNCE, Subject.RFPS, DeliveryState.SUPPRESSED),
        (SuppressionReason.HARD_BOUNCE, "", DeliveryState.SUPPRESSED),
        (SuppressionReason.ASKED, "", DeliveryState.QUEUED),
        (SuppressionReason.COMPLAINT, "", DeliveryState.QUEUED),
    ],
)
def test_suppressed_address_gets_what_its_own_doing_brings_about_and_nothing_else(now, reason, subject, state):
    SuppressionFactory(email="A@example.org", reason=reason)
    row = owe(now, unsubscribe_from=subject, subscriber=SubscriberFactory(email="a@example.org"))

    assert row.state == state
    assert bool(row.reason) is (state == DeliveryState.SUPPRESSED)


def test_lifted_suppression_stops_nothing(now):
    SuppressionFactory(email="a@example.org", lifted_at=now)

    assert owe(now, unsubscribe_from=Subject.RFPS, subscriber=SubscriberFactory()).state == DeliveryState.QUEUED


def test_what_can_be_unsubscribed_from_carries_the_persons_own_links(now):
    member = MemberFactory()
    row = owe(now, member=member, unsubscribe_from=Subject.DIGEST)

    subscriber = Subscriber.objects.get(member=member)
    assert row.subscriber == subscriber
    assert "/notices/unsubscribe/" in row.text
    assert subscriber.token in row.html


def test_nobody_to_unsubscribe_is_an_error_of_the_caller(now):
    with pytest.raises(ValueError, match="somebody who subscribed"):
        owe(now, unsubscribe_from=Subject.DIGEST)


def test_subject_line_stays_one_line_whatever_a_name_holds(now):
    notice = {"title": "Hello\r\nBcc: everybody@example.org", "body": ""}
    row = owe(now, template="notices/notice", context={"notice": notice})

    assert row.subject_line == "Hello Bcc: everybody@example.org"


def test_retry_queues_the_failed_again_and_no_other(now):
    staff = MemberFactory()
    failed = DeliveryFactory(state=DeliveryState.FAILED, reason="The server said 550", attempts=3)
    sent = DeliveryFactory(state=DeliveryState.SENT, sent_at=now)

    assert actions.retry([failed, sent], by=staff, now=now) == 1
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.decided_by, failed.decided_at) == (
        DeliveryState.QUEUED, 0, staff, now,
    )  # fmt: skip


@pytest.mark.parametrize(("arrived", "state"), [(True, DeliveryState.SENT), (False, DeliveryState.QUEUED)])
def test_unknown_message_is_decided_by_a_person_once(now, arrived, state):
    staff = MemberFactory()
    row = DeliveryFactory(state=DeliveryState.UNKNOWN, reason="The line broke", claim="x" * 32)

    actions.decide(row, arrived=arrived, by=staff, now=now)
    row.refresh_from_db()
    assert (row.state, row.claim, row.decided_by, row.decided_at) == (state, "", staff, now)
    with pytest.raises(Refused) as refusal:
        actions.decide(row, arrived=arrived, by=staff, now=now)
    assert refusal.value.code == "not_unknown"


def test_suppressing_twice_is_once_and_lifting_twice_is_refused(now):
    first = actions.suppress("A@example.org", reason=SuppressionReason.ASKED, now=now)

    assert actions.suppress("a@example.org", reason=SuppressionReason.COMPLAINT, now=now) == first
    actions.lift_suppression(first, now=now)
    with pytest.raises(Refused) as refusal:
        actions.lift_suppression(first, now=now)
    assert refusal.value.code == "lifted"
    assert Suppression.objects.count() == 1


def test_an_owed_message_is_sent_with_all_its_parts(now):
    invite = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    DeliveryFactory(html="<p>Hello</p>", calendar=invite)

    assert deliver_due() == 1
    [message] = mail.outbox
    types = [part.get_content_type() for part in message.message().walk()]
    assert types == ["multipart/alternative", "text/plain", "text/html", "text/calendar"]
    calendar = list(message.message().walk())[-1]
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_payload(decode=True).decode() == invite
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in message.extra_headers
