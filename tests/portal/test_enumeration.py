"""Nobody can find out who is a member: what an address is answered does not depend on whether it is known."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.models import Delivery
from tests.enumeration import KNOWN, PLACES, UNKNOWN, Stage, mann_whitney, seen

pytestmark = pytest.mark.django_db


# Joining: marks of transactions. A password: its hash takes a hundred times as long as one look into a table.
ALLOWED = {"join": 3, "password": 1, "another_code": 1}


def ask(place, stage, email):
    """What is seen, and the statements it took, without the marks of transactions."""
    stage.enter()
    with CaptureQueriesContext(connection) as asked:
        response = place(stage, email)
    statements = [query["sql"].split('"')[0][:30] for query in asked if "SAVEPOINT" not in query["sql"]]
    return seen(response, email), statements


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_answer_says_nothing_about_an_address(place):
    stage = Stage()

    known, asked_known = ask(place, stage, KNOWN)
    mails_known = len(mail.outbox) + Delivery.objects.count()
    unknown, asked_unknown = ask(place, stage, UNKNOWN)

    assert known == unknown
    assert abs(len(asked_known) - len(asked_unknown)) <= ALLOWED.get(place.__name__, 0), (asked_known, asked_unknown)
    assert mails_known or place.__name__ in {"password", "referral"}


def test_the_measure_tells_samples_apart():
    same = [10 + number % 7 for number in range(100)]

    assert mann_whitney(same, same[::-1]) > 0.3
    assert mann_whitney(same, [value + 3 for value in same]) < 0.001
