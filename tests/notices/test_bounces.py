"""What the mail provider says, and what follows: as its web calls say it, signed and forged."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from cop_portal.environment import mail_provider
from cop_portal.errors import Refused
from notices import actions, delivery
from notices.enums import DeliveryState, EventKind, SuppressionReason
from notices.models import DeliveryEvent, Suppression
from notices.provider import VIEWS, marks
from notices.rules import soft_bounces_stop
from tests.factories import DeliveryEventFactory, DeliveryFactory, MemberFactory, SubscriberFactory, SuppressionFactory

pytestmark = pytest.mark.django_db
PAGE = "/mail/events/"
SECRET = "provider:a-long-password-of-its-own"
AUTH = {"HTTP_AUTHORIZATION": "Basic cHJvdmlkZXI6YS1sb25nLXBhc3N3b3JkLW9mLWl0cy1vd24="}


@pytest.fixture
def postmark(settings, client):
    """Says something as Postmark does; returns the answer's status."""
    settings.MAIL_PROVIDER, settings.ANYMAIL = "postmark", {"WEBHOOK_SECRET": SECRET}

    def say(row, kind="HardBounce", *, at=None, auth=AUTH, **changes):
        record = {"Delivered": "Delivery", "SpamComplaint": "SpamComplaint"}.get(kind, "Bounce")
        event = {
            "RecordType": record, "Type": kind, "Email": row.address, "MessageID": "0a1b", "ID": 42,
            "Metadata": {"delivery": str(row.pk)}, "Details": f"smtp;550 5.1.1 <{row.address}> no such user",
            "BouncedAt": (at or timezone.now()).isoformat(), **changes,
        }  # fmt: skip
        if record == "Delivery":
            event |= {"DeliveredAt": event.pop("BouncedAt"), "Recipient": event.pop("Email"), "Details": "250 OK"}
        return client.post(PAGE, json.dumps(event), content_type="application/json", **auth).status_code

    return say


@pytest.fixture
def sent():
    member = MemberFactory(email="ann@example.org")
    return DeliveryFactory(state="sent", sent_at=timezone.now(), address=member.email, member=member)


def kinds():
    return list(DeliveryEvent.objects.values_list("delivery", "kind"))


def reason(address="ann@example.org"):
    return Suppression.objects.reason_for(address)


def test_nobody_is_heard_until_a_provider_is_configured(client, sent):
    assert client.post(PAGE, "{}", content_type="application/json", **AUTH).status_code == 404


@pytest.mark.parametrize("auth", [{}, {"HTTP_AUTHORIZATION": "Basic cHJvdmlkZXI6d3Jvbmc="}], ids=["no", "a wrong"])
def test_who_has_not_the_secret_is_refused(postmark, sent, auth):
    assert postmark(sent, auth=auth) == 403
    assert (kinds(), reason()) == ([], None)


@pytest.mark.parametrize("body", ["", "[]", "{", '{"RecordType": "Bounce", "BouncedAt": 7, "Email": "a@x.example"}'])
def test_what_is_no_event_is_refused(postmark, client, body):
    answer = client.post(PAGE, body, content_type="application/json", **AUTH)

    assert answer.status_code == 403
    assert DeliveryEvent.objects.count() == 0


def test_the_provider_may_ask_whether_anybody_is_here(postmark, client):
    assert client.head(PAGE).status_code == 200
    assert client.get(PAGE).status_code == 200


def mailgun_call(client, row, *, key, token="t" * 50, event="failed", **changes):
    stamp = str(int(timezone.now().timestamp()))
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    said = {
        "event": event, "severity": "permanent", "reason": "bounce", "timestamp": float(stamp), "recipient": row.address,
        "message": {"headers": {"message-id": row.message_id.strip("<>")}}, "user-variables": {},
        "delivery-status": {"message": "no such user", "code": 550}, **changes,
    }  # fmt: skip
    body = {"signature": {"timestamp": stamp, "token": token, "signature": signature}, "event-data": said}
    return client.post(PAGE, json.dumps(body), content_type="application/json", **AUTH).status_code


def test_mailgun_must_sign_and_names_the_message_by_its_id(client, settings, sent):
    settings.MAIL_PROVIDER = "mailgun"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": "right"}

    assert mailgun_call(client, sent, key="wrong") == 403
    assert kinds() == []
    assert mailgun_call(client, sent, key="right", severity="temporary", token="a" * 50) == 200
    assert mailgun_call(client, sent, key="right", token="b" * 50) == 200
    assert mailgun_call(client, sent, key="right", token="b" * 50, event="complained") == 200  # a token used before

    assert kinds()[:2] == [(sent.pk, EventKind.DELAYED), (sent.pk, EventKind.HARD_BOUNCE)]
    assert reason() == SuppressionReason.HARD_BOUNCE


def test_a_hard_bounce_is_kept_without_the_address_and_stops_all_mail_to_it(postmark, sent):
    assert postmark(sent) == 200

    [event] = DeliveryEvent.objects.all()
    assert (event.delivery, event.kind) == (sent, EventKind.HARD_BOUNCE)
    assert event.detail == "smtp;550 5.1.1 <(an address)> no such user"
    assert reason() == SuppressionReason.HARD_BOUNCE
    DeliveryFactory(address=sent.address)
    delivery.deliver_due()
    assert mail.outbox == []


def test_told_twice_is_once_also_after_mail_was_let_through_again(postmark, sent, now):
    moment = timezone.now()
    postmark(sent, at=moment)
    actions.lift_suppression(Suppression.objects.get(), now=timezone.now())

    assert postmark(sent, at=moment) == 200
    assert len(kinds()) == 1
    assert reason() is None
    assert postmark(sent, at=moment - timedelta(hours=1), ID=43) == 200  # an old one that comes late
    assert reason() is None
    assert postmark(sent, ID=44) == 200
    assert reason() == SuppressionReason.HARD_BOUNCE


def test_a_complaint_stops_what_one_can_unsubscribe_from_alone(postmark, sent):
    postmark(sent, "SpamComplaint")

    assert kinds() == [(sent.pk, EventKind.COMPLAINT)]
    assert reason() == SuppressionReason.COMPLAINT
    DeliveryFactory(address=sent.address)
    delivery.deliver_due()
    assert len(mail.outbox) == 1


def test_soft_bounces_on_three_days_stop_mail_and_one_that_arrived_begins_anew(postmark, sent):
    noon = timezone.localtime().replace(hour=12, minute=0, second=0)
    soft = [("SoftBounce", noon - timedelta(days=days)) for days in (9, 8, 5, 4, 3)]
    soft.insert(2, ("Delivered", noon - timedelta(days=7)))
    stopped = []
    for number, (kind, at) in enumerate(soft):
        postmark(sent, kind, at=at, ID=number, Details="452 4.2.2 mailbox full")
        stopped.append(reason())

    assert stopped == [None] * 5 + [SuppressionReason.SOFT_BOUNCES]


@pytest.mark.parametrize(
    ("said", "stops"),
    [
        ("", False),
        ("s1 s2", False),
        ("s1 s2 s3", True),
        ("s1 s1 s1 s1", False),
        ("s1 s2 d2 s3 s4", False),
        ("s1 d1 s2 s3 s4", True),
    ],
)
def test_three_days_and_nothing_arrived_in_between(said, stops):
    words = {"s": EventKind.SOFT_BOUNCE, "d": EventKind.DELIVERED}
    events = [(words[word[0]], datetime(2027, 1, int(word[1]), 18, tzinfo=UTC)) for word in said.split()]

    assert soft_bounces_stop(events) is stops


@pytest.mark.parametrize(
    "details", ["552 5.2.2 mailbox full", "550 5.7.1 policy", "451 4.7.1 later", "smtp;421 try later"]
)
def test_an_address_that_exists_is_not_given_up_for_one_bounce(postmark, sent, details):
    postmark(sent, "HardBounce", Details=details)

    assert kinds() == [(sent.pk, EventKind.SOFT_BOUNCE)]
    assert reason() is None


def test_a_message_is_not_anothers_whatever_number_is_named(postmark, sent):
    other = DeliveryFactory(address="bob@example.org")

    assert postmark(sent, Metadata={"delivery": str(other.pk)}) == 200
    assert kinds() == []
    assert reason(other.address) is None


def test_who_opened_or_clicked_is_not_kept(postmark, sent):
    for record in ("Open", "Click"):
        assert postmark(sent, RecordType=record, ReceivedAt=timezone.now().isoformat()) == 200

    assert kinds() == []


def test_of_mail_without_a_row_only_the_consequence_is_kept_and_of_strangers_nothing(postmark):
    """A sign-in code is sent by allauth; and a provider's account may send for others too."""
    MemberFactory(email="ann@example.org")
    SubscriberFactory(email="sub@example.org")
    for address in ("ann@example.org", "sub@example.org", "stranger@example.org"):
        assert postmark(DeliveryFactory.build(pk=0, address=address), Metadata={}) == 200

    assert kinds() == []
    assert sorted(Suppression.objects.values_list("email", flat=True)) == ["ann@example.org", "sub@example.org"]


def test_an_event_may_come_before_the_worker_has_said_that_it_is_sent(postmark):
    row = DeliveryFactory()
    [claimed] = delivery.claim("mine", 5)
    delivery._begin_handing(claimed, delivery.Taken())

    assert postmark(row, "Delivered") == 200
    row.refresh_from_db()
    assert (row.state, kinds()) == (DeliveryState.HANDING, [(row.pk, EventKind.DELIVERED)])
    delivery._settle(claimed, state=DeliveryState.SENT, sent_at=timezone.now(), reason="")
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT


@pytest.mark.parametrize("swept_first", [True, False])
def test_what_was_unknown_is_sent_when_the_provider_says_that_it_has_it(postmark, swept_first):
    row = DeliveryFactory()
    [claimed] = delivery.claim("mine", 5)
    delivery._begin_handing(claimed, delivery.Taken())
    type(row).objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    steps = [delivery.sweep, lambda: postmark(row, "Delivered")]
    for step in steps if swept_first else reversed(steps):
        step()

    row.refresh_from_db()
    assert (row.state, row.reason) == (DeliveryState.SENT, "The mail provider says that it has it.")


def test_a_person_sees_why_no_mail_comes_and_mends_it(postmark, sent, sign_in):
    client = sign_in(sent.member)
    assert b"does not reach you" not in client.get("/me/").content
    postmark(sent)

    pages = [client.get(page).content.decode() for page in ("/me/", "/me/profile/", "/me/preferences/")]
    assert all("Our mail does not reach you" in page and "/accounts/email/" in page for page in pages)
    assert client.post("/me/address/try/").status_code == 302
    assert reason() is None
    assert "does not reach you" not in client.get("/me/").content.decode()


@pytest.mark.parametrize("why", [SuppressionReason.DECEASED, SuppressionReason.ASKED])
def test_what_is_not_the_persons_to_mend_is_not_offered(sign_in, why):
    member = MemberFactory()
    SuppressionFactory(email=member.email, reason=why)

    assert b"/me/address/try/" not in sign_in(member).get("/me/").content
    with pytest.raises(Refused) as refusal:
        actions.try_address_again(member, now=timezone.now())
    assert refusal.value.code == "not_stopped"
    assert Suppression.objects.standing().count() == 1


def test_an_address_is_tried_once_a_day(now):
    member = MemberFactory()
    for moment in (now, now + timedelta(hours=23)):
        SuppressionFactory(email=member.email, reason=SuppressionReason.HARD_BOUNCE, since=moment)
        if moment == now:
            actions.try_address_again(member, now=moment)
    with pytest.raises(Refused) as refusal:
        actions.try_address_again(member, now=now + timedelta(hours=23))
    assert refusal.value.code == "tried_already"
    assert Suppression.objects.standing().count() == 1

    actions.try_address_again(member, now=now + timedelta(hours=25))
    assert Suppression.objects.standing().count() == 0


def test_whose_mail_comes_back_is_work_until_somebody_has_reached_them(now):
    member, staff = MemberFactory(), MemberFactory()
    mine = SuppressionFactory(email=member.email, reason=SuppressionReason.HARD_BOUNCE)
    SuppressionFactory(email=MemberFactory().email, reason=SuppressionReason.ASKED)
    SuppressionFactory(email="no.member@example.org", reason=SuppressionReason.HARD_BOUNCE)
    SuppressionFactory(email=MemberFactory(is_active=False).email, reason=SuppressionReason.HARD_BOUNCE)

    assert list(Suppression.objects.to_handle()) == [mine]
    actions.handle_bounce(mine, by=staff, now=now)
    assert list(Suppression.objects.to_handle()) == []
    with pytest.raises(Refused) as refusal:
        actions.handle_bounce(mine, by=staff, now=now)
    assert refusal.value.code == "handled"


def test_an_event_names_nobody_and_stands_with_its_message(sent):
    event = DeliveryEventFactory(delivery=sent)

    assert str(event) == "Arrived"
    assert list(sent.events.all()) == [event]


@pytest.mark.parametrize("provider", VIEWS)
def test_a_message_carries_the_mark_by_which_the_provider_names_it(settings, provider):
    assert marks(7) == {}
    settings.MAIL_PROVIDER = provider
    row = DeliveryFactory()
    delivery.deliver_due()

    [message] = mail.outbox
    assert marks(row.pk).items() <= message.extra_headers.items()
    assert str(row.pk) in "".join(marks(row.pk).values())
    assert message.extra_headers["Message-ID"] == row.message_id


@pytest.mark.parametrize(
    ("name", "variables", "complaint"),
    [
        ("nobody", {}, "MAIL_PROVIDER must be one of"),
        ("brevo", {}, "MAIL_EVENTS_SECRET"),
        ("brevo", {"MAIL_EVENTS_SECRET": "a:short"}, "at least 16"),
        ("mailgun", {"MAIL_EVENTS_SECRET": SECRET}, "MAIL_SIGNING_KEY"),
    ],
)
def test_a_provider_without_what_shows_who_it_is_stops_the_start(monkeypatch, name, variables, complaint):
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(ImproperlyConfigured, match=complaint):
        mail_provider(name)


def test_a_provider_is_configured_by_its_name_and_secrets(monkeypatch):
    assert mail_provider("") == ("", {})
    monkeypatch.setenv("MAIL_EVENTS_SECRET", SECRET)
    monkeypatch.setenv("MAIL_SIGNING_KEY", "k")
    assert mail_provider("brevo") == ("brevo", {"WEBHOOK_SECRET": SECRET})
    assert mail_provider("mailgun")[1]["MAILGUN_WEBHOOK_SIGNING_KEY"] == "k"
