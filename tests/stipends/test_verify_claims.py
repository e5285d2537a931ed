from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetings.models import Attendance
from notices.models import Delivery
from privacy.models import Disposal, SensitiveView
from stipends import actions
from stipends.audit import audit
from stipends.chain import digest_of
from stipends.enums import ATTESTATION
from stipends.evidence import hints_for
from stipends.models import Claim, PaymentBatch
from stipends.payments import Payment, checksum
from tests.factories import PaymentBatchFactory, StaffFactory
from tests.stipends.scenes import NOW, attended, fresh, held_meeting


def test_records_that_hold_are_counted(scene, capsys):
    scene.paid()

    call_command("verify_claims")

    assert capsys.readouterr().out == "1 claims and 1 closed batches hold.\n"


def test_records_that_do_not_hold_are_named(scene, capsys):
    claim = scene.claim()
    Claim.objects.filter(pk=claim.pk).update(state="withdrawn")
    batch = PaymentBatchFactory(
        state="closed", closed_by=scene.payer, closed_at=NOW, export="changed", checksum="0" * 64
    )
    assert PaymentBatch.objects.get() == batch

    with pytest.raises(CommandError, match="2 of 1 claims and 1 closed batches do not hold"):
        call_command("verify_claims")

    assert claim.reference in capsys.readouterr().err


@contextmanager
def thawed(*tables):
    """The triggers are gone, as for somebody with every right in the database (the test's end brings them back)."""
    with connection.cursor() as cursor:
        for table in tables:
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {table}_frozen{on}")
            if on:
                cursor.execute(f"DROP TRIGGER {table}_frozen_kept{on}")
    yield


def hundred_claims(scene):
    """A hundred people at one meeting: twenty paid, five in an open batch, the rest on their way."""
    claims = [scene.claim(), *(scene.another_claim() for _ in range(99))]
    for claim in claims[:40]:
        scene.verified(claim)
    for claim in claims[:30]:
        actions.approve(claim, by=scene.approver, now=NOW)
    first, second = (actions.open_batch(by=scene.payer, now=NOW) for _ in range(2))
    actions.fill_batch(first, by=scene.payer, claims=claims[:20], now=NOW)
    actions.close_batch(first, by=scene.payer, now=NOW)
    payments = [Payment(claim.pk, NOW.date(), f"EFT-{claim.pk}") for claim in claims[:20]]
    actions.mark_paid(first, by=scene.payer, payments=payments, now=NOW)
    actions.fill_batch(second, by=scene.payer, claims=claims[20:25], now=NOW)
    return claims


def raise_the_amount(claim):
    """With care: every event says so too, and the chain is computed anew."""
    previous = ""
    for event in claim.events.order_by("pk"):
        event.evidence["amount"] = "54.00"
        event.digest = previous = digest_of(event, previous)
        event.save()
    Claim.objects.filter(pk=claim.pk).update(amount="54.00")


def cut_off_the_payment(claim):
    """The last event is deleted and the claim is where it was before, as if it had never been paid."""
    claim.events.order_by("-pk")[0].delete()
    Claim.objects.filter(pk=claim.pk).update(state="batched", paid_on=None, payment_reference="")


def test_staged_audit_finds_the_three_planted_faults_and_no_other(scene):
    """A hundred claims, three faults made in the database itself, where no action and no trigger stands in the way."""
    claims = hundred_claims(scene)
    batch = fresh(claims[0]).batch
    assert audit(now=NOW) == {}

    with thawed("stipends_claim", "stipends_claimevent"):
        raise_the_amount(claims[7])
        Attendance.objects.filter(member=claims[27].member).update(minutes=3)
        cut_off_the_payment(claims[19])

    assert audit(now=NOW) == {
        claims[7].reference: [f"Its amount is not the one in the file of {batch}."],
        claims[27].reference: ["It was approved on other evidence than there is now: minutes."],
        claims[19].reference: [
            f"It waits for its payment, and {batch} is marked as paid.",
            f"A message was owed for event {last_event_told(claims[19])}, and there is no such event.",
        ],
    }


def last_event_told(claim):
    keys = Delivery.objects.filter(member=claim.member).values_list("key", flat=True)
    return max(int(key.partition(":")[2]) for key in keys)


def test_record_whose_end_is_cut_off_with_its_message_is_found_by_the_seal(scene, tmp_path, capsys):
    claim, other = scene.verified(), scene.another_claim()
    call_command("verify_claims", "--seal")
    seal = tmp_path / "seal.txt"
    seal.write_text(capsys.readouterr().out)
    actions.verify(other, by=scene.verifier, now=NOW)

    call_command("verify_claims", "--against", str(seal))
    with thawed("stipends_claimevent"):
        Delivery.objects.filter(key=f"update:{claim.events.last().pk}").delete()
        claim.events.last().delete()
        Claim.objects.filter(pk=claim.pk).update(state="submitted", verified_by=None)

    assert audit(now=NOW) == {}
    with pytest.raises(CommandError, match="1 of 2 claims and 0 closed batches do not hold"):
        call_command("verify_claims", "--against", str(seal))
    assert capsys.readouterr().err == f"{claim.reference}: Its record is not the one that was sealed.\n"


def test_columns_that_the_record_does_not_bear_out_are_named(scene):
    claim = scene.paid()

    with thawed("stipends_claim"):
        Claim.objects.filter(pk=claim.pk).update(
            verified_by=scene.usher, approved_by=scene.payer, exported_by=scene.approver, paid_on="2027-01-01",
            payment_reference="Mine", cap="60.00", once_per="meeting",
        )  # fmt: skip

    assert audit(now=NOW) == {
        claim.reference: [
            "The record does not bear out who verified it.",
            "The record does not bear out who approved it.",
            "The record does not bear out the day of payment.",
            "The record does not bear out the payment's reference.",
            "The cap is more than its policy's.",
            "The rule “per” is not its policy's.",
        ]
    }


def test_file_that_was_replaced_with_its_checksum_is_found(scene):
    claim, other = scene.exported(), scene.exported(scene.another_claim())
    text = claim.batch.export.replace(claim.reference, other.reference)

    with thawed("stipends_paymentbatch"):
        PaymentBatch.objects.filter(pk=claim.batch_id).update(export=text, checksum=checksum(text.encode()), sheet=b"x")

    said = f"Its record and the file of {claim.batch} do not agree that it was sent."
    assert audit(now=NOW) == {
        str(claim.batch): [
            "The workbook is not the one that was closed.",
            "The file is not the one that the claims' records name.",
        ],
        claim.reference: [said],
        other.reference: [said],
    }


def test_audit_costs_the_same_for_few_and_for_many(scene, django_assert_num_queries):
    scene.paid()
    with CaptureQueriesContext(connection) as few:
        audit(now=NOW)
    scene.verified(scene.another_claim())
    scene.approved(scene.another_claim())

    with django_assert_num_queries(len(few)):
        assert audit(now=NOW) == {}


def test_claims_that_ended_by_the_schedule_are_no_fault_and_others_are(scene, tmp_path, capsys):
    claim = scene.paid()
    with thawed("stipends_claim", "stipends_claimevent"):
        claim.events.all().delete()
        Claim.objects.filter(pk=claim.pk).delete()
    Delivery.objects.all().delete()

    assert audit(now=NOW) == {
        "Records": [f"1 claims are gone, and 0 were disposed of by the schedule: {claim.reference}."]
    }
    Disposal.objects.create(
        kind="claims", count=1, oldest=NOW, newest=NOW, days=1, schedule="S", disposed_at=NOW, disposed_by=scene.payer
    )
    assert audit(now=NOW) == {}


def test_trail_follows_a_payment_back_to_the_room(scene, sign_in):
    claim = scene.paid()
    client = sign_in(StaffFactory(is_superuser=True))
    url = reverse("admin:stipends_claim_trail", args=[claim.pk])

    trail = client.get(url).context["trail"]

    assert (trail.faults, trail.attendance, trail.enrollment) == ([], scene.attendance, scene.member.enrollments.get())
    assert trail.consent == scene.member.consents.get()
    assert [(link.event.to_state, link.holds) for link in trail.links] == [
        ("paid", True), ("batched", True), ("batched", True), ("approved", True), ("verified", True), ("submitted", True),
    ]  # fmt: skip
    assert ("The person's word", ATTESTATION) in trail.links[-1].kept
    assert SensitiveView.objects.filter(what="the trail of a stipend claim", subject=scene.member).count() == 1
    scene.attendance.delete()
    with thawed("stipends_claimevent"):
        claim.events.filter(to_state="verified").update(actor=scene.usher)
    broken = client.get(url).context["trail"]
    assert [link.holds for link in broken.links] == [True, True, True, True, False, True]
    assert (len(broken.faults) > 2, broken.attendance) == (True, None)
    assert client.get(reverse("admin:stipends_claim_trail", args=[999])).status_code == 404


def test_hints_name_what_is_worth_a_second_look(scene, django_assert_num_queries):
    first = actions.deny(scene.claim(), by=scene.verifier, reason="No.", now=NOW)
    claim = scene.claim()
    second = held_meeting(ended=scene.meeting.ends_at + timedelta(hours=3))
    attended(scene.member, second, confirmed_by=scene.usher)
    Attendance.objects.filter(pk=scene.attendance.pk).update(recorded_at=NOW + timedelta(minutes=1), source="self")

    with django_assert_num_queries(2):
        hints = hints_for([first, claim])

    assert hints[claim.pk] == [
        "An earlier claim of the person was denied.",
        "The person was at a second meeting on that date.",
        "The person checked in themselves; staff confirmed it afterwards.",
        "The attendance was edited after the claim was made.",
    ]
    assert hints[first.pk][0] == "This is the person's first claim."
    assert hints_for([]) == {}
