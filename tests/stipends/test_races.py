"""Forty at once on PostgreSQL: one claim, one approval, one batch, one payment; and what happens without the guard."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from django.db import IntegrityError, OperationalError, connection, connections

from cop_portal.errors import Refused
from meetings.models import Meeting
from members.models import Member
from notices.models import Delivery
from stipends import actions
from stipends.actions import claims as claim_actions
from stipends.actions import decisions as decision_actions
from stipends.audit import audit
from stipends.chain import may_follow, verify_chain
from stipends.enums import ClaimState
from stipends.models import Claim, ClaimEvent, PaymentBatch
from stipends.payments import Payment
from stipends.rules import refusal_to_move
from stipends.steps import note
from tests.factories import StaffFactory
from tests.stipends.scenes import Scene, fresh
from tests.stipends.test_transitions import MOVES

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


@pytest.mark.parametrize("guarded", [True, False], ids=["locked", "no guard"])
def test_control_approval_without_lock_or_condition(guarded, monkeypatch):
    """The race of the approvers is a real one: with the lock and the conditional UPDATE off, all forty approve."""
    scene = Scene()
    claim = scene.verified()
    approvers = [StaffFactory() for _ in range(CLIENTS)]
    if not guarded:
        monkeypatch.setattr(decision_actions, "hold", looked_at_by_all(Barrier(CLIENTS)))
        monkeypatch.setattr(decision_actions, "move", unconditional)

    outcomes = race(lambda index: actions.approve(claim, by=approvers[index], now=scene.now))

    approvals = ClaimEvent.objects.filter(claim=claim, to_state="approved").count()
    assert outcomes.count("done") == approvals == (1 if guarded else CLIENTS)


def looked_at_by_all(checked):
    """Instead of a lock: everybody reads the claim as it is, and waits until all have."""

    def hold(claim, *, seen=""):
        mine = Claim.objects.select_related("member", "meeting", "policy").get(pk=claim.pk)
        checked.wait(timeout=30)
        return mine

    return hold


def unconditional(claim, to, *, actor, now, evidence, changes):
    """Instead of the conditional UPDATE: whatever the claim has become meanwhile."""
    origin = claim.state
    Claim.objects.filter(pk=claim.pk).update(state=to, **changes)
    claim.state = to
    note(claim, origin=origin, actor=actor, now=now, evidence=evidence)


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


@pytest.mark.parametrize("origin", ClaimState.values)
def test_all_nine_moves_at_once_leave_one_true_story(origin):
    """Whatever is tried on a claim at the same moment, only listed steps happen, each once, and the record holds."""
    scene = Scene()
    claim = fresh(scene.at(origin))
    before = claim.events.count()
    moves = list(MOVES.values())

    race(lambda index: moves[index % 9](scene, fresh(claim)), 18)

    after = fresh(claim)
    steps = list(after.events.order_by("pk").values_list("from_state", "to_state"))[before:]
    assert [pair for pair in steps if not may_follow(*pair)] == []
    assert [state for _, state in steps].count("paid") <= 1
    assert verify_chain(after) == []
    assert audit(now=scene.now) == {}


@pytest.mark.parametrize("table", ["stipends_claim", "stipends_claimevent", "notices_delivery"])
@pytest.mark.parametrize("step", ["verified", "approved", "batched", "paid", "withdrawn", "denied"])
def test_connection_killed_in_the_middle_of_a_step_leaves_nothing_half_done(step, table):
    """The database ends the connection after the row, the event or the message was written, and before the commit."""
    scene = Scene()
    origin = {"verified": "submitted", "approved": "verified", "batched": "approved", "paid": "batched"}
    claim = fresh(scene.exported() if step == "paid" else scene.at(origin.get(step, "submitted")))
    batch = claim.batch or actions.open_batch(by=scene.payer, now=scene.now)
    before = story(claim)
    acts = {
        **MOVES,
        "batched": lambda *_: actions.fill_batch(batch, by=scene.payer, claims=[claim], now=scene.now),
    }

    with killed_after_writing(table), pytest.raises(OperationalError):
        acts[step](scene, claim)
    connection.close()

    assert story(claim) == before
    acts[step](scene, fresh(claim))
    assert (fresh(claim).state, audit(now=scene.now)) == (step, {})


def story(claim):
    rows = Claim.objects.filter(pk=claim.pk).values_list("state", "reason", "batch", "paid_on", "approved_by")
    return list(rows), list(claim.events.values_list("digest")), Delivery.objects.count()


@contextmanager
def killed_after_writing(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION kill_me() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        )
        cursor.execute(f"CREATE TRIGGER kill_me AFTER INSERT OR UPDATE ON {table} EXECUTE FUNCTION kill_me()")
    try:
        yield
    finally:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION kill_me() CASCADE")
