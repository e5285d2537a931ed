import pytest
from django.core.management import CommandError, call_command

from stipends.models import Claim, PaymentBatch
from tests.factories import PaymentBatchFactory
from tests.stipends.scenes import NOW


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

    with pytest.raises(CommandError, match="2 faults in 1 claims and 1 closed batches"):
        call_command("verify_claims")

    assert claim.reference in capsys.readouterr().err
