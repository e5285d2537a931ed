"""The staff's rooms: who sees what, that looks are written down, and that decisions are asked about first."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.models import Permission
from django.urls import reverse

from members.enums import StaffGroup
from members.rights import RIGHTS
from privacy.models import SensitiveView
from stipends import actions
from stipends.enums import EXPORT_DAYS
from stipends.models import Claim, PaymentBatch, StipendPolicy, TaxThreshold
from stipends.reports import threshold_tag
from tests.factories import BudgetFactory, TaxThresholdFactory
from tests.stipends.scenes import NOW, fresh

CLAIMS = "admin:stipends_claim_changelist"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def staff(sign_in):
    """``staff(member, group)``: a client of this person, with the rights of that group."""

    def signed_in(member, group):
        names = [name.removeprefix("stipends.") for name in RIGHTS[group] if name.startswith("stipends.")]
        rights = Permission.objects.filter(content_type__app_label="stipends", codename__in=names)
        assert rights.count() == len(names)
        member.user_permissions.set(rights)
        return sign_in(member)

    return signed_in


def decide(client, name, *claims, **data):
    data = {"action": name, "_selected_action": [claim.pk for claim in claims], **data}
    return client.post(reverse(CLAIMS), data, follow=True)


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("group", [g for g in StaffGroup if not any(r.startswith("stipends.") for r in RIGHTS[g])])
def test_staff_without_the_right_see_no_trace(scene, staff, group):
    claim = scene.paid()
    client = staff(scene.usher, group)

    assert b"stipend" not in client.get(reverse("admin:index")).content.split(b"<body")[1].lower()
    for name, args in [
        (CLAIMS, []), ("admin:stipends_claim_change", [claim.pk]), ("admin:stipends_paymentbatch_changelist", []),
        ("admin:stipends_paymentbatch_change", [claim.batch_id]), ("admin:stipends_paymentbatch_export", [claim.batch_id]),
        ("admin:stipends_paymentbatch_close", [claim.batch_id]), ("admin:stipends_paymentbatch_paid", [claim.batch_id]),
        ("admin:stipends_paymentbatch_overview", []), ("admin:stipends_enrollment_changelist", []),
        ("admin:stipends_stipendpolicy_changelist", []), ("admin:stipends_claim_history", [claim.pk]),
    ]:  # fmt: skip
        response = client.get(reverse(name, args=args))
        assert response.status_code in {403, 404}, name
        assert claim.reference.encode() not in response.content
    assert client.get("/admin/stipends/").status_code in {403, 404}
    looked_up = client.get(
        reverse("admin:autocomplete"),
        {"app_label": "stipends", "model_name": "claimevent", "field_name": "claim", "term": ""},
    )
    assert looked_up.status_code == 403
    assert decide(client, "verify_claims", claim, confirmed="1").status_code in {403, 404}


def test_list_and_page_of_claims_are_written_down(scene, staff):
    claim = scene.claim()
    client = staff(scene.verifier, StaffGroup.STIPEND_VERIFIER)

    client.get(reverse(CLAIMS), {"queue": "verify"})
    page = client.get(reverse("admin:stipends_claim_change", args=[claim.pk]))

    assert page.status_code == 200
    views = SensitiveView.objects.order_by("pk").values_list("viewer", "subject", "what", "count")
    assert list(views) == [
        (scene.verifier.pk, None, "list: claims", 1),
        (scene.verifier.pk, scene.member.pk, "a stipend claim", 1),
    ]


def test_page_of_a_claim_shows_what_a_decision_needs(scene, staff):
    claim = scene.verified()
    client = staff(scene.approver, StaffGroup.STIPEND_APPROVER)

    context = client.get(reverse("admin:stipends_claim_change", args=[claim.pk])).context

    assert (context["missing"], context["faults"], context["hints"]) == ([], [], ["This is the person's first claim."])
    assert [(decision.name, refusal) for decision, refusal in context["decisions"]] == [
        ("approve_claims", None), ("return_claims", None), ("deny_claims", None),
    ]  # fmt: skip
    assert client.get(reverse("admin:stipends_claim_change", args=[claim.pk + 99])).status_code == 302
    assert client.post(reverse("admin:stipends_claim_change", args=[claim.pk])).status_code == 403


def test_deciding_asks_first_and_says_what_is_refused(scene, staff):
    good, own = scene.claim(), scene.another_claim()
    Claim.objects.filter(pk=own.pk).update()
    insider = own.member
    insider.is_staff = True
    insider.save()
    client = staff(insider, StaffGroup.STIPEND_VERIFIER)

    asked = decide(client, "verify_claims", good, own)

    assert [claim for claim, _, _ in asked.context["will"]] == [good]
    assert [(claim, refusal.code) for claim, refusal in asked.context["refused"]] == [(own, "own_claim")]
    assert fresh(good).state == "submitted"
    done = decide(client, "verify_claims", good, own, confirmed="1")
    assert (fresh(good).state, fresh(good).verified_by, fresh(own).state) == ("verified", insider, "submitted")
    assert len(messages_of(done)) == 2


def test_claim_that_moved_between_the_page_and_the_yes_is_refused(scene, staff):
    claim = scene.claim()
    client = staff(scene.verifier, StaffGroup.STIPEND_VERIFIER)
    asked = decide(client, "verify_claims", claim)
    seen = asked.context["will"][0][1]
    actions.return_with_question(claim, by=scene.approver, question="?", now=NOW)
    actions.answer(claim, member=scene.member, words="!", amount=Decimal(5), now=NOW)

    done = decide(client, "verify_claims", claim, confirmed="1", **{f"seen_{claim.pk}": seen})

    assert "changed while you were looking" in messages_of(done)[0]
    assert fresh(claim).state == "submitted"


def test_return_and_deny_need_words(scene, staff):
    claim = scene.claim()
    client = staff(scene.verifier, StaffGroup.STIPEND_VERIFIER)

    assert decide(client, "return_claims", claim, confirmed="1", reason=" ").status_code == 422
    decide(client, "return_claims", claim, confirmed="1", reason="Which half?")
    assert (fresh(claim).state, fresh(claim).reason) == ("returned", "Which half?")


def test_rights_taken_away_between_page_and_yes_count(scene, staff):
    claim = scene.claim()
    client = staff(scene.verifier, StaffGroup.STIPEND_VERIFIER)
    decide(client, "verify_claims", claim)
    scene.verifier.user_permissions.remove(Permission.objects.get(codename="verify_claim"))

    decide(client, "verify_claims", claim, confirmed="1")
    approver = staff(scene.approver, StaffGroup.STIPEND_APPROVER)
    decide(approver, "verify_claims", claim, confirmed="1")

    assert fresh(claim).state == "submitted"


@pytest.mark.parametrize(("days", "tag"), [(19, ""), (20, "tag-warn"), (29, "tag-warn"), (30, "tag-stop")])
def test_clock_is_amber_at_twenty_days_and_red_at_thirty(scene, staff, days, tag):
    claim = scene.claim()
    client = staff(scene.verifier, StaffGroup.STIPEND_VERIFIER)

    with time_machine.travel(NOW + timedelta(days=days, minutes=1)):
        client = staff(scene.verifier, StaffGroup.STIPEND_VERIFIER)
        page = client.get(reverse("admin:stipends_claim_change", args=[claim.pk]))
        listed = client.get(reverse(CLAIMS), {"queue": "overdue"})

    assert page.context["clock"] == tag
    assert len(listed.context["cl"].result_list) == (days >= 30)


@pytest.mark.parametrize(
    ("state", "queue"),
    [
        ("submitted", "verify"),
        ("verified", "approve"),
        ("approved", "batch"),
        ("returned", "returned"),
        ("paid", "paid"),
    ],
)
def test_queues_hold_what_waits(scene, staff, state, queue):
    claim = scene.at(state)
    client = staff(scene.verifier, StaffGroup.STIPEND_VERIFIER)

    for name in ["verify", "approve", "batch", "pay", "returned", "paid"]:
        found = list(client.get(reverse(CLAIMS), {"queue": name}).context["cl"].result_list)
        assert found == ([claim] if name == queue else [])
    assert list(client.get(reverse(CLAIMS), {"q": claim.reference}).context["cl"].result_list) == [claim]
    assert list(client.get(reverse(CLAIMS), {"q": scene.member.name}).context["cl"].result_list) == [claim]


def test_batch_from_opening_to_paid_in_the_staffs_room(scene, staff):
    claim = scene.approved()
    client = staff(scene.payer, StaffGroup.PAYMENTS)

    opened = client.post(reverse("admin:stipends_paymentbatch_add"), {"payer": "agency", "note": "January"})
    batch = PaymentBatch.objects.get()
    page = reverse("admin:stipends_paymentbatch_change", args=[batch.pk])
    assert (opened.url, batch.opened_by) == (page, scene.payer)
    client.post(reverse("admin:stipends_paymentbatch_fill", args=[batch.pk]))
    close = reverse("admin:stipends_paymentbatch_close", args=[batch.pk])
    assert client.get(close).context["refusals"] == []
    client.post(close)
    export = client.get(reverse("admin:stipends_paymentbatch_export", args=[batch.pk]))
    again = client.get(reverse("admin:stipends_paymentbatch_export", args=[batch.pk]))
    assert export.content == again.content == PaymentBatch.objects.get().export.encode()
    sheet = client.get(reverse("admin:stipends_paymentbatch_sheet", args=[batch.pk]))
    assert sheet.content == client.get(sheet.request["PATH_INFO"]).content == bytes(PaymentBatch.objects.get().sheet)
    assert SensitiveView.objects.filter(what="export of a payment batch (csv)").count() == 2
    assert SensitiveView.objects.filter(what="export of a payment batch (xlsx)").count() == 2
    pay = reverse("admin:stipends_paymentbatch_paid", args=[batch.pk])
    assert client.get(pay).status_code == 200
    assert client.post(pay, {"paid_on": "2027-01-20", "reference": "E", "lines": "x"}).status_code == 422
    assert client.post(pay, {"paid_on": "2027-02-20", "reference": "E"}).status_code == 422
    client.post(pay, {"lines": f"{claim.reference}, 2027-01-20, EFT 1", "confirmed": "1"})
    assert (fresh(claim).state, PaymentBatch.objects.get().state) == ("paid", "paid")
    assert client.get(page).status_code == 200
    decide(client, "reverse_claims", claim, confirmed="1", reason="Wrong account.")
    assert fresh(claim).state == "reversed"


def test_money_waits_for_a_recent_proof_of_who_one_is(scene, staff):
    claim = scene.exported()
    client = staff(scene.payer, StaffGroup.PAYMENTS)
    batch = claim.batch_id

    with time_machine.travel(NOW + timedelta(minutes=20)):
        answers = [
            client.get(reverse("admin:stipends_paymentbatch_export", args=[batch])),
            client.post(reverse("admin:stipends_paymentbatch_close", args=[batch])),
            client.post(reverse("admin:stipends_paymentbatch_paid", args=[batch])),
            client.post(reverse(CLAIMS), {"action": "take_out_claims", "_selected_action": claim.pk, "confirmed": "1"}),
        ]

    assert ["reauthenticate" in answer.url for answer in answers] == [True] * 4
    assert fresh(claim).state == "batched"


def test_what_was_typed_about_payments_comes_back_after_proving_and_is_not_done(scene, staff):
    batch = scene.exported().batch_id
    client = staff(scene.payer, StaffGroup.PAYMENTS)
    RecoveryCodes.activate(scene.payer)
    [row] = Authenticator.objects.filter(user=scene.payer, type=Authenticator.Type.RECOVERY_CODES)
    paid = reverse("admin:stipends_paymentbatch_paid", args=[batch])

    with time_machine.travel(NOW + timedelta(minutes=20)):
        asked = client.post(paid, {"paid_on": "2027-01-31", "reference": "EFT 7781"})
        back = client.post(asked.url, {"code": RecoveryCodes(row).get_unused_codes()[0]})
        page = client.get(back.url)

    assert page.context["form"]["reference"].value() == "EFT 7781"
    assert not PaymentBatch.objects.filter(pk=batch, state="paid").exists()


def test_closing_says_what_stands_in_the_way(scene, staff):
    claim = scene.batched()
    scene.member.enrollments.update(supplier_number="")
    client = staff(scene.approver, StaffGroup.PAYMENTS)
    close = reverse("admin:stipends_paymentbatch_close", args=[claim.batch_id])

    assert [refusal.code for refusal in client.get(close).context["refusals"]] == ["no_supplier_number", "own_approval"]
    client.post(close)
    assert PaymentBatch.objects.get().state == "open"


def test_batch_that_changed_is_filled_only_while_open(scene, staff):
    claim = scene.exported()
    client = staff(scene.payer, StaffGroup.PAYMENTS)
    fill = reverse("admin:stipends_paymentbatch_fill", args=[claim.batch_id])

    assert client.get(fill).status_code == 405
    assert "closed" in messages_of(client.post(fill, follow=True))[0]


def test_money_is_added_up_by_fiscal_year_and_by_person(scene, staff):
    TaxThresholdFactory(year=2026, amount="60.00")
    scene.paid()
    scene.approved(scene.another_claim())
    client = staff(scene.usher, StaffGroup.AUDITOR)

    context = client.get(reverse("admin:stipends_paymentbatch_overview"), {"year": "2027"}).context

    assert [(f.year, f.paid, f.committed, f.together) for f in context["fiscal_years"]] == [
        (2027, Decimal(55), Decimal(55), Decimal(110))
    ]
    assert context["fiscal_years"][0].left is None
    assert [(row["name"], row["total"], row["tag"]) for row in context["people"]] == [
        (scene.member.name, Decimal(55), "approaching")
    ]
    TaxThreshold.objects.update(amount="55.00")
    context = client.get(reverse("admin:stipends_paymentbatch_overview"), {"year": "x"}).context
    assert context["people"][0]["tag"] == "reached"


def test_budget_that_does_not_suffice_warns_and_stops_nobody(scene, staff):
    BudgetFactory(year=2027, amount="5000.00", decided_on=date(2026, 5, 1))
    BudgetFactory(year=2027, amount="100.00")
    BudgetFactory(year=2028, amount="1.00")
    scene.paid()
    claim = scene.verified(scene.another_claim())
    overview = staff(scene.usher, StaffGroup.AUDITOR).get(reverse("admin:stipends_paymentbatch_overview"))
    approver, payer = staff(scene.approver, StaffGroup.STIPEND_APPROVER), staff(scene.payer, StaffGroup.PAYMENTS)

    asked = decide(approver, "approve_claims", claim)
    decide(approver, "approve_claims", claim, confirmed="1")
    batch = actions.open_batch(by=scene.payer, now=NOW)
    actions.fill_batch(batch, by=scene.payer, now=NOW)
    closing = payer.get(reverse("admin:stipends_paymentbatch_close", args=[batch.pk]))

    assert [(f.year, f.budget, f.left) for f in overview.context["fiscal_years"]] == [
        (2028, Decimal(1), Decimal(1)), (2027, Decimal(100), Decimal(-10)),
    ]  # fmt: skip
    assert [f.year for f in asked.context["over_budget"]] == [f.year for f in closing.context["over_budget"]] == [2027]
    assert fresh(claim).state == "batched"


def test_warning_begins_at_the_percentage_of_the_year(scene):
    threshold = TaxThresholdFactory(year=2027, amount=Decimal(100), warn_at=56)

    tags = [threshold_tag(Decimal(total), threshold) for total in ("55.99", "56.00", "99.99", "100.00")]

    assert tags == ["", "approaching", "approaching", "reached"]
    assert threshold_tag(Decimal(10000), None) == ""


def test_auditor_reads_and_does_nothing(scene, staff):
    claim = scene.batched()
    client = staff(scene.usher, StaffGroup.AUDITOR)

    page = client.get(reverse("admin:stipends_claim_change", args=[claim.pk]))
    assert page.context["decisions"] == []
    assert client.get(reverse("admin:stipends_paymentbatch_change", args=[claim.batch_id])).status_code == 200
    assert client.post(reverse("admin:stipends_paymentbatch_close", args=[claim.batch_id])).status_code == 403
    assert client.get(reverse("admin:stipends_paymentbatch_add")).status_code == 403
    assert client.get(reverse("admin:stipends_enrollment_changelist")).status_code == 200


def test_used_policy_is_not_rewritten_but_followed(scene, staff):
    scene.claim()
    client = staff(scene.payer, StaffGroup.PAYMENTS)
    terms = {"cap": "60.00", "per": "date", "minimum_minutes": "60", "claim_days": "60", "funding": "F"}

    client.post(reverse("admin:stipends_stipendpolicy_change", args=[scene.policy.pk]), {**terms, "ends_on": ""})
    assert StipendPolicy.objects.get().cap == Decimal("55.00")
    add = reverse("admin:stipends_stipendpolicy_add")
    client.post(add, {**terms, "starts_on": "2027-01-10"})
    assert StipendPolicy.objects.count() == 1
    client.post(add, {**terms, "starts_on": "2027-07-01"})

    new, old = StipendPolicy.objects.all()
    assert (new.cap, new.ends_on, str(old.ends_on)) == (Decimal("60.00"), None, "2027-07-01")
    client.post(
        reverse("admin:stipends_stipendpolicy_change", args=[new.pk]),
        {**terms, "cap": "65.00", "starts_on": "2027-07-01", "ends_on": ""},
    )
    assert StipendPolicy.objects.first().cap == Decimal("65.00")
    client.post(add, {**terms, "starts_on": "2027-06-01"})
    assert StipendPolicy.objects.count() == 2
    assert (
        client.post(reverse("admin:stipends_stipendpolicy_delete", args=[new.pk]), {"post": "yes"}).status_code == 403
    )


def test_enrollments_are_a_logged_list_with_its_work(scene, staff):
    scene.member.enrollments.update(supplier_number="", wants_help=True)
    client = staff(scene.verifier, StaffGroup.STIPEND_VERIFIER)
    url = reverse("admin:stipends_enrollment_changelist")

    assert len(client.get(url, {"help": "wanted"}).context["cl"].result_list) == 1
    assert SensitiveView.objects.get().what == "list: enrollments"
    client.post(url, {"action": "mark_helped", "_selected_action": scene.member.enrollments.get().pk})
    assert not scene.member.enrollments.get().wants_help
    assert len(client.get(url, {"standing": "all"}).context["cl"].result_list) == 1


@pytest.mark.parametrize("item_count", [1, 30])
def test_lists_cost_the_same_for_one_and_for_thirty(scene, staff, item_count, django_assert_num_queries):
    batch = actions.open_batch(by=scene.payer, now=NOW)
    for _ in range(item_count):
        scene.approved(scene.another_claim())
    actions.fill_batch(batch, by=scene.payer, now=NOW)
    client = staff(scene.payer, StaffGroup.PAYMENTS)

    with django_assert_num_queries(12):
        assert client.get(reverse(CLAIMS)).context["cl"].result_count == item_count
    with django_assert_num_queries(17):
        client.get(reverse("admin:stipends_paymentbatch_change", args=[batch.pk]))


def test_file_of_a_batch_is_there_while_it_is_needed(scene, staff):
    paid, waits = scene.paid(), scene.exported(scene.another_claim())
    late = NOW + timedelta(days=EXPORT_DAYS, minutes=1)

    def download(claim, at, name="export"):
        with time_machine.travel(at):
            client = staff(scene.payer, StaffGroup.PAYMENTS)
            return client.get(reverse(f"admin:stipends_paymentbatch_{name}", args=[claim.batch_id]), follow=True)

    assert download(paid, late - timedelta(minutes=2)).status_code == 200
    assert "every claim in it is settled" in messages_of(download(paid, late))[0]
    assert "every claim in it is settled" in messages_of(download(paid, late, "sheet"))[0]
    assert download(waits, late)["Content-Type"].startswith("text/csv")
    assert download(waits, late, "sheet")["Content-Disposition"].endswith('.xlsx"')


@pytest.mark.parametrize(
    ("state", "name", "who", "group", "after"),
    [
        ("verified", "approve_claims", "approver", StaffGroup.STIPEND_APPROVER, "approved"),
        ("verified", "deny_claims", "approver", StaffGroup.STIPEND_APPROVER, "denied"),
        ("approved", "return_claims", "verifier", StaffGroup.STIPEND_VERIFIER, "returned"),
        ("batched", "take_out_claims", "payer", StaffGroup.PAYMENTS, "approved"),
        ("paid", "reverse_claims", "payer", StaffGroup.PAYMENTS, "reversed"),
    ],
)
def test_each_decision_is_asked_about_and_done(scene, staff, state, name, who, group, after):
    claim = scene.at(state)
    client = staff(getattr(scene, who), group)

    asked = decide(client, name, claim)
    decide(client, name, claim, confirmed="1", reason="As said on the phone.")
    again = decide(client, name, claim)

    assert [shown for shown, _, _ in asked.context["will"]] == [claim]
    assert fresh(claim).state == after
    assert [shown for shown, _ in again.context["refused"]] == [claim]


def test_nobody_decides_without_the_right_even_if_the_list_may_be_seen(scene, staff):
    claim = scene.verified()
    client = staff(scene.usher, StaffGroup.AUDITOR)

    for name in ("verify_claims", "approve_claims", "return_claims", "deny_claims", "reverse_claims"):
        decide(client, name, claim, confirmed="1", reason="No.")

    assert fresh(claim).state == "verified"


def test_superuser_is_bound_by_the_duties_in_the_staffs_room(scene, sign_in):
    scene.verifier.is_superuser = True
    scene.verifier.save()
    claim = scene.verified()

    done = decide(sign_in(scene.verifier), "approve_claims", claim, confirmed="1")

    assert "You verified" in messages_of(done)[0]
    assert fresh(claim).state == "verified"


def test_pages_of_batches_that_are_not_there(scene, staff):
    client = staff(scene.payer, StaffGroup.PAYMENTS)
    empty = actions.open_batch(by=scene.payer, now=NOW)

    assert client.get(reverse("admin:stipends_paymentbatch_change", args=[999])).status_code == 302
    assert client.get(reverse("admin:stipends_paymentbatch_close", args=[999])).status_code == 404
    exported = client.get(reverse("admin:stipends_paymentbatch_export", args=[empty.pk]), follow=True)
    assert "There is no file" in messages_of(exported)[0]
    assert client.post(reverse("admin:stipends_paymentbatch_change", args=[empty.pk])).status_code == 403
    nothing = client.get(reverse("admin:stipends_paymentbatch_overview"))
    assert (nothing.context["people"], nothing.context["fiscal_years"]) == ([], [])


def test_whole_batch_is_paid_by_one_date_and_reference(scene, staff):
    first, second = scene.approved(), scene.approved(scene.another_claim())
    batch = actions.open_batch(by=scene.payer, now=NOW)
    actions.fill_batch(batch, by=scene.payer, now=NOW)
    actions.close_batch(batch, by=scene.payer, now=NOW)
    client = staff(scene.payer, StaffGroup.PAYMENTS)
    pay = reverse("admin:stipends_paymentbatch_paid", args=[batch.pk])

    assert client.post(pay, {"lines": "nonsense"}).status_code == 422
    asked = client.post(pay, {"paid_on": "2027-01-20", "reference": "EFT 9"})
    assert {fresh(claim).state for claim in (first, second)} == {"batched"}
    client.post(pay, {"lines": asked.context["review"].text, "confirmed": "1"})

    assert [(fresh(claim).state, fresh(claim).payment_reference) for claim in (first, second)] == [
        ("paid", "EFT 9")
    ] * 2


def test_name_that_is_markup_stays_text(scene, staff):
    scene.member.name = "<script>alert(1)</script>"
    scene.member.save()
    claim = scene.batched()
    client = staff(scene.payer, StaffGroup.PAYMENTS)

    for url in (
        reverse(CLAIMS),
        reverse("admin:stipends_claim_change", args=[claim.pk]),
        reverse("admin:stipends_paymentbatch_change", args=[claim.batch_id]),
    ):
        assert b"<script>alert" not in client.get(url).content


def test_no_page_leads_staff_to_one_that_they_may_not_open(scene, staff):
    claim = scene.paid()
    enrollment = scene.member.enrollments.get()
    client = staff(scene.verifier, StaffGroup.STIPEND_VERIFIER)

    for url in (
        reverse("admin:stipends_enrollment_change", args=[enrollment.pk]),
        reverse("admin:stipends_claim_change", args=[claim.pk]),
    ):
        page = client.get(url).content.decode()
        inside = page[page.index('id="content"') :]
        for link in set(re.findall(r'href="(/admin/[^"]*)"', inside)):
            assert client.get(link).status_code == 200, link


def test_staff_who_left_the_group_find_no_trace_of_what_they_did_there(scene, staff, sign_in):
    client = staff(scene.payer, StaffGroup.PAYMENTS)
    client.post(reverse("admin:stipends_paymentbatch_add"), {"payer": "agency", "note": "canary-batch"})
    client.post(reverse("admin:stipends_budget_add"), {"year": "2027", "amount": "77123", "decided_on": "2027-01-01"})
    scene.payer.user_permissions.clear()

    index = sign_in(type(scene.payer).objects.get(pk=scene.payer.pk)).get(reverse("admin:index")).content.decode()

    inside = index[index.index("<main") : index.index("</main")].lower()
    assert [word for word in ("batch", "budget", "fiscal", "stipend", "canary", "claim") if word in inside] == []
