from datetime import timedelta

import pytest
from django.utils import timezone

from meetings.enums import Answer, MeetingState
from stipends.models import Claim
from tests.factories import ClaimFactory, MeetingFactory, MemberFactory, RsvpFactory

pytestmark = pytest.mark.django_db


def a_meeting(**fields):
    start = timezone.now() + timedelta(days=9)
    values = {"starts_at": start, "ends_at": start + timedelta(hours=2), "published_at": timezone.now()}
    return MeetingFactory(**{**values, "state": MeetingState.PUBLISHED, **fields})


def test_visitor_is_asked_to_sign_in(client):
    response = client.get("/me/")

    assert (response.status_code, response.url) == (302, "/accounts/login/?next=/me/")


def test_member_sees_their_own_answer_and_nobody_elses(client):
    me, other, meeting = MemberFactory(), MemberFactory(), a_meeting()
    RsvpFactory(meeting=meeting, member=other, answer=Answer.IN_PERSON)
    client.force_login(me)

    unanswered = client.get("/me/")
    RsvpFactory(meeting=meeting, member=me, answer=Answer.NO)
    answered = client.get("/me/")

    assert "Not answered yet" in unanswered.content.decode()
    assert "Not coming" in answered.content.decode()
    assert [row.mine[0].member for row in answered.context["meetings"]] == [me]


@pytest.mark.parametrize("is_facilitator", [True, False])
def test_facilitator_is_never_paid_and_led_to_no_stipend(client, is_facilitator):
    client.force_login(MemberFactory(is_facilitator=is_facilitator))

    page = client.get("/me/").content.decode()

    assert ('href="/stipends/"' in page) is not is_facilitator


def test_drafts_are_not_shown(client):
    a_meeting(state=MeetingState.DRAFT, published_at=None)
    client.force_login(MemberFactory())

    assert list(client.get("/me/").context["meetings"]) == []


def test_claims_of_others_are_not_shown(client):
    mine, other = ClaimFactory(), ClaimFactory()
    client.force_login(mine.member)

    response = client.get("/me/")

    assert list(response.context["claims"]) == [mine]
    assert list(Claim.objects.exclude(member=mine.member)) == [other]


@pytest.mark.parametrize("item_count", [1, 5])
def test_page_costs_the_same_for_one_meeting_as_for_many(client, django_assert_num_queries, item_count):
    me = MemberFactory()
    for _ in range(item_count):
        RsvpFactory(meeting=a_meeting(), member=me, answer=Answer.ONLINE)
    client.force_login(me)
    client.get("/me/")

    with django_assert_num_queries(13):
        response = client.get("/me/")

    assert len(response.context["meetings"]) == item_count


def test_my_meetings_say_their_time_as_every_page_does(client):
    meeting = a_meeting()
    client.force_login(MemberFactory())
    assert f"{meeting.date_text}</time>, {meeting.time_text}" in client.get("/me/").content.decode()
