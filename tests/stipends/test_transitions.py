"""Nine states by nine: what the table lists passes, and nothing else does."""

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from meetings.actions import Tick, record_attendance
from notices.models import Delivery
from stipends import actions
from stipends.chain import digest_of, verify_chain
from stipends.enums import CLAIM_NEXT, ClaimState
from stipends.models import Claim, ClaimEvent
from stipends.payments import Payment
from stipends.steps import move
from tests.stipends.scenes import fresh


def resubmit(scene, claim):
    """By the person's answer, a second look at a denial, or because staff corrected the attendance."""
    if claim.state in {ClaimState.VERIFIED, ClaimState.APPROVED}:
        later = scene.now + timedelta(minutes=1)
        tick = Tick(present=True, minutes=100, member_id=scene.member.pk)
        record_attendance(scene.meeting, ticks=[tick], by=scene.usher, reason="Miscounted.", now=later)
        if not actions.reopen(claim, now=later):
            raise Refused("Somebody else moved it first.", code="not_reopened")
        return
    if claim.state == ClaimState.DENIED:
        actions.ask_for_review(claim, member=scene.member, words="I was there.", now=scene.now)
        actions.overturn(claim, by=scene.approver, words="You were.", now=scene.now)
        return
    actions.answer(claim, member=scene.member, words="The morning one.", amount=claim.amount, now=scene.now)


def verify(scene, claim):
    actions.verify(claim, by=scene.verifier, now=scene.now)


def to_approved(scene, claim):
    """By approval, or out of a batch."""
    if claim.state == ClaimState.BATCHED:
        actions.take_out(claim, by=scene.payer, now=scene.now)
    else:
        actions.approve(claim, by=scene.approver, now=scene.now)


def batch(scene, claim):
    opened = actions.open_batch(by=scene.payer, now=scene.now)
    _, refusals = actions.fill_batch(opened, by=scene.payer, claims=[claim], now=scene.now)
    for refusal in refusals:
        raise refusal


def pay(scene, claim):
    into = claim.batch
    if into is None:
        into = actions.open_batch(by=scene.payer, now=scene.now)
        actions.fill_batch(into, by=scene.payer, claims=[scene.approved(scene.another_claim())], now=scene.now)
    if into.state == "open":
        actions.close_batch(into, by=scene.payer, now=scene.now)
    actions.mark_paid(into, by=scene.payer, payments=[Payment(claim.pk, scene.now.date(), "EFT")], now=scene.now)


MOVES = {
    "submitted": resubmit,
    "verified": verify,
    "approved": to_approved,
    "batched": batch,
    "paid": pay,
    "returned": lambda scene, claim: actions.return_with_question(
        claim, by=scene.verifier, question="Which?", now=scene.now
    ),
    "denied": lambda scene, claim: actions.deny(claim, by=scene.verifier, reason="No.", now=scene.now),
    "withdrawn": lambda scene, claim: actions.withdraw(claim, member=scene.member, now=scene.now),
    "reversed": lambda scene, claim: actions.reverse(claim, by=scene.payer, reason="Came back.", now=scene.now),
}


@pytest.mark.parametrize(("origin", "to"), list(itertools.product(ClaimState.values, ClaimState.values)))
def test_only_the_listed_transitions_pass(scene, origin, to):
    claim = fresh(scene.at(origin))
    before = claim.events.count()

    if to in CLAIM_NEXT[ClaimState(origin)]:
        MOVES[to](scene, claim)
        after = fresh(claim)
        assert after.state == to
        last = claim.events.last()
        assert (last.from_state, last.to_state, last.evidence["amount"]) == (origin, to, str(after.amount))
        assert Delivery.objects.filter(key=f"update:{last.pk}", member=scene.member).count() == 1
    else:
        with pytest.raises(Refused) as refused, transaction.atomic():
            MOVES[to](scene, claim)
        assert refused.value.code in {"transition", "no_batch", "not_in_batch", "batch_closed"}
        after = fresh(claim)
        assert (after.state, after.events.count()) == (origin, before)
    assert verify_chain(after) == []


@pytest.mark.parametrize("state", ["paid", "reversed"])
def test_paid_claim_cannot_be_edited(scene, state):
    claim = scene.at(state)

    for change in ({"amount": Decimal(1)}, {"payment_reference": "X"}, {"state": "approved"}, {"member": scene.payer}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Claim.objects.filter(pk=claim.pk).update(**change)


@pytest.mark.parametrize("state", ["submitted", "verified", "approved", "batched", "paid", "denied", "withdrawn"])
def test_amount_cannot_change_but_in_an_answer(scene, state):
    claim = scene.at(state)

    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(amount=Decimal(1))


def test_paid_claim_is_not_changed_on_its_way_to_reversed(scene):
    claim = scene.paid()

    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(state="reversed", reason="x", payment_reference="Another")


def test_events_are_append_only(scene):
    claim = scene.claim()

    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimEvent.objects.filter(claim=claim).update(reason="Something else")


@pytest.mark.postgres
def test_events_and_claims_cannot_be_deleted(scene):
    claim = scene.claim()

    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimEvent.objects.filter(claim=claim)._raw_delete("default")
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk)._raw_delete("default")


def test_chain_shows_what_was_tampered_with(scene):
    claim = scene.paid()
    assert verify_chain(claim) == []

    ClaimEvent.objects.bulk_create(
        [ClaimEvent(claim=claim, from_state="paid", to_state="paid", actor=scene.payer, at=scene.now, digest="0" * 64)]
    )
    assert "is not what was written" in verify_chain(claim)[0]
    assert any("amount" in fault for fault in verify_chain(claim))


def test_chain_without_events_is_a_fault(scene):
    claim = scene.claim()
    bare = Claim.objects.create(
        member=scene.usher, meeting=scene.meeting, meeting_on=claim.meeting_on, policy=claim.policy,
        once_per="date", cap=55, amount=55, attested_at=scene.now, submitted_at=scene.now,
    )  # fmt: skip

    assert verify_chain(bare) == ["The claim has no events."]


def test_chain_shows_a_state_that_no_event_tells_of(scene):
    claim = scene.claim()
    Claim.objects.filter(pk=claim.pk).update(state="withdrawn")

    assert verify_chain(fresh(claim)) == ["The claim's state is not the one its last event says."]


def test_chain_shows_an_event_that_was_put_in(scene):
    claim = scene.claim()
    put_in = ClaimEvent(
        claim=claim, from_state="paid", to_state="submitted", actor=scene.payer, at=scene.now,
        evidence={"amount": "55.00"},
    )  # fmt: skip
    put_in.digest = digest_of(put_in, claim.events.get().digest)
    put_in.save()

    assert verify_chain(claim) == [
        f"Event {put_in.pk} does not follow from the one before it.", f"Event {put_in.pk} is a step that no rule knows."
    ]  # fmt: skip


def test_step_on_a_claim_that_somebody_else_moved_is_refused(scene):
    stale = scene.claim()
    actions.verify(fresh(stale), by=scene.verifier, now=scene.now)

    with pytest.raises(Refused) as refused, transaction.atomic():
        move(stale, ClaimState.WITHDRAWN, actor=scene.member, now=scene.now)

    assert refused.value.code == "moved_on"
    assert fresh(stale).state == "verified"
