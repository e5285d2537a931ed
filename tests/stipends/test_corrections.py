"""Attendance corrected after a decision: what rested on it is looked at again, and a paid claim is never edited."""

from datetime import timedelta

import pytest

from cop_portal.errors import Refused
from meetings.actions import Tick, record_attendance
from stipends import actions
from stipends.audit import audit
from stipends.chain import verify_chain
from stipends.models import Claim, ClaimEvent
from stipends.tasks import reopen_corrected
from tests.factories import StaffFactory
from tests.stipends.scenes import Scene, fresh

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)


@pytest.fixture
def scene():
    return Scene()


def corrected(scene, minutes=70, after=LATER, **how):
    """Staff say that the person was there for so many minutes."""
    tick = Tick(present=True, minutes=minutes, member_id=scene.member.pk)
    by = how.pop("by", None) or scene.usher
    record_attendance(scene.meeting, ticks=[tick], by=by, reason="The door list says so.", now=scene.now + after)


@pytest.mark.parametrize("state", ["verified", "approved", "batched"])
def test_decided_claim_is_taken_up_again(scene, state):
    claim = scene.at(state)
    batch = claim.batch
    corrected(scene)
    assert list(Claim.objects.corrected()) == [claim]

    assert actions.reopen_corrected(now=scene.now + 2 * LATER) == 1
    assert actions.reopen_corrected(now=scene.now + 2 * LATER) == 0

    claim = fresh(claim)
    assert (claim.state, claim.verified_by, claim.approved_by, claim.batch) == ("submitted", None, None, None)
    last = claim.events.last()
    assert (last.actor, "120 minutes, now participant, 70 minutes" in last.reason) == (scene.usher, True)
    assert (verify_chain(claim), audit(now=scene.now)) == ([], {})
    if batch is not None:
        assert not batch.claims.exists()
    actions.verify(claim, by=scene.verifier, now=scene.now + 3 * LATER)
    actions.approve(claim, by=scene.approver, now=scene.now + 3 * LATER)
    assert fresh(claim).state == "approved"


@pytest.mark.parametrize("state", ["submitted", "returned", "denied", "withdrawn", "reversed"])
def test_other_claims_are_left_alone(scene, state):
    claim = scene.at(state)
    corrected(scene)

    reopen_corrected()

    assert fresh(claim).state == state
    assert not Claim.objects.corrected().exists()


def test_correction_before_the_decision_and_one_taken_back_change_nothing(scene):
    claim = scene.claim()
    corrected(scene, minutes=100, after=-LATER)
    actions.verify(claim, by=scene.verifier, now=scene.now)
    assert not Claim.objects.corrected().exists()
    corrected(scene, minutes=70)
    corrected(scene, minutes=100, after=2 * LATER)

    assert actions.reopen_corrected(now=scene.now + 3 * LATER) == 0
    assert fresh(claim).state == "verified"


@pytest.mark.parametrize("how", ["exported", "paid"])
def test_claim_that_was_sent_or_paid_is_not_edited_and_comes_back_to_staff(scene, how):
    claim = getattr(scene, how)()
    before = Claim.objects.filter(pk=claim.pk).values().get()
    corrected(scene, minutes=30)

    reopen_corrected()

    assert Claim.objects.filter(pk=claim.pk).values().get() == before
    assert list(Claim.objects.to_look_at_again()) == [claim]
    assert "It was approved on other evidence than there is now: minutes." in audit(now=scene.now)[claim.reference]
    by, now = StaffFactory(), scene.now + 2 * LATER
    actions.let_stand(claim, by=by, words="Half an hour was our mistake.", now=now)
    assert not Claim.objects.to_look_at_again().exists()
    assert audit(now=now) == {}
    assert claim.events.last().reason == "Half an hour was our mistake."
    corrected(scene, minutes=20, after=3 * LATER)
    assert list(Claim.objects.to_look_at_again()) == [claim]


@pytest.mark.parametrize(
    ("prepare", "who", "words", "code"),
    [
        (None, "approver", "Fine.", "not_corrected"),
        (corrected, "usher", "Fine.", "own_correction"),
        (corrected, "member", "Fine.", "own_claim"),
        (corrected, "approver", " ", "no_reason"),
    ],
    ids=["not corrected", "own correction", "own claim", "no reason"],
)
def test_letting_it_stand_is_refused_and_leaves_nothing_behind(scene, prepare, who, words, code):
    claim = scene.paid()
    if prepare:
        prepare(scene)
    number = ClaimEvent.objects.count()

    with pytest.raises(Refused) as refusal:
        actions.let_stand(claim, by=getattr(scene, who), words=words, now=scene.now + 2 * LATER)

    assert (refusal.value.code, ClaimEvent.objects.count()) == (code, number)
