"""A denial looked at again, by somebody else than who denied it."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cop_portal.errors import Refused
from notices.models import Delivery
from stipends import actions
from stipends.audit import audit
from stipends.models import Claim
from tests.factories import StaffFactory
from tests.stipends.scenes import NOW, fresh


def refused(code):
    return pytest.raises(Refused, check=lambda refusal: refusal.code == code)


@pytest.fixture
def denied(scene):
    return actions.deny(scene.claim(), by=scene.verifier, reason="Not on the list.", now=NOW)


@pytest.fixture
def asked(scene, denied):
    return actions.ask_for_review(denied, member=scene.member, words="I came late.", now=NOW)


def test_asking_makes_work_for_staff_and_no_mail(scene, denied):
    before = Delivery.objects.count()

    actions.ask_for_review(denied, member=scene.member, words=" I came late. ", now=NOW)

    assert list(Claim.objects.to_review()) == [denied]
    event = denied.events.last()
    assert (event.from_state, event.to_state, event.reason) == ("denied", "denied", "I came late.")
    assert (Delivery.objects.count(), audit(now=NOW)) == (before, {})


def test_asking_is_refused_and_leaves_nothing_behind(scene, asked):
    count = asked.events.count()

    with refused("asked"):
        actions.ask_for_review(asked, member=scene.member, words="Again.", now=NOW)
    with refused("not_yours"):
        actions.ask_for_review(asked, member=scene.usher, words="Mine.", now=NOW)
    other = scene.another_claim()
    with refused("transition"):
        actions.ask_for_review(other, member=other.member, words="Why?", now=NOW)
    with refused("no_reason"):
        actions.ask_for_review(
            actions.deny(other, by=scene.verifier, reason="No.", now=NOW), member=other.member, words=" ", now=NOW
        )
    assert asked.events.count() == count


def test_second_look_lets_it_stand_once(scene, asked):
    with refused("own_denial"):
        actions.uphold(asked, by=scene.verifier, words="No.", now=NOW)

    actions.uphold(asked, by=scene.approver, words="You came after it ended.", now=NOW)

    after = fresh(asked)
    assert (after.state, after.reason, after.reviewed_by, after.review_asked_at) == (
        "denied", "You came after it ended.", scene.approver, None,
    )  # fmt: skip
    assert Delivery.objects.filter(key=f"update:{after.events.last().pk}").count() == 1
    with refused("reviewed"):
        actions.ask_for_review(after, member=scene.member, words="But.", now=NOW)
    with refused("no_review"):
        actions.overturn(after, by=scene.approver, words="Yes.", now=NOW)
    assert audit(now=NOW) == {}


def test_second_look_takes_it_up_again_and_the_clock_ran_on(scene, asked):
    with refused("own_denial"):
        actions.overturn(asked, by=scene.verifier, words="Well.", now=NOW)

    claim = actions.overturn(asked, by=scene.approver, words="You are on the list.", now=NOW)

    assert (claim.state, claim.reason, fresh(claim).submitted_at) == ("submitted", "", asked.submitted_at)
    assert audit(now=NOW) == {}
    again = actions.deny(claim, by=scene.verifier, reason="No minutes.", now=NOW)
    assert actions.ask_for_review(again, member=scene.member, words="Look.", now=NOW).review_asked_at == NOW


def test_denial_is_not_taken_up_beside_another_claim(scene, asked):
    scene.claim()

    with refused("not_claimed"):
        actions.overturn(asked, by=scene.approver, words="Yes.", now=NOW)
    assert (fresh(asked).state, fresh(asked).review_asked_at) == ("denied", NOW)


def test_person_cannot_answer_their_way_out_of_a_denial(scene, denied):
    with refused("transition"):
        actions.answer(denied, member=scene.member, words="Yes I was.", amount=denied.amount, now=NOW)


def test_database_refuses_a_review_by_who_denied_it(scene, asked):
    for reviewer in (scene.verifier, scene.member):
        with pytest.raises(IntegrityError), transaction.atomic():
            Claim.objects.filter(pk=asked.pk).update(reviewed_by=reviewer)


def test_person_asks_on_the_page_of_the_claim_and_staff_find_it(scene, denied, sign_in):
    client, staff = sign_in(scene.member), sign_in(StaffFactory(is_superuser=True))
    page, url = reverse("stipends:detail", args=[denied.pk]), reverse("stipends:review", args=[denied.pk])

    assert b"second look" in client.get(page).content
    assert client.post(url, {"words": " "}).status_code == 422
    client.post(url, {"words": "I came late."})
    waiting = client.get(page)
    listed = staff.get("/admin/stipends/claim/", {"queue": "review"}).context["cl"].result_list
    done = {"action": "overturn_claims", "_selected_action": denied.pk, "confirmed": "1", "reason": "You are right."}
    staff.post("/admin/stipends/claim/", done)

    assert (waiting.context["ask"], list(listed), fresh(denied).state) == (None, [denied], "submitted")
    assert sign_in(scene.usher).post(url, {"words": "x"}).status_code == 404
