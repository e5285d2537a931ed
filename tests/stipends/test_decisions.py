"""Separation of duties: by action, by constraint, superusers included; and evidence that changed meanwhile."""

import pytest
from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from stipends import actions
from stipends.models import Claim
from stipends.payments import Payment
from tests.stipends.scenes import fresh


def refused(code):
    return pytest.raises(Refused, check=lambda refusal: refusal.code == code)


def verify(scene, by):
    return lambda: actions.verify(scene.claim(), by=by, now=scene.now)


def approve(scene, by):
    claim = scene.verified()
    return lambda: actions.approve(claim, by=by, now=scene.now)


def give_back(scene, by):
    claim = scene.claim()
    return lambda: actions.return_with_question(claim, by=by, question="Hm?", now=scene.now)


def deny(scene, by):
    claim = scene.claim()
    return lambda: actions.deny(claim, by=by, reason="No.", now=scene.now)


def close(scene, by):
    batch = scene.batched().batch
    return lambda: actions.close_batch(batch, by=by, now=scene.now)


def pay(scene, by):
    claim = scene.exported()
    payment = Payment(claim.pk, scene.now.date(), "EFT")
    return lambda: actions.mark_paid(claim.batch, by=by, payments=[payment], now=scene.now)


def take_out(scene, by):
    claim = scene.batched()
    return lambda: actions.take_out(claim, by=by, now=scene.now)


def reverse(scene, by):
    claim = scene.paid()
    return lambda: actions.reverse(claim, by=by, reason="x", now=scene.now)


PAIRS = [
    (verify, "member", "own_claim"),
    (approve, "member", "own_claim"),
    (approve, "verifier", "own_verification"),
    (approve, "usher", "own_attendance"),
    (give_back, "member", "own_claim"),
    (deny, "member", "own_claim"),
    (close, "member", "own_claim"),
    (close, "approver", "own_approval"),
    (pay, "member", "own_claim"),
    (take_out, "member", "own_claim"),
    (reverse, "member", "own_claim"),
]


@pytest.mark.parametrize("superuser", [False, True], ids=["staff", "superuser"])
@pytest.mark.parametrize(("step", "who", "code"), PAIRS, ids=[f"{step.__name__} by {who}" for step, who, _ in PAIRS])
def test_no_person_does_two_of_the_duties(scene, step, who, code, superuser):
    by = getattr(scene, who)
    by.is_superuser = superuser
    by.save()
    act = step(scene, by)
    before = list(Claim.objects.values())

    with refused(code), transaction.atomic():
        act()

    after = list(Claim.objects.values())
    assert after == before or [row["state"] for row in after] == ["submitted"]


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("verified", {"verified_by": "member"}),
        ("approved", {"approved_by": "member"}),
        ("approved", {"approved_by": "verifier"}),
        ("approved", {"approved_by": "usher"}),
        ("approved", {"verified_by": None}),
        ("approved", {"approved_by": None}),
        ("approved", {"attendance_confirmed_by": None}),
        ("batched", {"batch": None}),
        ("batched", {"exported_by": "member"}),
        ("batched", {"exported_by": "approver"}),
        ("submitted", {"state": "paid"}),
        ("submitted", {"state": "something"}),
        ("submitted", {"state": "denied"}),
    ],
    ids=str,
)
def test_database_refuses_what_the_actions_refuse(scene, state, change):
    claim = scene.at(state)
    people = {"member": scene.member, "verifier": scene.verifier, "usher": scene.usher, "approver": scene.approver}
    values = {name: people.get(value, value) for name, value in change.items()}

    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(**values)


def test_claim_of_nobodys_batch_is_not_taken_out(scene):
    with refused("no_batch"):
        actions.take_out(scene.approved(), by=scene.payer, now=scene.now)


def test_verify_recomputes_entitlement(scene):
    claim = scene.claim()
    scene.attendance.minutes = 10
    scene.attendance.save()

    with refused("not_entitled"):
        actions.verify(claim, by=scene.verifier, now=scene.now)
    assert fresh(claim).state == "submitted"


def test_leaving_after_the_claim_does_not_undo_it(scene):
    claim = scene.claim()
    later = scene.now.replace(hour=17)
    actions.leave_enrollment(scene.member, now=later)

    assert actions.verify(claim, by=scene.verifier, now=later).state == "verified"


def test_evidence_that_changed_since_verifying_is_not_approved(scene):
    claim = scene.verified()
    scene.attendance.minutes = 90
    scene.attendance.save()

    with refused("evidence_changed"):
        actions.approve(claim, by=scene.approver, now=scene.now)
    assert fresh(claim).state == "verified"


def test_attendance_confirmed_anew_by_the_approver_is_not_approved(scene):
    claim = scene.verified()
    scene.attendance.confirmed_by = scene.approver
    scene.attendance.save()

    with refused("own_attendance"):
        actions.approve(claim, by=scene.approver, now=scene.now)


def test_decider_who_looked_at_an_older_version_is_stopped(scene):
    claim = scene.claim()
    seen = claim.events.last().digest
    actions.return_with_question(claim, by=scene.verifier, question="How much?", now=scene.now, seen=seen)
    actions.answer(claim, member=scene.member, words="Less", amount=claim.amount - 5, now=scene.now)

    with refused("moved_on"):
        actions.verify(claim, by=scene.verifier, now=scene.now, seen=seen)
    assert fresh(claim).state == "submitted"


@pytest.mark.parametrize("words", ["", "   ", "x" * 501])
def test_return_deny_and_reverse_say_why(scene, words):
    claim = scene.claim()
    codes = {"no_reason", "too_long"}

    with pytest.raises(Refused) as refusal:
        actions.deny(claim, by=scene.verifier, reason=words, now=scene.now)
    assert refusal.value.code in codes
    with pytest.raises(Refused) as refusal:
        actions.return_with_question(claim, by=scene.verifier, question=words, now=scene.now)
    assert refusal.value.code in codes
    assert fresh(claim).state == "submitted"
