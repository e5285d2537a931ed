"""Somebody without an address is enrolled and claims: staff take their word, and decide nothing about it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from members.enums import Asked
from privacy.enums import NoticeKey
from stipends import actions
from stipends.models import Claim
from tests.factories import NOW, ConsentNoticeFactory, MembershipPeriodFactory, StaffFactory
from tests.stipends.scenes import Scene

pytestmark = pytest.mark.django_db
BY_PHONE = {"attested_how": Asked.PHONE}


def entered(scene, by):
    return actions.submit_claim(
        scene.meeting, member=scene.member, amount=scene.policy.cap, attested=True, by=by, now=NOW, **BY_PHONE
    )


def test_enrolling_for_somebody_says_who_took_their_word_and_how():
    ConsentNoticeFactory(key=NoticeKey.STIPEND)
    member, staff = MembershipPeriodFactory(member__email=None).member, StaffFactory()

    enrollment = actions.enroll(member, agreed=True, by=staff, now=NOW, **BY_PHONE)

    assert (enrollment.entered_by, enrollment.attested_how) == (staff, Asked.PHONE)
    assert enrollment.consent.member == member


def test_a_claim_entered_for_somebody_says_who_took_their_word_and_how():
    scene, staff = Scene(), StaffFactory()

    claim = entered(scene, staff)

    event = claim.events.get()
    assert (claim.member, claim.entered_by, claim.attested_how) == (scene.member, staff, Asked.PHONE)
    assert (event.actor, event.evidence["attested_how"]) == (staff, Asked.PHONE)


def test_whoever_entered_a_claim_neither_verifies_nor_approves_it():
    scene, staff = Scene(), StaffFactory(is_superuser=True)
    claim = entered(scene, staff)

    with pytest.raises(Refused) as refusal:
        actions.verify(claim, by=staff, now=NOW)
    assert refusal.value.code == "own_entry"

    actions.verify(claim, by=scene.verifier, now=NOW)
    with pytest.raises(Refused) as refusal:
        actions.approve(claim, by=staff, now=NOW)
    assert refusal.value.code == "own_entry"

    claim.refresh_from_db()
    assert (claim.state, claim.verified_by) == ("verified", scene.verifier)


@pytest.mark.parametrize("role", ["verified_by", "approved_by"])
def test_the_database_does_not_let_them_either(role):
    scene, staff = Scene(), StaffFactory()
    claim = entered(scene, staff)
    values = {"verified_by": scene.verifier, role: staff}

    with pytest.raises(IntegrityError, match="claim_not_decided_by_who_entered_it"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(**values)


def test_answering_a_question_for_somebody_bars_them_from_deciding_too():
    scene, staff = Scene(), StaffFactory()
    claim = scene.claim()
    actions.return_with_question(claim, by=scene.verifier, question="Which hours?", now=NOW)
    claim.refresh_from_db()

    said = {"words": "All of them", "amount": claim.amount, "now": NOW + timedelta(hours=1)}
    actions.answer(claim, member=scene.member, by=staff, **said, **BY_PHONE)

    claim.refresh_from_db()
    assert (claim.entered_by, claim.events.last().actor) == (staff, staff)


def enrolled(scene, by):
    return actions.enroll(scene.member, agreed=True, by=by, now=NOW, **BY_PHONE)


@pytest.mark.parametrize("act", [enrolled, entered])
def test_staff_do_not_enter_their_own_as_if_somebody_had_asked_them(act):
    scene = Scene()

    with pytest.raises(Refused) as refusal:
        act(scene, scene.member)

    assert (refusal.value.code, Claim.objects.count()) == ("own_claim", 0)


def test_it_must_be_said_how_they_gave_their_word():
    scene, staff = Scene(), StaffFactory()
    said = {"member": scene.member, "amount": scene.policy.cap, "attested": True, "by": staff, "now": NOW}

    with pytest.raises(Refused) as refusal:
        actions.submit_claim(scene.meeting, **said)

    assert (refusal.value.code, Claim.objects.count()) == ("how_missing", 0)
    claim = entered(scene, staff)
    with pytest.raises(IntegrityError, match="claim_for_another_says_how"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(attested_how="")
