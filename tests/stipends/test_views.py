"""A person's own pages: what they see, what they are told, and that nobody else sees it."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cop_portal.errors import Refused
from stipends import actions
from stipends.models import Claim, Enrollment, StipendPolicy
from tests.factories import ConsentNoticeFactory, MemberFactory, MembershipPeriodFactory
from tests.stipends.scenes import NOW, attended, fresh, held_meeting, person


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(scene, sign_in):
    return sign_in(scene.member)


def url(name, *args):
    return reverse(f"stipends:{name}", args=args)


def test_pages_ask_for_a_sign_in(scene, client):
    claim = scene.claim()
    client.logout()

    for name, args in [
        ("home", []), ("enroll", []), ("leave", []), ("claim", [scene.meeting.slug]), ("detail", [claim.pk]),
    ]:  # fmt: skip
        assert client.get(url(name, *args)).status_code == 302
    for name, args in [("withdraw", [claim.pk]), ("answer", [claim.pk]), ("supplier", [])]:
        assert client.post(url(name, *args)).status_code == 302
    assert fresh(claim).state == "submitted"


def test_claims_of_others_do_not_exist(scene, sign_in):
    claim = scene.at("returned")
    stranger = sign_in(person())

    assert stranger.get(url("detail", claim.pk)).status_code == 404
    assert stranger.post(url("withdraw", claim.pk)).status_code == 404
    assert stranger.post(url("answer", claim.pk), {"words": "Mine", "amount": "1"}).status_code == 404
    page = stranger.get(url("home")).content.decode()
    assert claim.reference not in page
    assert scene.member.name not in page
    assert fresh(claim).state == "returned"


def test_claiming_twice_by_a_double_click_is_one_claim(scene, client):
    data = {"amount": "40.00", "attested": "on"}

    first = client.post(url("claim", scene.meeting.slug), data)
    second = client.post(url("claim", scene.meeting.slug), data)

    claim = Claim.objects.get()
    assert claim.amount == Decimal("40.00")
    assert first.url == second.url == url("detail", claim.pk)


@pytest.mark.parametrize(
    "data", [{"amount": "55"}, {"amount": "55.01", "attested": "on"}, {"amount": "0", "attested": "on"}, {}]
)
def test_claim_that_is_not_accepted_is_the_same_page_with_422(scene, client, data):
    response = client.post(url("claim", scene.meeting.slug), data)

    assert response.status_code == 422
    assert not Claim.objects.exists()


def test_claim_page_says_why_not_and_takes_no_post(scene, client):
    scene.attendance.confirmed_by = None
    scene.attendance.save()

    response = client.get(url("claim", scene.meeting.slug))

    assert response.status_code == 200
    assert [condition.code for condition in response.context["missing"]] == ["confirmed"]
    assert b"Staff have not confirmed yet that you were there." in response.content
    assert client.post(url("claim", scene.meeting.slug), {"amount": "5", "attested": "on"}).status_code == 422
    assert not Claim.objects.exists()


def test_page_of_a_held_meeting_leads_contributing_members_to_the_claim_and_tells_nothing(scene, client, sign_in):
    """The link is the same whether one is enrolled, came, or has claimed: over a shoulder it says nothing."""
    not_enrolled, runs_it, public = MemberFactory(), person(is_facilitator=True), MemberFactory()
    MembershipPeriodFactory(member=not_enrolled)
    MembershipPeriodFactory(member=public, level="public")
    leads = f'href="{url("claim", scene.meeting.slug)}"'
    page = scene.meeting.get_absolute_url()

    def shown(visitor):
        return visitor.get(page).content.decode().count(leads)

    assert [shown(sign_in(member)) for member in (not_enrolled, public, runs_it)] == [1, 0, 0]
    assert shown(Client()) == 0
    before = client.get(page).content.decode().count(leads)
    claim = scene.claim()
    assert (before, shown(client)) == (1, 1)
    assert client.get(url("claim", scene.meeting.slug)).url == url("detail", claim.pk)


def test_meeting_that_is_not_public_is_not_found(scene, client):
    draft = held_meeting(state="draft")

    assert client.get(url("claim", draft.slug)).status_code == 404


def test_mass_assignment_changes_nothing_else(scene, client):
    client.post(
        url("claim", scene.meeting.slug),
        {"amount": "10", "attested": "on", "state": "paid", "cap": "999", "approved_by": scene.approver.pk},
    )

    claim = Claim.objects.get()
    assert (claim.state, claim.cap, claim.approved_by) == ("submitted", Decimal("55.00"), None)


def test_withdrawing_and_answering_by_post_only(scene, client):
    claim = scene.at("returned")

    assert client.get(url("withdraw", claim.pk)).status_code == 405
    assert client.get(url("answer", claim.pk)).status_code == 405
    assert client.post(url("answer", claim.pk), {"words": "", "amount": "5"}).status_code == 422
    client.post(url("answer", claim.pk), {"words": "Both halves.", "amount": "50"})
    assert (fresh(claim).state, fresh(claim).amount) == ("submitted", Decimal("50.00"))
    client.post(url("withdraw", claim.pk))
    assert fresh(claim).state == "withdrawn"
    again = client.post(url("withdraw", claim.pk), follow=True)
    assert "cannot become" in str(list(again.context["messages"])[-1])
    assert "no question to answer" in str(
        list(client.post(url("answer", claim.pk), {"words": "x", "amount": "5"}, follow=True).context["messages"])[-1]
    )


def test_person_sees_steps_and_words_but_not_who_of_the_staff(scene, client):
    claim = scene.at("denied")

    page = client.get(url("detail", claim.pk)).content.decode()

    assert "Not on the list." in page
    assert [person.name for person in (scene.usher, scene.verifier) if person.name in page] == []


def test_enrolling_shows_both_notices_and_needs_both_ticks(scene, sign_in):
    newcomer = MemberFactory()
    MembershipPeriodFactory(member=newcomer)
    notice = ConsentNoticeFactory(key="stipend", why="Because of this very purpose.")
    client = sign_in(newcomer)

    page = client.get(url("enroll")).content.decode().split("<main")[1]
    assert page.index("may affect your benefits") < page.index("Because of this very purpose.") < page.index("<form")
    data = {"notice": notice.pk, "supplier_number": "", "wants_help": "on"}
    assert client.post(url("enroll"), {**data, "agreed": "on"}).status_code == 422
    assert client.post(url("enroll"), {**data, "lived_experience": "on"}).status_code == 422
    both = {**data, "agreed": "on", "lived_experience": "on"}
    assert client.post(url("enroll"), {**both, "notice": notice.pk - 1}).status_code == 422
    assert client.post(url("enroll"), {**both, "supplier_number": "123-45-6789"}).status_code == 422
    assert not Enrollment.objects.filter(member=newcomer).exists()
    assert client.post(url("enroll"), both).url == url("home")
    assert Enrollment.objects.get(member=newcomer).wants_help
    assert client.post(url("enroll"), both).url == url("home")


def test_new_notice_is_agreed_to_before_the_next_claim(scene, client):
    newer = ConsentNoticeFactory(key="stipend", version=1000)
    client.post("/me/consent/later/")

    assert b"read it and agree" in client.get(url("home")).content
    assert client.post(url("claim", scene.meeting.slug), {"amount": "5", "attested": "on"}).status_code == 422
    assert "supplier_number" not in client.get(url("enroll")).context["form"].fields
    agreed = {"notice": newer.pk, "agreed": "on", "lived_experience": "on"}
    assert client.post(url("enroll"), agreed).url == url("home")
    assert client.post(url("claim", scene.meeting.slug), {"amount": "5", "attested": "on"}).status_code == 302
    assert scene.member.enrollments.get().supplier_number != ""


def test_enrolling_is_not_offered_to_whom_it_is_not_for(scene, sign_in):
    visitor = MemberFactory()
    MembershipPeriodFactory(member=visitor, level="public")

    response = sign_in(visitor).get(url("enroll"))

    assert response.context["closed"].code == "level"
    assert b"<form" not in response.content.split(b"<main")[1]


def test_leaving_and_the_supplier_number(scene, client):
    assert client.post(url("supplier"), {"supplier_number": "123456789"}).status_code == 422
    client.post(url("supplier"), {"supplier_number": "0009999999"})
    assert scene.member.enrollments.get().supplier_number == "0009999999"

    assert client.get(url("leave")).status_code == 200
    client.post(url("leave"))
    assert not Enrollment.objects.standing().exists()
    assert client.get(url("leave")).status_code == 404
    assert client.post(url("leave")).status_code == 302
    assert client.post(url("supplier"), {"supplier_number": ""}).status_code == 404


def test_payment_history_adds_up_by_calendar_year_of_payment(scene, client):
    scene.paid()
    reversed_too = held_meeting(ended=NOW - timedelta(days=9))
    scene.attendance = attended(scene.member, reversed_too, confirmed_by=scene.usher)
    scene.meeting = reversed_too
    scene.at("reversed")

    response = client.get(url("home"))

    assert [(year.year, year.total, len(year.claims)) for year in response.context["history"]] == [
        (2027, Decimal("55.00"), 1)
    ]
    assert b"Total of 2027" in response.content


def test_no_policy_no_offer(scene, client):
    StipendPolicy.objects.update(starts_on=NOW.date() + timedelta(days=1))

    response = client.get(url("home"))

    assert response.context["policy"] is None
    assert [offer.can_claim for offer in response.context["offers"]] == [False]


@pytest.mark.parametrize("item_count", [1, 30])
def test_my_page_costs_the_same_for_one_and_for_thirty(scene, client, item_count, django_assert_num_queries):
    for number in range(1, item_count + 1):
        claimed = held_meeting(ended=NOW - timedelta(days=number, hours=5))
        attended(scene.member, claimed, confirmed_by=scene.usher)
        scene.meeting = claimed
        scene.paid()
        other = held_meeting(ended=NOW - timedelta(days=number + 40))
        attended(scene.member, other, confirmed_by=scene.usher)

    with django_assert_num_queries(17):
        response = client.get(url("home"))

    assert len(response.context["offers"]) == item_count + 1
    assert len(response.context["claims"]) == item_count


def test_two_tabs_at_once_lead_to_the_same_claim(scene, client, monkeypatch):
    """The other tab's claim arrives between this one's look and its write."""

    submit = actions.submit_claim

    def slower(meeting, **values):
        submit(meeting, **values)
        return submit(meeting, **values)

    monkeypatch.setattr("stipends.views.actions.submit_claim", slower)
    response = client.post(url("claim", scene.meeting.slug), {"amount": "55", "attested": "on"}, follow=True)

    assert response.redirect_chain[-1][0] == url("detail", Claim.objects.get().pk)


@pytest.mark.parametrize("state", ["submitted", "approved", "denied", "withdrawn", "reversed"])
def test_answer_to_a_claim_that_asks_nothing_is_refused(scene, client, state):
    claim = scene.at(state)

    client.post(url("answer", claim.pk), {"words": "Anyway", "amount": "1"})

    assert (fresh(claim).state, fresh(claim).amount) == (state, Decimal("55.00"))


def test_enrolling_is_closed_without_a_notice(db, sign_in):
    newcomer = MemberFactory()
    MembershipPeriodFactory(member=newcomer)

    page = sign_in(newcomer).get(url("enroll"))

    assert page.status_code == 200
    assert b"Enrolling is not open yet" in page.content


def test_refusal_after_the_page_was_shown_is_said(scene, client, monkeypatch):
    """What changed between the page and the click is refused by the action, and said on the same page."""

    def refuse(*args, **values):
        raise Refused("The meeting was moved.", code="held")

    for name in ("submit_claim", "leave_enrollment", "set_supplier_number"):
        monkeypatch.setattr(f"stipends.views.actions.{name}", refuse)

    claimed = client.post(url("claim", scene.meeting.slug), {"amount": "55", "attested": "on"})
    left = client.post(url("leave"), follow=True)
    saved = client.post(url("supplier"), {"supplier_number": ""}, follow=True)

    assert claimed.status_code == 422
    assert claimed.context["form"].non_field_errors() == ["The meeting was moved."]
    assert (
        str(list(left.context["messages"])[-1]) == str(list(saved.context["messages"])[-1]) == "The meeting was moved."
    )


def test_empty_supplier_number_changes_nothing_and_a_tick_takes_it_away(scene, sign_in):
    client, url = sign_in(scene.member), reverse("stipends:supplier")
    number = scene.member.enrollments.get().supplier_number

    client.post(url, {"supplier_number": "", "wants_help": "on"})
    kept = scene.member.enrollments.get()
    client.post(url, {"supplier_number": number, "remove": "on"})

    assert (kept.supplier_number, kept.wants_help) == (number, True)
    assert scene.member.enrollments.get().supplier_number == ""
    assert "remove" not in client.get(reverse("stipends:home")).context["supplier_form"].fields


def test_declining_one_meeting_or_all_of_them_ends_the_offer_until_undone(scene, sign_in):
    client, home = sign_in(scene.member), reverse("stipends:home")
    one, every = reverse("stipends:decline_meeting", args=[scene.meeting.slug]), reverse("stipends:decline")

    for url in (one, every):
        assert [offer.meeting for offer in client.get(home).context["offers"]] == [scene.meeting]
        client.post(url)
        client.post(url)
        declined = client.get(home)
        assert (declined.context["offers"], len(declined.context["declined"])) == ([], 1)
        assert ("You asked not to be offered stipends." in declined.content.decode()) is (url == every)
        client.post(url, {"undo": "1"})
    client.post(every)
    assert client.post(reverse("stipends:claim", args=[scene.meeting.slug])).status_code == 422  # open all the same
    assert scene.claim().state == "submitted"


def test_payment_history_to_print_says_what_was_paid_and_no_word_of_why(scene, sign_in):
    scene.paid()
    other = scene.paid(scene.another_claim())

    page = sign_in(scene.member).get(reverse("stipends:payments"))

    text = page.content.decode()
    main = text[text.index("<main") : text.index("</main")].lower()
    assert [(year.year, year.total) for year in page.context["history"]] == [(2027, Decimal(55))]
    assert scene.member.name.lower() in main
    assert f"{other.member.name.lower()}<" not in main
    assert "lived experience" not in main
    assert "<title>Payment history" in text
