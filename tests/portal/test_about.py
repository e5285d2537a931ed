from datetime import date

import pytest
import time_machine

from meetings.models import Duty
from tests.factories import ParticipantCategoryFactory, StipendPolicyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(now):
    with time_machine.travel(now, tick=False):
        yield


def test_about_lists_the_duties_in_their_order(client):
    second, first = Duty.objects.create(number=2, text="Two"), Duty.objects.create(number=1, text="One")

    response = client.get("/about/")

    assert list(response.context["duties"]) == [first, second]


def test_about_names_the_three_levels_and_what_each_expects(client):
    levels = client.get("/about/").context["levels"]

    assert [value for value, _, _ in levels] == ["full", "specialty", "public"]
    assert [bool(expectations) for _, _, expectations in levels] == [True, True, False]


def test_about_names_the_categories_in_force_today(client):
    ParticipantCategoryFactory(label="Now", starts_on=date(2022, 1, 1))
    ParticipantCategoryFactory(label="Once", starts_on=date(2020, 1, 1), ends_on=date(2022, 1, 1))
    ParticipantCategoryFactory(label="Some day", starts_on=date(2030, 1, 1))

    assert list(client.get("/about/").context["categories"]) == ["Now"]


@pytest.mark.parametrize(("per", "words"), [("date", "per day"), ("meeting", "per meeting")])
def test_about_says_what_the_policy_in_force_pays(client, per, words):
    StipendPolicyFactory(starts_on=date(2023, 8, 1), ends_on=None, cap="55.00", per=per)

    assert f"<strong>$55.00</strong> {words}" in client.get("/about/").content.decode()


def test_about_reads_well_before_anything_is_entered(client):
    response = client.get("/about/")

    assert response.status_code == 200
    assert "<strong>$" not in response.content.decode()


@pytest.mark.parametrize("item_count", [1, 30])
def test_about_costs_the_same_however_much_there_is(client, django_assert_num_queries, item_count):
    for n in range(item_count):
        Duty.objects.create(number=n, text="Duty")
        ParticipantCategoryFactory()

    with django_assert_num_queries(3):
        client.get("/about/")
