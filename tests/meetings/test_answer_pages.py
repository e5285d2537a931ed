"""The pages on which people answer, see where they stand, and say whether what was arranged will do."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from meetings import actions
from meetings.models import Rsvp
from meetings.tokens import answer_url, member_answer_url
from tests.factories import NOW, AccommodationFactory, MeetingFactory, MemberFactory, RsvpFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


def path_of(url):
    return "/" + url.split("/", 3)[3]


def offered(**fields):
    meeting = MeetingFactory(capacity=1)
    return RsvpFactory(
        meeting=meeting, answer="in_person", waiting_since=NOW, offered_until=NOW + timedelta(hours=24), **fields
    )


def test_held_seat_is_said_with_its_time_and_taken_with_one_tap(client, sign_in):
    row = offered()
    link = path_of(member_answer_url(row.meeting, row.member)) + "?answer=in_person"

    for page in (client.get(link), sign_in(row.member).get(row.meeting.get_absolute_url())):
        text = page.content.decode()
        assert "Thursday, January 21, 10 a.m. CST" in text
        assert "Take the seat" in text
    row.refresh_from_db()
    assert row.is_offered

    client.post(link, {"answer": "in_person"})
    row.refresh_from_db()
    assert (row.answer, row.is_waiting) == ("in_person", False)


def test_link_is_told_to_no_other_site_and_the_answer_is_not_refused(client):
    """With “no-referrer” a browser says "Origin: null" of the very page it is on, and Django takes it for a forgery."""
    row = RsvpFactory()

    page = client.get(path_of(member_answer_url(row.meeting, row.member)))

    assert page["Referrer-Policy"] == "same-origin"
    assert "no-referrer" not in page.content.decode()


def test_place_in_line_is_said_and_the_line_can_be_left(sign_in):
    meeting, member = MeetingFactory(capacity=1), MemberFactory()
    for _ in range(2):
        actions.rsvp(meeting, member=MemberFactory(), answer="in_person", now=NOW)
    actions.rsvp(meeting, member=member, answer="in_person", now=NOW)
    visitor, address = sign_in(member), reverse("meetings:rsvp", args=[meeting.slug])

    for page in (meeting.get_absolute_url(), address):
        assert "You are number 2 in line" in visitor.get(page).content.decode()
    assert "I stay on the waiting list" in visitor.get(address).content.decode()

    visitor.post(address, {"short": "1", "answer": "undecided"})
    assert Rsvp.objects.get(member=member).answer_text == "I do not know yet"


def test_member_says_whether_what_was_arranged_will_do(sign_in):
    row = AccommodationFactory(state="arranged", answer="A ramp at the back")
    visitor, address = sign_in(row.rsvp.member), reverse("meetings:answer_request", args=[row.rsvp.meeting.slug])
    assert "A ramp at the back" in visitor.get(reverse("meetings:rsvp", args=[row.rsvp.meeting.slug])).content.decode()

    silent = visitor.post(address, {"will_do": "no", "words": ""})
    assert (silent.status_code, "Please say what is missing" in silent.content.decode()) == (422, True)
    long = visitor.post(address, {"will_do": "no", "words": "x" * 501})
    assert (long.status_code, "x" * 501 in long.content.decode()) == (422, True)
    assert visitor.post(address, {"will_do": "no", "words": "Too steep"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reply) == ("asked", "Too steep")

    row.state = "arranged"
    row.save()
    visitor.post(address, {"will_do": "yes"})
    row.refresh_from_db()
    assert row.state == "confirmed"
    assert sign_in(MemberFactory()).post(address, {"will_do": "yes"}).status_code == 404


def test_guest_says_it_by_the_link_and_a_members_link_shows_no_need(client):
    meeting = MeetingFactory()
    guest = RsvpFactory(meeting=meeting, member=None, guest_name="Gus", guest_email="gus@example.org")
    row = AccommodationFactory(rsvp=guest, need="A private need", state="arranged")
    other = AccommodationFactory(rsvp__meeting=meeting, need="Another need", state="arranged")

    assert "A private need" in client.get(path_of(answer_url(guest))).content.decode()
    client.post(path_of(answer_url(guest)), {"request": "1", "will_do": "yes"})
    by_member = path_of(member_answer_url(meeting, other.rsvp.member))
    assert "Another need" not in client.get(by_member).content.decode()
    assert client.post(by_member, {"request": "1", "will_do": "yes"}).status_code == 404

    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, other.state) == ("confirmed", "arranged")


def test_guests_link_works_on_once_they_are_a_member_and_says_so_where_the_answer_is_gone(client):
    meeting = MeetingFactory()
    guest = RsvpFactory(meeting=meeting, member=None, guest_name="Gus", guest_email="gus@example.org")
    link = path_of(answer_url(guest))
    MemberFactory(email="gus@example.org")
    actions.join_guest_answers(now=NOW)

    client.post(link, {"answer": "no"})
    assert Rsvp.objects.get().answer == "no"

    Rsvp.objects.all().delete()
    gone = client.get(link)
    assert (gone.status_code, "This link is used up" in gone.content.decode()) == (410, True)
