"""Enrolling, claiming and answering: what a person does for themselves."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from members.models import MembershipPeriod
from notices.models import Delivery
from privacy.models import Consent
from privacy.rules import has_consented
from stipends import actions
from stipends.enums import ATTESTATION
from stipends.models import Claim, ClaimEvent, Enrollment
from tests.factories import ConsentNoticeFactory, MemberFactory, MembershipPeriodFactory
from tests.stipends.scenes import fresh


@pytest.fixture
def newcomer(db):
    member = MemberFactory()
    MembershipPeriodFactory(member=member)
    return member


@pytest.fixture
def notice(db):
    return ConsentNoticeFactory(key="stipend")


def refused(code):
    return pytest.raises(Refused, check=lambda refusal: refusal.code == code)


def test_enroll_keeps_the_attestation_with_its_consent(newcomer, notice, now):
    enrollment = actions.enroll(
        newcomer, agreed=True, notice_id=notice.pk, wants_help=True, supplier_number=" 0001234567 ", now=now
    )

    assert (enrollment.member, enrollment.consent.notice, enrollment.attested_at) == (newcomer, notice, now)
    assert (enrollment.supplier_number, enrollment.wants_help) == ("0001234567", True)


def test_enroll_twice_is_once(newcomer, notice, now):
    first = actions.enroll(newcomer, agreed=True, now=now)

    assert actions.enroll(newcomer, agreed=True, now=now + timedelta(days=1)) == first


def test_enrolling_again_agrees_to_a_new_notice(newcomer, notice, now):
    first = actions.enroll(newcomer, agreed=True, supplier_number="0001234567", now=now)
    newer = ConsentNoticeFactory(key="stipend", version=notice.version + 1)

    again = actions.enroll(newcomer, agreed=True, notice_id=newer.pk, now=now + timedelta(days=1))

    assert (again, again.supplier_number) == (first, "0001234567")
    assert has_consented(newcomer, key="stipend")


def make_public(member):
    MembershipPeriod.objects.update(level="public")


def make_facilitator(member):
    member.is_facilitator = True


@pytest.mark.parametrize(
    ("change", "values", "code"),
    [
        (None, {"agreed": False}, "not_agreed"),
        (make_public, {}, "level"),
        (make_facilitator, {}, "facilitator"),
        (None, {"supplier_number": "123-45-6789"}, "looks_like_ssn"),
        (None, {"supplier_number": "x"}, "supplier_number"),
        (None, {"notice_id": 0}, "stale_notice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_enroll_is_refused_and_leaves_nothing_behind(newcomer, notice, now, change, values, code):
    if change:
        change(newcomer)

    with refused(code):
        actions.enroll(newcomer, **{"agreed": True, "now": now, **values})

    assert not Enrollment.objects.exists()
    assert not Consent.objects.exists()


def test_enroll_without_a_published_notice_is_refused(newcomer, now):
    with refused("no_notice"):
        actions.enroll(newcomer, agreed=True, now=now)


def test_leaving_ends_the_consent_and_one_can_come_back(newcomer, notice, now):
    first = actions.enroll(newcomer, agreed=True, now=now)
    actions.leave_enrollment(newcomer, now=now + timedelta(days=1))

    assert not Consent.objects.standing().exists()
    with refused("not_enrolled"):
        actions.leave_enrollment(newcomer, now=now + timedelta(days=1))
    second = actions.enroll(newcomer, agreed=True, now=now + timedelta(days=2))
    assert second != first


def test_leaving_after_the_consent_was_withdrawn_elsewhere_works(newcomer, notice, now):
    actions.enroll(newcomer, agreed=True, now=now)
    newcomer.consents.update(withdrawn_at=now)

    assert actions.leave_enrollment(newcomer, now=now).left_at == now


def test_supplier_number_is_kept_and_refused_without_enrollment(newcomer, notice, now):
    with refused("not_enrolled"):
        actions.set_supplier_number(newcomer, supplier_number="0001234567", wants_help=False)
    enrollment = actions.enroll(newcomer, agreed=True, wants_help=True, now=now)

    assert actions.mark_helped(enrollment) is True
    assert actions.mark_helped(enrollment) is False
    assert (
        actions.set_supplier_number(newcomer, supplier_number="0001234567", wants_help=False).supplier_number
        == "0001234567"
    )


def test_claim_is_kept_with_its_rule_its_evidence_and_a_neutral_message(scene):
    claim = scene.claim("40.00")

    assert (claim.state, claim.amount, claim.cap, claim.once_per) == ("submitted", Decimal("40.00"), 55, "date")
    assert (claim.meeting_on, claim.attendance_confirmed_by) == (scene.meeting.held_on, scene.usher)
    event = claim.events.get()
    assert event.evidence["attested"] == ATTESTATION
    assert event.evidence["conditions"]["minutes"] == {"met": True, "minutes": 120, "needed": 60}
    message = Delivery.objects.get()
    assert (message.key, message.address) == (f"update:{event.pk}", scene.member.email)
    whole = f"{message.key} {message.subject_line} {message.text} {message.html}".lower()
    assert message.subject_line == "You have an update"
    assert [
        word for word in ("stipend", "claim", "40.00", "lived", "$", scene.meeting.title.lower()) if word in whole
    ] == []


def test_claim_of_a_person_without_address_owes_nothing(scene):
    scene.member.email = None
    scene.member.save()

    scene.claim()

    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"attested": False}, "not_attested"),
        ({"amount": Decimal("55.01")}, "amount"),
        ({"amount": Decimal(0)}, "amount"),
        ({"now": "late"}, "in_time"),
    ],
    ids=["not attested", "over the cap", "nothing", "late"],
)
def test_claim_is_refused_and_leaves_nothing_behind(scene, values, code):
    if values.get("now") == "late":
        values = {"now": scene.now + timedelta(days=90)}

    with refused(code):
        actions.submit_claim(
            scene.meeting,
            **{"member": scene.member, "amount": Decimal(55), "attested": True, "now": scene.now, **values},
        )

    assert (Claim.objects.count(), ClaimEvent.objects.count(), Delivery.objects.count()) == (0, 0, 0)


def test_claim_twice_is_refused(scene):
    scene.claim()

    with refused("not_claimed"):
        scene.claim()
    assert Claim.objects.count() == 1


def test_database_refuses_a_second_claim_for_the_meeting_or_date(scene):
    claim = scene.claim()
    claim.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        claim.save(force_insert=True)


def test_withdrawing_makes_room_for_another(scene):
    actions.withdraw(scene.claim(), member=scene.member, now=scene.now)

    assert scene.claim().state == "submitted"


def test_only_the_person_withdraws_or_answers(scene):
    claim = scene.at("returned")

    with refused("not_yours"):
        actions.withdraw(claim, member=scene.verifier, now=scene.now)
    with refused("not_yours"):
        actions.answer(claim, member=scene.verifier, words="Yes", amount=Decimal(5), now=scene.now)


def test_answer_with_another_amount_needs_a_new_approval(scene):
    claim = actions.return_with_question(scene.approved(), by=scene.approver, question="How much?", now=scene.now)
    later = scene.now + timedelta(days=100)

    claim = actions.answer(claim, member=scene.member, words="Less.", amount=Decimal("20.00"), now=later)

    assert (claim.state, claim.amount, claim.verified_by, claim.approved_by) == (
        "submitted",
        Decimal("20.00"),
        None,
        None,
    )
    assert (claim.submitted_at, claim.attested_at) == (later, scene.now)
    assert claim.events.last().evidence == {"asked": "How much?", "amount_before": "55.00", "amount": "20.00"}
    assert scene.approved(fresh(claim)).state == "approved"


@pytest.mark.parametrize(
    ("values", "code"),
    [({"words": "  "}, "no_answer"), ({"amount": Decimal(56)}, "amount")],
    ids=["silent", "too much"],
)
def test_answer_is_refused_and_leaves_nothing_behind(scene, values, code):
    claim = scene.at("returned")

    with refused(code):
        actions.answer(
            claim, **{"member": scene.member, "words": "Yes", "amount": Decimal(5), "now": scene.now, **values}
        )

    assert fresh(claim).state == "returned"
    assert claim.events.count() == 2
