"""The lists of the staff's room name what they show in plain words."""

import pytest
from django.contrib.admin.templatetags.admin_list import result_headers
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains

from tests.factories import DeliveryFactory, StaffFactory, SuppressionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(sign_in):
    return sign_in(StaffFactory(is_superuser=True))


def headings(page):
    return [str(column["text"]).lower() for column in result_headers(page.context["cl"]) if column["text"]][1:]


def filters(page):
    changelist = page.context["cl"]
    return {
        str(spec.title): [str(choice["display"]) for choice in spec.choices(changelist)]
        for spec in changelist.filter_specs
    }


def test_list_of_messages_speaks_plainly_and_names_an_old_one_by_its_key(owner):
    DeliveryFactory(subject_line="You are coming", state="suppressed", reason="Stopped address: it does not exist.")
    DeliveryFactory(subject_line="", key="rsvp:8:2")

    page = owner.get(reverse("admin:notices_delivery_changelist"))

    assert headings(page) == ["subject line", "address", "state", "tries", "owed since", "sent at", "reason"]
    assertContains(page, ">You are coming</a>")
    assertContains(page, ">rsvp:8:2</a>")
    assertContains(page, "Not sent: stopped address")
    assert {"Claimed", "Suppressed", "Queued"} & set(filters(page)["state"]) == set()


@pytest.mark.parametrize(
    ("model", "name", "words"),
    [
        ("subscriber", "who", ["All", "Not members", "Members"]),
        ("subscriber", "renewing", ["All", "Goes on", "Ended unrenewed"]),
        ("suppression", "standing", ["All", "Stopped", "Lifted"]),
    ],
    ids=["who", "renewing", "standing"],
)
def test_filters_say_in_words_what_is_empty(owner, model, name, words):
    page = owner.get(reverse(f"admin:notices_{model}_changelist"))

    assert filters(page)[name] == words


def test_addresses_that_get_mail_again_are_found(owner):
    SuppressionFactory()
    lifted = SuppressionFactory(lifted_at=timezone.now())

    page = owner.get(reverse("admin:notices_suppression_changelist") + "?lifted_at__isempty=0")

    assert list(page.context["cl"].result_list) == [lifted]
