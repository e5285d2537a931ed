"""What the payer says was paid: read, held against the batch, and reconciled with what was sent."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stipends import actions
from stipends.models import Claim, PaymentBatch
from stipends.payments import Payment
from stipends.reconciliation import reconcile_batches, reconcile_years
from stipends.results import read_result, review
from tests.factories import StaffFactory
from tests.stipends.scenes import NOW, fresh
from tests.stipends.test_verify_claims import thawed

DAY = date(2027, 1, 20)


def said(text):
    return [line.payment or line.fault for line in read_result(text)]


@pytest.mark.parametrize(
    "text",
    [
        "C-000012, 2027-01-20, EFT 7",
        "12;2027-01-20;EFT 7",
        "c12\t01/20/2027\tEFT 7\t",
        '\ufeffReference,Name,Supplier number,Amount,Paid on,Payment reference\r\n\r\nC-000012,"O, B",001,,1/20/2027,EFT 7',
        "payment date,claim,warrant\n2027-01-20,12,EFT 7",
    ],
)
def test_lines_of_the_payer_are_read_however_they_come(text):
    assert said(text) == [Payment(12, DAY, "EFT 7")]


def test_amount_is_read_where_the_payer_says_it():
    assert said("C-1,2027-01-20,A,55.00\nC-2,2027-01-20,A,$55\nC-3,2027-01-20,A,5.5") == [
        Payment(1, DAY, "A", Decimal(55)), Payment(2, DAY, "A", Decimal(55)), Payment(3, DAY, "A", Decimal("5.5")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("X-1,2027-01-20,A", "“X-1” is not the reference of a claim, such as C-000012."),
        ("C-1,31.1.2027,A", "“31.1.2027” is not a date, such as 2027-01-31 or 01/31/2027."),
        ("C-1", "“” is not a date, such as 2027-01-31 or 01/31/2027."),
        ("C-1;2027-01-20;A;55,00", "“55,00” is not an amount in dollars and cents, such as 55.00."),
        ("C-1,2027-01-20,A,=1+1", "“=1+1” is not an amount in dollars and cents, such as 55.00."),
        ("C-1," + "x" * 200_000, "The file is not a table of lines."),
    ],
)
def test_line_that_cannot_be_read_says_why(text, fault):
    assert said(text) == [fault]


def test_nothing_is_no_line():
    assert said(" \n\n") == []


@pytest.fixture
def batch(scene):
    """Four claims of one closed batch, the first of them paid."""
    claims = [scene.approved(), *(scene.approved(scene.another_claim()) for _ in range(3))]
    opened = actions.open_batch(by=scene.payer, now=NOW)
    actions.fill_batch(opened, by=scene.payer, claims=claims, now=NOW)
    closed = actions.close_batch(opened, by=scene.payer, now=NOW)
    actions.mark_paid(closed, by=scene.payer, payments=[Payment(claims[0].pk, DAY, "EFT 1")], now=NOW)
    return closed


def test_review_sorts_what_fits_from_what_does_not(scene, batch):
    paid, fits, other_amount, missing = batch.claims.order_by("pk")
    elsewhere = scene.exported(scene.another_claim())
    lines = [
        f"{paid.reference},2027-01-20,EFT 1", f"{paid.reference},2027-01-20,EFT 2", f"{fits.reference},2027-01-20,EFT 3,55",
        f"{other_amount.reference},2027-01-20,EFT 3,54", f"{elsewhere.reference},2027-01-20,EFT 3", "C-999999,2027-01-20,E",
        f"{fits.reference},2027-01-20,EFT 3",
    ]  # fmt: skip

    found = review(batch, read_result("\n".join(lines)), by=scene.payer, now=NOW)

    assert ([claim for claim, _ in found.pays], found.said_before, found.missing) == ([fits], [paid], [missing])
    assert [(line.number, words) for line, words in found.wrong] == [
        (2, f"{paid.reference} is named twice."),
        (4, f"{other_amount.reference}: $54 is not the $55.00 of the claim."),
        (5, f"{elsewhere.reference} is not in this batch."),
        (6, "C-999999 is not in this batch."),
        (7, f"{fits.reference} is named twice."),
    ]
    assert [line.payment for line in read_result(found.text)] == [Payment(fits.pk, DAY, "EFT 3", Decimal(55))]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2027-01-19,E", "the day of payment must be from"), ("2027-01-21,E", "the day of payment must be from"),
        ("2027-01-20,", "give the payment's reference"), (f"2027-01-20,{'x' * 41}", "give the payment's reference"),
    ],
)  # fmt: skip
def test_day_and_reference_that_cannot_be_are_wrong(scene, batch, line, words):
    claim = batch.claims.get(state="batched", pk=batch.claims.order_by("pk")[1].pk)

    found = review(batch, read_result(f"{claim.reference},{line}"), by=scene.payer, now=NOW)

    assert words in found.wrong[0][1]
    assert found.pays == []


def test_nothing_is_written_before_the_second_yes_and_all_or_nothing(scene, batch, sign_in, time_machine):
    time_machine.move_to(NOW)
    _, second, third, fourth = batch.claims.order_by("pk")
    client = sign_in(StaffFactory(is_superuser=True))
    url = reverse("admin:stipends_paymentbatch_paid", args=[batch.pk])
    good = f"Reference,Paid on,Payment reference,Amount\n{second.reference},2027-01-20,EFT 2,55.00\n"
    bad = f"{good}{third.reference},2027-01-20,EFT 2,54.00\n"

    refused = client.post(url, {"lines": bad, "confirmed": "1"})
    asked = client.post(url, {"file": SimpleUploadedFile("result.csv", good.encode())})

    assert (refused.status_code, asked.status_code) == (422, 200)
    assert b'name="confirmed"' not in refused.content
    assert set(batch.claims.values_list("state", flat=True)) == {"paid", "batched"}
    assert asked.context["review"].missing == [third, fourth]
    done = {"lines": asked.context["review"].text, "confirmed": "1"}
    assert client.post(url, done).status_code == 302
    assert (fresh(second).state, fresh(second).payment_reference, fresh(third).state) == ("paid", "EFT 2", "batched")
    again = client.post(url, done)
    assert (again.status_code, again.context["review"].said_before) == (422, [second])


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "either"),
        ({"lines": "x", "paid_on": "2027-01-20", "reference": "E"}, "either"),
        ({"file": SimpleUploadedFile("result.xlsx", b"PK\x03\x04\xff\xfe")}, "not_text"),
        ({"file": SimpleUploadedFile("result.csv", b"x" * 2_000_001)}, "too_large"),
    ],
    ids=["nothing", "two ways", "a workbook", "too large"],
)
def test_form_takes_one_way_and_a_text_file(scene, batch, sign_in, sent, code):
    url = reverse("admin:stipends_paymentbatch_paid", args=[batch.pk])

    page = sign_in(StaffFactory(is_superuser=True)).post(url, sent)

    assert (page.status_code, page.context["review"]) == (422, None)
    assert code in [error.code for errors in page.context["form"].errors.as_data().values() for error in errors]


def test_reconciliation_comes_to_zero(scene, batch):
    _, sent_back, to_reverse, _ = batch.claims.order_by("pk")
    actions.take_out(sent_back, by=scene.payer, reason="Unknown number.", now=NOW)
    actions.mark_paid(batch, by=scene.payer, payments=[Payment(to_reverse.pk, DAY, "EFT 2")], now=NOW)
    actions.reverse(to_reverse, by=scene.payer, reason="Came back.", now=NOW)

    [(whole, [account])] = reconcile_batches()

    sums = (account.sent, account.paid, account.reversed, account.taken_out, account.waiting, account.difference)
    assert sums == (220, 55, 55, 55, 55, 0)
    assert (whole.year, whole.sent, whole.difference, whole.odd) == (2027, 220, 0, [])
    assert [(year.year, year.claims, year.records) for year in reconcile_years()] == [(2027, 55, 55)]


def test_reconciliation_names_what_does_not_come_to_zero(scene, batch, sign_in):
    paid, lowered, gone, _ = batch.claims.order_by("pk")
    added = scene.approved(scene.another_claim())

    with thawed("stipends_claim"):
        Claim.objects.filter(pk=lowered.pk).update(amount="54.00")
        Claim.objects.filter(pk=gone.pk).update(state="approved")
        Claim.objects.filter(pk=added.pk).update(state="batched", batch=batch)
        Claim.objects.filter(pk=paid.pk).update(paid_on="2028-01-01")
    page = sign_in(StaffFactory(is_superuser=True)).get(reverse("admin:stipends_paymentbatch_reconciliation"))

    [(whole, _)] = page.context["batches"]
    assert (whole.difference, whole.odd) == (
        Decimal(56),
        [
            f"{lowered.reference} was sent for $55.00 and is now $54.00.",
            f"{gone.reference} is in the batch as “approved”.",
            f"{added.reference} is in the batch and was not sent.",
        ],
    )
    assert [(year.year, year.difference) for year in page.context["years"]] == [(2028, 55), (2027, -55)]


def test_claim_paid_by_a_second_batch_is_counted_once(scene, batch):
    claim = batch.claims.order_by("pk")[1]
    actions.take_out(claim, by=scene.payer, reason="Unknown number.", now=NOW)
    second = actions.open_batch(by=scene.payer, now=NOW + timedelta(minutes=1))
    actions.fill_batch(second, by=scene.payer, claims=[claim], now=NOW)
    actions.close_batch(second, by=scene.payer, now=NOW + timedelta(minutes=1))

    with CaptureQueriesContext(connection) as queries:
        [(_, accounts)] = reconcile_batches()

    assert [(a.batch, a.sent, a.taken_out, a.waiting, a.difference) for a in accounts] == [
        (second.pk, 55, 0, 55, 0), (batch.pk, 220, 55, 110, 0),
    ]  # fmt: skip
    assert (len(queries), PaymentBatch.objects.count()) == (3, 2)
