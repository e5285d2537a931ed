"""Forty at once on PostgreSQL: one claim, one approval, one batch, one payment; and what happens without the guard."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections

from cop_portal.errors import Refused
from meetings.models import Meeting
from members.models import Member
from notices.models import Delivery
from stipends import actions
from stipends.actions import claims as claim_actions
from stipends.chain import verify_chain
from stipends.models import Claim, ClaimEvent, PaymentBatch
from stipends.payments import Payment
from stipends.rules import refusal_to_move
from tests.factories import StaffFactory
from tests.stipends.scenes import Scene, fresh

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CLIENTS = 40


def race(act, number=CLIENTS):
    """Every client starts at the same moment; the outcome of each is "done" or the refusal's code."""
    barrier = Barrier(number)

    def client(index):
        try:
            barrier.wait(timeout=30)
            act(index)
        except Refused as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(client, range(number)))


def test_forty_clicks_make_one_claim():
    scene = Scene()

    outcomes = race(lambda _: scene.claim())

    assert (outcomes.count("done"), outcomes.count("not_claimed")) == (1, CLIENTS - 1)
    claim = Claim.objects.get()
    assert (ClaimEvent.objects.count(), Delivery.objects.count(), verify_chain(claim)) == (1, 1, [])


def test_forty_clicks_make_one_claim_by_the_constraint_alone(monkeypatch):
    """Without the locks, the unique constraint is still the referee."""
    scene = Scene()
    monkeypatch.setattr(claim_actions, "hold_pair", unlocked)

    outcomes = race(lambda _: scene.claim())

    assert outcomes.count("done") == 1
    assert Claim.objects.count() == 1


def test_control_without_guard_many_claims_are_made(monkeypatch):
    """The race is a real one: with locks and constraints off, it is lost."""
    scene = Scene()
    monkeypatch.setattr(claim_actions, "hold_pair", unlocked)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX claim_one_per_meeting")
        cursor.execute("DROP INDEX claim_one_per_date")
    try:
        outcomes = race(lambda _: scene.claim())
        made = Claim.objects.count()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE stipends_claim CASCADE")
        with connection.schema_editor() as editor:
            for constraint in Claim._meta.constraints[:2]:
                editor.add_constraint(Claim, constraint)

    assert outcomes.count("done") == made > 1


def unlocked(meeting_id, member_id):
    return Meeting.objects.get(pk=meeting_id), Member.objects.get(pk=member_id)


def test_forty_approvers_make_one_approval():
    scene = Scene()
    claim = scene.verified()
    approvers = [StaffFactory() for _ in range(CLIENTS)]

    outcomes = race(lambda index: actions.approve(claim, by=approvers[index], now=scene.now))

    assert (outcomes.count("done"), outcomes.count("transition")) == (1, CLIENTS - 1)
    after = fresh(claim)
    assert after.events.filter(to_state="approved").get().actor == after.approved_by
    assert verify_chain(after) == []


def test_approval_and_withdrawal_at_once_leave_one_story():
    scene = Scene()
    claim = scene.verified()

    def act(index):
        if index % 2:
            actions.withdraw(claim, member=scene.member, now=scene.now)
        else:
            actions.return_with_question(claim, by=scene.approver, question="?", now=scene.now)

    race(act, 20)

    assert verify_chain(fresh(claim)) == []
    assert fresh(claim).state == "withdrawn" or fresh(claim).events.count() == 3


def test_two_batches_at_once_share_no_claim():
    scene = Scene()
    claims = [scene.approved(), *(scene.approved(scene.another_claim()) for _ in range(9))]
    batches = [actions.open_batch(by=scene.payer, now=scene.now) for _ in range(8)]

    race(lambda index: actions.fill_batch(batches[index], by=scene.payer, now=scene.now), 8)

    assert Claim.objects.filter(state="batched", batch__isnull=False).count() == len(claims)
    assert ClaimEvent.objects.filter(to_state="batched").count() == len(claims)


def test_forty_payers_make_one_payment():
    scene = Scene()
    claim = scene.exported()

    def pay(index):
        payment = Payment(claim.pk, scene.now.date(), f"EFT-{index}")
        actions.mark_paid(claim.batch, by=scene.payer, payments=[payment], now=scene.now)

    outcomes = race(pay)

    assert (outcomes.count("done"), outcomes.count("transition")) == (1, CLIENTS - 1)
    after = fresh(claim)
    paid = after.events.get(to_state="paid")
    assert paid.evidence["reference"] == after.payment_reference
    assert PaymentBatch.objects.get().state == "paid"


@pytest.mark.parametrize("guarded", [True, False], ids=["database guards alone", "no guard"])
def test_control_payment_without_lock_or_condition(guarded):
    """Check, then write: the trigger alone still lets one through; without it every client pays."""
    scene = Scene()
    claim = scene.exported()
    checked = Barrier(CLIENTS)

    def pay(index):
        mine = Claim.objects.get(pk=claim.pk)
        assert refusal_to_move(mine, "paid") is None
        checked.wait(timeout=30)
        try:
            Claim.objects.filter(pk=claim.pk).update(state="paid", paid_on=scene.now.date(), payment_reference=index)
        except IntegrityError as error:
            raise Refused("The trigger says no.", code="trigger") from error

    with triggers("ENABLE" if guarded else "DISABLE"):
        outcomes = race(pay)

    assert outcomes.count("done") == (1 if guarded else CLIENTS)


@contextmanager
def triggers(state):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE stipends_claim {state} TRIGGER stipends_claim_frozen")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE stipends_claim ENABLE TRIGGER stipends_claim_frozen")


def test_closing_and_taking_out_at_once_leave_the_export_true():
    scene = Scene()
    claims = [scene.approved(), *(scene.approved(scene.another_claim()) for _ in range(3))]
    batch = actions.open_batch(by=scene.payer, now=scene.now)
    actions.fill_batch(batch, by=scene.payer, now=scene.now)

    def act(index):
        if index == 0:
            actions.close_batch(batch, by=scene.payer, now=scene.now)
        else:
            actions.take_out(claims[index], by=scene.payer, now=scene.now)

    outcomes = race(act, 4)

    assert set(outcomes) <= {"done", "no_reason"}
    closed = PaymentBatch.objects.get()
    inside = Claim.objects.filter(batch=closed, state="batched")
    assert closed.export.count("C-0") == inside.count()


def test_mixed_work_on_the_same_claims_ends_without_a_deadlock():
    """Everybody at once on ten claims: a lost race is a refusal, never an error of the database."""
    scene = Scene()
    claims = [scene.claim(), *(scene.another_claim() for _ in range(9))]
    batch = actions.open_batch(by=scene.payer, now=scene.now)

    def act(index):
        turns = claims[index % 10 :] + claims[: index % 10]
        for claim in turns:
            try:
                steps[index % 5](claim)
            except Refused:
                continue

    steps = [
        lambda claim: actions.verify(claim, by=scene.verifier, now=scene.now),
        lambda claim: actions.approve(claim, by=scene.approver, now=scene.now),
        lambda claim: actions.fill_batch(batch, by=scene.payer, now=scene.now),
        lambda claim: actions.take_out(claim, by=scene.payer, now=scene.now),
        lambda claim: actions.return_with_question(claim, by=scene.approver, question="?", now=scene.now),
    ]

    assert set(race(act)) == {"done"}
    assert [verify_chain(fresh(claim)) for claim in claims] == [[]] * 10
