from datetime import timedelta

import pytest
from django.utils import timezone

from cop_portal.requests import HANDED_OVER, past_recipients
from notices.models import Delivery
from privacy.actions import record_view
from privacy.models import ConsentNotice, SensitiveView
from stipends.actions import take_out
from tests.factories import ConsentNoticeFactory, DataRequestFactory, MemberFactory, StaffFactory
from tests.members.test_admin import grant
from tests.stipends.scenes import Scene

pytestmark = pytest.mark.django_db
NOTICES, REQUESTS = "/admin/privacy/consentnotice/", "/admin/privacy/datarequest/"


@pytest.fixture
def staff(sign_in):
    return sign_in(grant(StaffFactory(), "Data practices"))


def act(client, path, action, rows, **answers):
    return client.post(path, {"action": action, "_selected_action": [row.pk for row in rows], **answers}, follow=True)


def test_publishing_asks_first(staff):
    notice = ConsentNoticeFactory(published_at=None)

    page = act(staff, NOTICES, "publish", [notice])
    assert page.templates[0].name == "admin/privacy/confirm.html"
    assert ConsentNotice.objects.get().published_at is None

    act(staff, NOTICES, "publish", [notice], confirmed="yes")
    assert ConsentNotice.objects.get().published_at is not None


def test_a_version_and_its_translation_are_published_together(staff):
    somali = ConsentNoticeFactory(published_at=None, version=500, language="so")
    english = ConsentNoticeFactory(published_at=None, version=500)

    page = act(staff, NOTICES, "publish", [somali, english])
    act(staff, NOTICES, "publish", [somali, english], confirmed="yes")

    assert "Everybody concerned must agree anew" in page.context["title"]
    assert ConsentNotice.objects.readable("membership") == [english, somali]


def test_a_published_notice_cannot_be_edited(staff):
    notice = ConsentNoticeFactory()

    response = staff.post(f"{NOTICES}{notice.pk}/change/", {"why": "Something else."})

    assert response.status_code == 403
    assert ConsentNotice.objects.get().why == notice.why


def test_answering_asks_for_the_answer_and_closes_the_request(staff):
    request = DataRequestFactory()

    page = act(staff, REQUESTS, "answer", [request], confirmed="yes", outcome="")
    assert page.status_code == 422
    act(staff, REQUESTS, "answer", [request], confirmed="yes", result="done", outcome="Here it is.")

    request.refresh_from_db()
    assert (request.state, request.result, request.outcome) == ("done", "done", "Here it is.")
    assert 'name="recipients_told"' not in page.content.decode()  # nobody challenged anything
    message = Delivery.objects.get(member=request.member)
    assert message.subject_line == "You have an update"
    assert "Here it is." not in message.text + message.html


def test_a_challenge_shows_who_had_the_data_and_keeps_that_they_were_told(staff, sign_in):
    scene = Scene()
    batch = scene.exported().batch
    request = DataRequestFactory(member=scene.member, kind="accuracy")
    record_view(scene.payer, what=HANDED_OVER, why="work", subject=scene.member, now=scene.now)

    page = act(staff, REQUESTS, "answer", [request]).content.decode()
    assert f"Agency, through the state supplier system: payment batch {batch.pk}, exported" in page
    assert page.count("By a file that staff took out") == 1
    said = {"confirmed": "yes", "result": "part", "outcome": "Mended, but not the date.", "recipients_told": "on"}
    act(staff, REQUESTS, "answer", [request], **said)

    request.refresh_from_db()
    assert (request.state, request.result, request.recipients_told) == ("done", "part", True)
    answer = sign_in(scene.member).get("/me/data/").content.decode()
    assert "Done in part, for the reason given.</strong> Those who had the data from us were told." in answer


def test_a_payer_who_sent_a_claim_back_had_it_too():
    scene = Scene()
    claim = scene.exported()
    batch = claim.batch
    take_out(claim, by=scene.payer, reason="Unknown supplier number", now=scene.now)

    assert [f"payment batch {batch.pk}," in line for line in past_recipients(scene.member)] == [True]


def test_a_challenge_says_where_nobody_is_known_to_have_it(staff):
    scene = Scene()
    scene.batched()  # chosen for a batch that nobody has got yet
    request = DataRequestFactory(member=scene.member, kind="accuracy")

    assert "Nobody that the portal knows of." in act(staff, REQUESTS, "answer", [request]).content.decode()


def test_reading_a_request_is_recorded_with_its_subject(staff):
    request = DataRequestFactory(details="My secret")

    assert "My secret" in staff.get(f"{REQUESTS}{request.pk}/change/").content.decode()

    row = SensitiveView.objects.get()
    assert (row.subject, row.what, row.group) == (request.member, "a data request", "Data practices")


def test_overdue_filter_shows_what_is_past_its_day(staff):
    overdue = DataRequestFactory(due_on="2020-01-02")
    DataRequestFactory(due_on="2999-01-02")
    soon = DataRequestFactory(due_on=timezone.localdate() + timedelta(days=7))

    page = staff.get(f"{REQUESTS}?due=overdue")
    assert list(page.context["cl"].result_list) == [overdue]
    assert "Red: past its day" in page.content.decode()
    assert list(staff.get(f"{REQUESTS}?due=soon").context["cl"].result_list) == [soon]


@pytest.mark.parametrize("item_count", [1, 30])
def test_lists_cost_the_same_for_one_and_for_thirty(staff, item_count, django_assert_num_queries):
    DataRequestFactory.create_batch(item_count)
    staff.get(REQUESTS)

    with django_assert_num_queries(12):
        response = staff.get(REQUESTS)

    assert len(response.context["cl"].result_list) == item_count


def test_the_log_of_looks_can_be_read_and_never_changed(staff, sign_in, now):
    row = SensitiveView.objects.create(viewer=MemberFactory(), what="x", why="y", seen_at=now)
    auditor = sign_in(grant(StaffFactory(), "Auditor"))
    path = "/admin/privacy/sensitiveview/"

    for client in (staff, auditor):
        assert client.get(path).status_code == 200
        assert client.post(f"{path}{row.pk}/change/", {"why": "other"}).status_code == 403
        assert client.get(f"{path}{row.pk}/delete/").status_code == 403
        assert client.get(f"{path}add/").status_code == 403
    assert sign_in(grant(StaffFactory(), "Meetings")).get(path).status_code == 403
