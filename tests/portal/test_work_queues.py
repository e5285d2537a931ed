from datetime import timedelta

import pytest
from django.utils import timezone

from cop_portal.work_queues import SOURCES
from tests.factories import DataRequestFactory, MemberFactory, PollFactory, StaffFactory
from tests.members.test_admin import grant

pytestmark = pytest.mark.django_db


def queues(client):
    return client.get("/admin/").context["work_queues"]


def test_each_sees_the_queues_that_they_may_work_on(sign_in):
    DataRequestFactory(due_on="2020-01-02")
    MemberFactory()

    seen = queues(sign_in(grant(StaffFactory(), "Data practices")))
    assert [(queue.label, queue.count) for queue in seen if "Data" in queue.label] == [
        ("Data requests past their day", 1),
        ("Data requests to answer", 1),
    ]
    assert all("level" not in queue.label for queue in seen)
    assert "People without a level" in [q.label for q in queues(sign_in(grant(StaffFactory(), "Membership")))]


def test_second_look_is_offered_to_everybody_who_may_take_it(sign_in):
    label = "Denied claims to look at again"

    seen = {
        group: label in [queue.label for queue in queues(sign_in(grant(StaffFactory(), group)))]
        for group in ("Stipend verifier", "Stipend approver", "Payments", "Auditor")
    }

    assert seen == {"Stipend verifier": True, "Stipend approver": True, "Payments": False, "Auditor": False}


def test_every_queue_leads_to_a_list_that_shows_what_it_counts(sign_in):
    root = sign_in(StaffFactory(is_superuser=True))
    shown = queues(root)

    assert len(shown) == len(SOURCES)
    for queue in shown:
        response = root.get(queue.url)
        assert response.status_code == 200, queue.label
        shown_there = response.context["cl"].result_list if "cl" in response.context else response.context["page_obj"]
        assert len(shown_there) == queue.count, queue.label


def test_a_poll_that_is_open_while_its_meeting_runs_is_not_in_the_list_of_the_forgotten(sign_in):
    now, is_open = timezone.now(), {"state": "open", "secret": b"s" * 32}
    PollFactory(**is_open, meeting__starts_at=now - timedelta(hours=1), meeting__ends_at=now + timedelta(hours=1))
    late = PollFactory(**is_open, meeting__starts_at=now - timedelta(3), meeting__ends_at=now - timedelta(2))
    root = sign_in(StaffFactory(is_superuser=True))

    queue = next(queue for queue in queues(root) if queue.label.startswith("Polls still open"))

    assert queue.count == 1
    assert list(root.get(queue.url).context["cl"].result_list) == [late]


def test_overdue_requests_can_be_narrowed_to_a_kind(sign_in):
    access = DataRequestFactory(due_on="2020-01-02", kind="access")
    DataRequestFactory(due_on="2020-01-02", kind="accuracy")
    root = sign_in(StaffFactory(is_superuser=True))

    response = root.get("/admin/privacy/datarequest/?due=overdue&kind__exact=access")

    assert list(response.context["cl"].result_list) == [access]
