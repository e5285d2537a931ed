"""The profile: what is kept of what people say about themselves, and the categories they say it with."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from cop_portal.errors import Refused
from members import actions
from members.models import Interest, Member, ParticipantCategory, SeatAttestation
from notices.models import Subscription
from tests.factories import (
    MemberFactory,
    MembershipPeriodFactory,
    OptionFactory,
    ParticipantCategoryFactory,
    SeatAttestationFactory,
    StaffFactory,
    SubscriberFactory,
    SubscriptionFactory,
)
from tests.members.test_admin import grant

pytestmark = pytest.mark.django_db
PROFILE, CATEGORIES = "/me/profile/", "/admin/members/participantcategory/"
STATEMENT = "I have no such tie."


def post(client, **changes):
    return client.post(PROFILE, {"name": "Ada", "reach_by": "email"} | changes)


@pytest.fixture
def researcher():
    return ParticipantCategoryFactory(label="Researcher", seat="Researcher", attestation=STATEMENT)


@pytest.mark.parametrize(
    ("reach_by", "phone"), [("email", ""), ("letter", ""), ("call", "651-555-0100"), ("text", "651-555-0100")]
)
def test_a_phone_number_is_kept_of_those_who_want_to_be_reached_by_it(sign_in, reach_by, phone):
    member = MemberFactory(reach_by="call", phone="612-555-0100")

    post(sign_in(member), reach_by=reach_by, phone=phone)

    member.refresh_from_db()
    assert (member.reach_by, member.phone) == (reach_by, phone)


@pytest.mark.parametrize("reach_by", ["email", "letter"])
def test_a_number_that_is_not_asked_for_is_neither_kept_nor_dropped_unsaid(sign_in, now, reach_by):
    member = MemberFactory(phone="612-555-0100")

    response = post(sign_in(member), reach_by=reach_by, phone="651-555-0100")
    fields = {"name": "A", "organization": "", "language": "", "needs_interpreter": False, "phone": "651-555-0100"}
    with pytest.raises(Refused) as refusal:
        actions.save_profile(member, fields={**fields, "reach_by": reach_by}, categories=[], now=now)

    form = response.context["form"]
    assert (response.status_code, list(form.errors), form["phone"].value()) == (422, ["phone"], "651-555-0100")
    assert "<title>Error: My profile" in response.content.decode()
    assert refusal.value.code == "phone"
    member.refresh_from_db()
    assert (member.reach_by, member.phone) == ("email", "612-555-0100")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"reach_by": "call"}, "phone", id="a call without a number"),
        pytest.param({"reach_by": "owl"}, "reach_by", id="an unknown way"),
        pytest.param({"language": "other"}, "other_language", id="another language without its name"),
        pytest.param({"language": "Klingon"}, "language", id="a language out of the list"),
        pytest.param({"other_language": "x" * 41, "language": "other"}, "other_language", id="too long"),
        pytest.param({"organization": "A\u202eb"}, "organization", id="a mark that turns the text"),
    ],
)
def test_what_cannot_be_kept_comes_again_with_a_sentence(sign_in, changes, field):
    member = MemberFactory(organization="Kept")

    response = post(sign_in(member), **changes)

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    member.refresh_from_db()
    assert (member.organization, member.reach_by) == ("Kept", "email")


@pytest.mark.parametrize(("posted", "kept"), [("Somali", "Somali"), ("other", "Quechua"), ("", "")])
def test_a_language_of_the_list_or_another_is_kept_and_offered_again(sign_in, posted, kept):
    member = MemberFactory()
    client = sign_in(member)

    post(client, language=posted, other_language="Quechua" if posted == "other" else "")

    member.refresh_from_db()
    form = client.get(PROFILE).context["form"]
    assert (member.language, form["language"].value(), form["other_language"].value()) == (
        kept,
        posted,
        kept if posted == "other" else "",
    )


def test_saving_the_profile_touches_no_subscription_and_no_right(sign_in):
    member = MemberFactory()
    subscription = SubscriptionFactory(subscriber=SubscriberFactory(member=member, email=""))
    Member.objects.filter(pk=member.pk).update(is_facilitator=True)
    before = list(Subscription.objects.values())

    post(sign_in(member), name="Other")

    assert list(Subscription.objects.values()) == before
    assert subscription.pk
    assert Member.objects.values_list("name", "is_facilitator").get(pk=member.pk) == ("Other", True)


@pytest.mark.parametrize(("level", "asked"), [("specialty", True), ("full", True), ("public", False)])
def test_interests_are_asked_of_those_who_contribute_and_kept_otherwise(sign_in, level, asked):
    member, interest = MembershipPeriodFactory(level=level).member, Interest.objects.create(label="Housing")
    member.interests.add(interest)
    client = sign_in(member)

    offered = "interests" in client.get(PROFILE).context["form"].fields
    post(client)

    assert (offered, list(member.interests.all())) == (asked, [] if asked else [interest])


def test_a_profile_of_a_closed_membership_is_refused_and_left_as_it_was(now):
    member = MemberFactory(name="Ada", is_active=False)

    with pytest.raises(Refused) as refusal:
        actions.save_profile(member, fields={"name": "Other"}, categories=[], now=now)

    member.refresh_from_db()
    assert (refusal.value.code, member.name) == ("inactive", "Ada")


# --- the statement that a seat rests on -------------------------------------------------------------------------------
def test_a_statement_is_kept_as_it_read_with_its_date_and_can_be_withdrawn(sign_in, researcher):
    member = MemberFactory()
    client, confirmed = sign_in(member), {"categories": [researcher.pk], f"attest_{researcher.pk}": "on"}

    for _ in range(2):
        post(client, **confirmed)
    ParticipantCategory.objects.filter(pk=researcher.pk).update(attestation="Something else.")
    assert client.get(PROFILE).context["form"][f"attest_{researcher.pk}"].value() is True
    standing = member.attestations.standing().get()
    post(client, categories=[researcher.pk])

    assert (standing.statement, standing.category) == (STATEMENT, researcher)
    assert not member.attestations.standing().exists()
    assert list(member.categories.all()) == [researcher]


def test_a_category_may_be_chosen_without_its_statement_and_not_the_other_way_round(sign_in, researcher):
    member = MemberFactory()
    client = sign_in(member)

    post(client, categories=[researcher.pk])
    response = post(client, **{f"attest_{researcher.pk}": "on"})

    assert (response.status_code, list(response.context["form"].errors)) == (422, [f"attest_{researcher.pk}"])
    assert (list(member.categories.all()), member.attestations.count()) == ([researcher], 0)


def test_leaving_withdraws_what_was_confirmed(now):
    row = SeatAttestationFactory()

    actions.leave(row.member, now=now)

    row.refresh_from_db()
    assert row.withdrawn_at == now


def test_the_database_keeps_a_statement_as_it_was_made_and_once(now):
    row = SeatAttestationFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        SeatAttestationFactory(member=row.member, category=row.category)
    with pytest.raises(IntegrityError), transaction.atomic():
        SeatAttestation.objects.update(statement="Another.")
    with pytest.raises(IntegrityError), transaction.atomic():
        SeatAttestation.objects.update(withdrawn_at=row.attested_at - timedelta(1))
    SeatAttestation.objects.update(withdrawn_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        SeatAttestation.objects.update(withdrawn_at=None)


# --- categories whose time has ended ----------------------------------------------------------------------------------
def test_a_category_that_ended_is_told_and_goes_with_the_next_saving(sign_in):
    member, today = MemberFactory(), localdate()
    old = ParticipantCategoryFactory(label="Old")
    member.categories.add(old)
    new = actions.replace_category(
        old, label="New", seat="", is_sensitive=False, attestation="", starts_on=today, today=today
    )
    client = sign_in(member)

    page = client.get(PROFILE)
    post(client, categories=[new.pk])

    assert list(page.context["ended"]) == [old]
    assert "There is “New” instead" in page.content.decode()
    assert list(member.categories.all()) == [new]
    assert list(client.get(PROFILE).context["ended"]) == []


def test_a_category_is_replaced_from_a_day_on_in_its_place():
    old = ParticipantCategoryFactory(label="Old", order=40)
    words = {"label": "New", "seat": "Seat", "is_sensitive": True, "attestation": ""}

    new = actions.replace_category(old, **words, starts_on=date(2027, 7, 1), today=date(2027, 1, 20))

    assert list(ParticipantCategory.objects.in_force(date(2027, 6, 30))) == [old]
    assert list(ParticipantCategory.objects.in_force(date(2027, 7, 1))) == [new]
    assert (new.order, new.follows, new.seat, new.is_sensitive) == (40, old, "Seat", True)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "code"),
    [
        pytest.param(date(2027, 1, 19), None, "date", id="yesterday"),
        pytest.param(date(2027, 2, 1), None, "date", id="the day it began"),
        pytest.param(date(2027, 3, 1), date(2027, 3, 1), "ended", id="ends then anyway"),
    ],
)
def test_replacing_a_category_is_refused_and_changes_nothing(starts_on, ends_on, code):
    old = ParticipantCategoryFactory(starts_on=date(2027, 2, 1), ends_on=ends_on)
    words = {"label": "New", "seat": "", "is_sensitive": False, "attestation": ""}

    with pytest.raises(Refused) as refusal:
        actions.replace_category(old, **words, starts_on=starts_on, today=date(2027, 1, 20))

    old.refresh_from_db()
    assert (refusal.value.code, old.ends_on, ParticipantCategory.objects.count()) == (code, ends_on, 1)


@pytest.mark.parametrize("holder", ["nobody", "profile", "poll", "statement"])
def test_staff_change_what_a_category_means_only_while_nobody_uses_it(sign_in, holder):
    category = ParticipantCategoryFactory(label="Old", order=1)
    {
        "nobody": lambda: None,
        "profile": lambda: MemberFactory().categories.add(category),
        "poll": lambda: OptionFactory(category=category),
        "statement": lambda: SeatAttestationFactory(category=category),
    }[holder]()
    client = sign_in(grant(StaffFactory(), "Membership"))
    values = {"label": "New", "order": 7, "starts_on": "2022-01-01", "is_sensitive": "on"}

    page = client.get(f"{CATEGORIES}{category.pk}/change/").content.decode()
    client.post(f"{CATEGORIES}{category.pk}/change/", values)

    category.refresh_from_db()
    is_free = holder == "nobody"
    assert (category.label, category.is_sensitive, category.order) == ("New" if is_free else "Old", is_free, 7)
    assert ("Replace from a day on" in page) is not is_free


def test_staff_replace_one_category_at_a_time(sign_in):
    category, other = ParticipantCategoryFactory(label="Old"), ParticipantCategoryFactory()
    client = sign_in(grant(StaffFactory(), "Membership"))
    day = localdate() + timedelta(40)

    def replace(rows, **values):
        chosen = {"action": "replace", "_selected_action": [row.pk for row in rows]}
        return client.post(CATEGORIES, chosen | values, follow=not values)

    words = {"confirmed": "yes", "label": "New", "seat": "Seat", "starts_on": day}
    answers = [
        replace([category, other]).context["title"] == "End this category, and begin:",
        replace([category]).context["title"] == "End this category, and begin:",
        replace([category], **words | {"starts_on": "2022-01-01"}).status_code,
        replace([category], **words).status_code,
    ]

    assert answers == [False, True, 422, 302]
    new = ParticipantCategory.objects.get(label="New")
    assert (new.follows, new.starts_on, new.seat) == (category, day, "Seat")
