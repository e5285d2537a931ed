"""Batches: filled with what is approved, frozen when closed, settled by what the payer says."""

import csv
import hashlib
import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from members.models import Member
from notices.actions import suppress
from notices.models import Delivery
from stipends import actions
from stipends.actions import batches as batch_actions
from stipends.chain import verify_chain
from stipends.models import Claim, ClaimEvent, PaymentBatch
from stipends.payments import Payment
from tests.privacy.test_spreadsheet import cells_of
from tests.stipends.scenes import fresh, person

HOSTILE = ["=1+1", "O'Brien", "José 🌻 Ångström", "@SUM(A1)", "-2+3", "\t=cmd", 'Quote " and, comma', "＝1"]


def refused(code):
    return pytest.raises(Refused, check=lambda refusal: refusal.code == code)


def rows_of(batch):
    return list(csv.reader(io.StringIO(batch.export.removeprefix("\ufeff"))))


def test_filling_takes_all_that_is_approved_and_says_why_not(scene):
    good, changed = scene.approved(), scene.approved(scene.another_claim())
    scene.another_claim()
    changed.member.attendances.update(minutes=70)
    batch = actions.open_batch(by=scene.payer, text="January", now=scene.now)

    added, refusals = actions.fill_batch(batch, by=scene.payer, now=scene.now)

    assert added == [good]
    assert [refusal.code for refusal in refusals] == ["evidence_changed"]
    assert fresh(changed).batch is None
    assert actions.fill_batch(batch, by=scene.payer, claims=[good], now=scene.now)[1][0].code == "transition"


def test_closed_batch_has_an_export_that_is_the_same_for_ever(scene):
    claims = [scene.approved(scene.another_claim(name=name)) for name in HOSTILE]
    batch = actions.open_batch(by=scene.payer, now=scene.now)
    actions.fill_batch(batch, by=scene.payer, now=scene.now)

    batch = actions.close_batch(batch, by=scene.payer, now=scene.now)

    assert batch.checksum == hashlib.sha256(batch.export.encode()).hexdigest()
    header, *rows = rows_of(batch)
    assert header == ["Reference", "Name", "Supplier number", "Amount", "Meeting date", "Funding"]
    assert [row[0] for row in rows] == [claim.reference for claim in claims]
    assert rows[1] == [
        claims[1].reference, "O'Brien", claims[1].member.enrollments.get().supplier_number, "55.00",
        claims[1].meeting_on.isoformat(), "SUD-2027",
    ]  # fmt: skip
    assert [row[1].removeprefix("'") for row in rows] == HOSTILE
    assert not [cell for row in rows for cell in row if cell.strip().startswith(("=", "+", "-", "@", "＝"))]
    claims[1].member.name = "Changed since"
    claims[1].member.save()
    assert PaymentBatch.objects.get(pk=batch.pk).export == batch.export
    assert batch.sheet_checksum == hashlib.sha256(batch.sheet).hexdigest()
    assert [[cell for _, cell in row] for row in cells_of(batch.sheet)[1:]] == [
        [row[0], name, *row[2:]] for row, name in zip(rows, HOSTILE, strict=True)
    ]
    for change in (
        {"export": "x"}, {"sheet": b""}, {"sheet_checksum": "0" * 64}, {"checksum": "0" * 64}, {"state": "open", "checksum": ""}, {"payer": "contractor"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            PaymentBatch.objects.filter(pk=batch.pk).update(**change)


def test_closing_names_who_lacks_a_supplier_number(scene):
    claim = scene.batched()
    scene.member.enrollments.update(supplier_number="")

    with pytest.raises(Refused, match=claim.reference) as refusal:
        actions.close_batch(claim.batch, by=scene.payer, now=scene.now)

    assert refusal.value.code == "no_supplier_number"
    assert PaymentBatch.objects.get().state == "open"
    actions.set_supplier_number(scene.member, supplier_number="0007654321", wants_help=False)
    assert rows_of(actions.close_batch(claim.batch, by=scene.payer, now=scene.now))[1][2] == "0007654321"


def test_empty_and_closed_batches_are_refused(scene):
    empty = actions.open_batch(by=scene.payer, now=scene.now)
    with refused("batch_empty"):
        actions.close_batch(empty, by=scene.payer, now=scene.now)
    claim = scene.exported()

    with refused("batch_closed"):
        actions.close_batch(claim.batch, by=scene.payer, now=scene.now)
    with refused("batch_closed"):
        actions.fill_batch(claim.batch, by=scene.payer, now=scene.now)


def test_evidence_that_changed_in_the_batch_stops_its_closing(scene):
    claim = scene.batched()
    scene.attendance.minutes = 75
    scene.attendance.save()

    with refused("evidence_changed"):
        actions.close_batch(claim.batch, by=scene.payer, now=scene.now)


def test_closing_is_in_the_record_of_each_claim(scene):
    claim = scene.exported()

    event = claim.events.last()

    assert (event.from_state, event.to_state, event.actor) == ("batched", "batched", scene.payer)
    assert event.evidence["checksum"] == claim.batch.checksum


def test_taking_out_of_a_closed_batch_needs_the_payers_reason_and_leaves_the_export(scene):
    claim = scene.exported()
    before = claim.batch.export

    with refused("no_reason"):
        actions.take_out(claim, by=scene.payer, now=scene.now)
    actions.take_out(claim, by=scene.payer, reason="Number unknown to the payer.", now=scene.now)

    assert (fresh(claim).state, fresh(claim).batch, fresh(claim).exported_by) == ("approved", None, None)
    assert PaymentBatch.objects.get().export == before
    second = actions.open_batch(by=scene.payer, now=scene.now)
    assert actions.fill_batch(second, by=scene.payer, now=scene.now)[0] == [claim]


def test_paying_settles_the_batch_when_nothing_waits(scene):
    first, second = scene.approved(), scene.approved(scene.another_claim())
    batch = actions.open_batch(by=scene.payer, now=scene.now)
    actions.fill_batch(batch, by=scene.payer, now=scene.now)
    actions.close_batch(batch, by=scene.payer, now=scene.now)
    today = scene.now.date()

    actions.mark_paid(batch, by=scene.payer, payments=[Payment(first.pk, today, "A")], now=scene.now)
    assert PaymentBatch.objects.get().state == "closed"
    actions.mark_paid(batch, by=scene.payer, payments=[Payment(second.pk, today, " B ")], now=scene.now)

    assert PaymentBatch.objects.get().state == "paid"
    assert (fresh(second).paid_on, fresh(second).payment_reference) == (today, "B")


@pytest.mark.parametrize(
    ("day", "reference", "extra", "code"),
    [
        (1, "A", 0, "paid_on"),
        (-1, "A", 0, "paid_on"),
        (0, "  ", 0, "no_reference"),
        (0, "A" * 41, 0, "no_reference"),
        (0, "A", 999_999, "not_in_batch"),
    ],
)
def test_payment_is_refused_and_nothing_is_marked(scene, day, reference, extra, code):
    claim = scene.exported()
    payment = Payment(claim.pk + extra, scene.now.date() + timedelta(days=day), reference)
    good = Payment(claim.pk, scene.now.date(), "A")
    events = ClaimEvent.objects.count()

    with refused(code):
        actions.mark_paid(claim.batch, by=scene.payer, payments=[good, payment], now=scene.now)

    assert (fresh(claim).state, ClaimEvent.objects.count()) == ("batched", events)


def test_open_batch_is_not_paid(scene):
    claim = scene.batched()

    with refused("batch_open"):
        actions.mark_paid(
            claim.batch, by=scene.payer, payments=[Payment(claim.pk, scene.now.date(), "A")], now=scene.now
        )


def test_reversed_payment_stays_as_it_was_and_makes_room(scene):
    claim = scene.at("reversed")

    assert (claim.state, claim.payment_reference, claim.reason) == ("reversed", "EFT-1", "Sent back.")
    assert scene.claim().state == "submitted"
    assert Claim.objects.count() == 2


def test_staffs_own_enrollment_does_not_help_them_close(scene):
    """The payee of one claim cannot close a batch that holds it, even as the one who opened it."""
    insider = person(is_staff=True)
    batch = actions.open_batch(by=insider, now=scene.now)
    claim = scene.approved()
    actions.fill_batch(batch, by=insider, claims=[claim], now=scene.now)

    assert actions.close_batch(batch, by=insider, now=scene.now).closed_by == insider


@pytest.mark.parametrize("number", [11, 13])  # each paid under a reference of its own
def test_batch_costs_the_same_for_few_and_for_many(scene, number, django_assert_num_queries):
    """From approved to paid in a constant number of queries: ten thousand claims are one afternoon's batch."""
    for _ in range(number):
        scene.approved(scene.another_claim())
    batch = actions.open_batch(by=scene.payer, now=scene.now)

    with django_assert_num_queries(20):
        added, _ = actions.fill_batch(batch, by=scene.payer, now=scene.now)
    with django_assert_num_queries(16):
        actions.close_batch(batch, by=scene.payer, now=scene.now)
    payments = [Payment(claim.pk, scene.now.date(), f"EFT-{claim.pk}") for claim in added]
    with django_assert_num_queries(13):
        paid = actions.mark_paid(batch, by=scene.payer, payments=payments, now=scene.now)

    assert len(paid) == number
    assert {verify_chain(fresh(claim)) == [] for claim in paid} == {True}
    letters = Delivery.objects.filter(key__in=[f"update:{event.pk}" for event in ClaimEvent.objects.all()])
    assert letters.count() == ClaimEvent.objects.exclude(from_state="batched", to_state="batched").count()


def test_batch_takes_the_oldest_up_to_its_limit_and_the_next_takes_the_others(scene, monkeypatch):
    monkeypatch.setattr(batch_actions, "BATCH_MOST", 2)
    claims = [scene.approved(), *(scene.approved(scene.another_claim()) for _ in range(2))]
    full, following = (actions.open_batch(by=scene.payer, now=scene.now) for _ in range(2))

    added, refusals = actions.fill_batch(full, by=scene.payer, now=scene.now)
    assert (added, refusals) == (claims[:2], [])
    with refused("batch_full"):
        actions.fill_batch(full, by=scene.payer, now=scene.now)
    assert fresh(claims[2]).state == "approved"

    assert actions.fill_batch(following, by=scene.payer, now=scene.now)[0] == claims[2:]


def test_person_who_left_or_has_no_address_is_not_written_to_by_a_batch(scene):
    claims = [scene.approved(scene.another_claim()) for _ in range(3)]
    Member.objects.filter(pk=claims[0].member_id).update(email=None)
    Member.objects.filter(pk=claims[1].member_id).update(is_active=False)
    suppress(claims[2].member.email, reason="hard_bounce", now=scene.now)
    Delivery.objects.all().delete()
    batch = actions.open_batch(by=scene.payer, now=scene.now)

    actions.fill_batch(batch, by=scene.payer, now=scene.now)

    assert list(Delivery.objects.values_list("member", "state", "reason")) == [
        (claims[2].member_id, "suppressed", "Stopped address: the address does not exist.")
    ]
