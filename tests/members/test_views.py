from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from cop_portal.errors import Refused
from members.models import Interest, Member
from tests.factories import MemberFactory, MembershipPeriodFactory, ParticipantCategoryFactory

pytestmark = pytest.mark.django_db
PROFILE, LEVEL = "/me/profile/", "/me/level/"


@pytest.mark.parametrize("path", [PROFILE, LEVEL])
def test_own_pages_lead_a_visitor_to_sign_in(client, path):
    assert client.get(path).url == f"/accounts/login/?next={path}"


def test_profile_saves_what_was_given_and_nothing_else(sign_in):
    member = MemberFactory()
    MembershipPeriodFactory(member=member, level="specialty")
    category, interest = ParticipantCategoryFactory(), Interest.objects.create(label="Housing")
    values = {
        "name": "New Name",
        "organization": "Org",
        "reach_by": "call",
        "phone": "612",
        "language": "Hmong",
        "needs_interpreter": "on",
        "categories": [category.pk],
        "interests": [interest.pk],
        "is_staff": "on",
        "is_superuser": "on",
        "email": "other@example.org",
        "is_facilitator": "on",
    }

    assert sign_in(member).post(PROFILE, values).url == PROFILE

    saved = Member.objects.get(pk=member.pk)
    said = (saved.name, saved.organization, saved.language, saved.needs_interpreter, saved.reach_by, saved.phone)
    assert said == ("New Name", "Org", "Hmong", True, "call", "612")
    assert list(saved.categories.all()) == [category]
    assert list(saved.interests.all()) == [interest]
    assert (saved.is_staff, saved.is_superuser, saved.is_facilitator, saved.email) == (
        False,
        False,
        False,
        member.email,
    )


def test_profile_says_why_each_private_thing_is_asked(sign_in):
    form = sign_in(MemberFactory()).get(PROFILE).context["form"]

    assert [name for name, field in form.fields.items() if not field.help_text] == []


def test_profile_without_a_name_comes_again(sign_in):
    member = MemberFactory(name="Kept")

    response = sign_in(member).post(PROFILE, {"name": "", "organization": "typed", "reach_by": "email"})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["name"]
    assert 'value="typed"' in response.content.decode()
    assert Member.objects.get(pk=member.pk).organization == ""


def test_level_changes_with_the_tick(sign_in):
    member = MembershipPeriodFactory(level="public").member

    response = sign_in(member).post(LEVEL, {"level": "specialty", "agreed": "on", "starts_on": localdate()})

    assert response.url == PROFILE
    assert member.periods.get(ends_on=None).level == "specialty"


def test_level_without_the_tick_comes_again_and_nothing_changes(sign_in):
    member = MembershipPeriodFactory(level="public").member

    response = sign_in(member).post(LEVEL, {"level": "full", "starts_on": localdate()})

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["agreed"])
    assert member.periods.get().level == "public"


def test_level_of_a_closed_membership_is_refused_with_words(sign_in, monkeypatch):
    member = MembershipPeriodFactory(level="public").member
    client = sign_in(member)

    def refuse(*args, **kwargs):
        raise Refused("This membership is closed.", code="inactive")

    monkeypatch.setattr("members.actions.set_level", refuse)

    response = client.post(LEVEL, {"level": "public", "starts_on": localdate()}, follow=True)
    assert [str(message) for message in response.context["messages"]] == ["This membership is closed."]


def test_a_level_planned_is_shown_and_can_be_taken_back(sign_in):
    member = MembershipPeriodFactory(level="full", starts_on=localdate() - timedelta(30)).member
    client, later = sign_in(member), localdate() + timedelta(40)

    client.post(LEVEL, {"level": "public", "starts_on": later})
    shown = [client.get(path).context["planned"].starts_on for path in (LEVEL, PROFILE)]
    taken_back = [client.post(f"{LEVEL}planned/take-back/").url for _ in range(2)]

    assert (shown, taken_back) == ([later, later], [LEVEL, LEVEL])
    assert client.get(LEVEL).context["planned"] is None
    assert list(member.periods.values_list("level", "ends_on")) == [("full", None)]


@pytest.mark.parametrize("days", [-1, 366], ids=["yesterday", "in more than a year"])
def test_level_from_a_day_out_of_bounds_comes_again_and_keeps_the_day(sign_in, days):
    member, day = MembershipPeriodFactory(level="full").member, localdate() + timedelta(days)

    response = sign_in(member).post(LEVEL, {"level": "public", "starts_on": day})

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["starts_on"])
    assert f'value="{day}"' in response.content.decode()
    assert member.periods.get().level == "full"


def test_profile_refuses_a_name_with_a_bell_in_it(sign_in):
    member = MemberFactory(name="Ada")
    response = sign_in(member).post(PROFILE, {"name": "A\x07da"})
    assert response.status_code == 422
    member.refresh_from_db()
    assert member.name == "Ada"
