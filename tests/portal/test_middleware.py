import threading

import pytest
from django.db import OperationalError, connection, transaction

from cop_portal.middleware import BusyMiddleware
from meetings.models import Meeting
from stipends.models import Claim
from tests.factories import MemberFactory, StaffFactory
from tests.stipends.scenes import Scene, fresh

pytestmark = pytest.mark.django_db
BUTTON = "/stipends/supplier-number/"


def test_address_of_a_button_says_that_nothing_was_sent(sign_in):
    response = sign_in(MemberFactory()).get(BUTTON, headers={"accept": "text/html"})

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "Nothing was sent" in response.content.decode()
    assert "private" in response.headers["Cache-Control"]


def test_machines_get_the_bare_answer(sign_in):
    response = sign_in(MemberFactory()).get(BUTTON, headers={"accept": "application/json"})

    assert (response.status_code, response.content) == (405, b"")


def test_rows_that_somebody_else_holds_ask_to_try_again(rf):
    middleware = BusyMiddleware(lambda request: None)
    request = rf.get("/")
    request.user = MemberFactory()

    page = middleware.process_exception(request, OperationalError("database is locked"))

    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "nothing you typed is lost" in page.content.decode()
    assert middleware.process_exception(request, OperationalError("connection refused")) is None
    assert middleware.process_exception(request, ValueError("is locked")) is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_decision_that_waits_too_long_is_not_made_and_works_the_second_time(sign_in):
    if connection.vendor != "postgresql":
        pytest.skip("A lock of PostgreSQL: run with TEST_DATABASE_URL.")
    claim = Scene().claim()
    client = sign_in(StaffFactory(is_superuser=True))
    data = {"action": "verify_claims", "_selected_action": claim.pk, "confirmed": "1"}
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            list(Meeting.objects.select_for_update().filter(pk=claim.meeting_id))
            held.set()
            done.wait(timeout=30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(timeout=30)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    busy = client.post("/admin/stipends/claim/", data)
    after = Claim.objects.get(pk=claim.pk).state, claim.events.count()
    done.set()
    holder.join()
    client.post("/admin/stipends/claim/", data)

    assert (busy.status_code, after, fresh(claim).state) == (503, ("submitted", 1), "verified")
