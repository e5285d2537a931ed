"""What people need: who works on it, how far it is, and what they say to it."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission

from cop_portal.errors import Refused
from meetings import actions
from meetings.enums import ACCOMMODATION_NEXT, AccommodationState
from meetings.models import Accommodation
from notices.models import Delivery
from tests.factories import AccommodationFactory, StaffFactory

pytestmark = pytest.mark.django_db


def test_request_moves_on_and_the_person_hears_that_there_is_news_only(now):
    row, staff = AccommodationFactory(need="A very private need"), StaffFactory()

    actions.set_accommodation(row, state="cannot", answer="No lift in this house", by=staff, now=now)

    row.refresh_from_db()
    [letter] = Delivery.objects.all()
    assert (row.state, row.owner, row.answer) == ("cannot", staff, "No lift in this house")
    for text in (letter.subject_line, letter.text, letter.html):
        assert "private need" not in text
        assert "lift" not in text


@pytest.mark.parametrize(
    ("before", "state", "code"), [("asked", "cannot", "says_nothing"), ("withdrawn", "arranged", "withdrawn")]
)
def test_request_is_refused_and_stays_as_it_was(now, before, state, code):
    row = AccommodationFactory(state=before)

    with pytest.raises(Refused) as refusal:
        actions.set_accommodation(row, state=state, by=StaffFactory(), now=now)

    row.refresh_from_db()
    assert (refusal.value.code, row.state, row.owner) == (code, before, None)
    assert not Delivery.objects.exists()


def test_request_moved_on_twice_is_told_once(now):
    row, first = AccommodationFactory(), StaffFactory()

    for staff, moment in ((first, now), (StaffFactory(), now + timedelta(minutes=1))):
        actions.set_accommodation(row, state="arranged", by=staff, now=moment)

    row.refresh_from_db()
    assert (row.state, row.owner, Delivery.objects.count()) == ("arranged", first, 1)


@pytest.fixture
def arranger():
    """Makes one of those who arrange accommodations."""

    def made():
        group, _ = Group.objects.get_or_create(name="Arranging")
        group.permissions.set(Permission.objects.filter(codename="change_accommodation"))
        staff = StaffFactory()
        staff.groups.add(group)
        return staff

    return made


@pytest.mark.parametrize("before", AccommodationState.values)
@pytest.mark.parametrize("after", AccommodationState.values)
def test_request_moves_only_along_its_table(now, before, after):
    row = AccommodationFactory(state=before, answer="A lift on the other side")
    allowed = after == before != "withdrawn" or after in ACCOMMODATION_NEXT[AccommodationState(before)]

    with nullcontext() if allowed else pytest.raises(Refused, match=r"in one step|no longer needs"):
        actions.set_accommodation(row, state=after, by=StaffFactory(), now=now)

    row.refresh_from_db()
    assert row.state == (after if allowed else before)


def test_whoever_moves_a_request_first_owns_it_and_a_colleague_who_helps_does_not(now, arranger):
    row, first, second = AccommodationFactory(), arranger(), arranger()

    actions.set_accommodation(row, state="arranged", by=first, now=now)
    actions.set_accommodation(row, state="confirmed", by=second, now=now)

    row.refresh_from_db()
    assert (row.state, row.owner) == ("confirmed", first)


def test_request_is_taken_and_handed_over_and_those_concerned_are_told(now, arranger):
    row, first, second = AccommodationFactory(need="A very private need"), arranger(), arranger()

    actions.hand_over_accommodation(row, to=first, by=first, seen_owner=None, now=now)
    assert not Delivery.objects.exists()
    actions.hand_over_accommodation(row, to=second, by=first, seen_owner=first, now=now)
    actions.hand_over_accommodation(row, to=second, by=first, seen_owner=first, now=now)

    row.refresh_from_db()
    [letter] = Delivery.objects.all()
    assert (row.owner, letter.address) == (second, second.email)
    assert "private need" not in letter.text + letter.html + letter.subject_line


def test_of_two_who_take_a_request_the_second_is_refused(now, arranger):
    row, first, second = AccommodationFactory(), arranger(), arranger()
    actions.hand_over_accommodation(row, to=first, by=first, seen_owner=None, now=now)

    for to, seen, code in [(second, None, "taken"), (StaffFactory(), first, "not_theirs")]:
        with pytest.raises(Refused) as refusal:
            actions.hand_over_accommodation(row, to=to, by=second, seen_owner=seen, now=now)
        assert refusal.value.code == code

    row.refresh_from_db()
    assert row.owner == first


def test_person_says_that_it_will_do(now, arranger):
    row = AccommodationFactory(state="arranged", owner=arranger())

    actions.answer_accommodation(row, will_do=True, now=now)
    actions.answer_accommodation(row, will_do=True, now=now)

    row.refresh_from_db()
    assert row.state == "confirmed"
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("state", ["arranged", "confirmed", "cannot"])
def test_person_says_that_it_is_not_enough_and_the_owner_hears_it(now, arranger, state):
    row = AccommodationFactory(state=state, answer="A ramp at the back", owner=arranger())

    for _ in range(2):
        actions.answer_accommodation(row, will_do=False, words="It is too steep", now=now)

    row.refresh_from_db()
    [letter] = Delivery.objects.all()
    assert (row.state, row.reply, row.answer) == ("asked", "It is too steep", "A ramp at the back")
    assert (letter.address, "steep" in letter.text) == (row.owner.email, False)


@pytest.mark.parametrize(
    ("state", "said", "days", "code"),
    [
        ("asked", {"will_do": True}, 0, "not_now"),
        ("asked", {"will_do": False, "words": "x"}, 0, "not_now"),
        ("cannot", {"will_do": True}, 0, "not_now"),
        ("withdrawn", {"will_do": True}, 0, "withdrawn"),
        ("arranged", {"will_do": False, "words": " "}, 0, "says_nothing"),
        ("arranged", {"will_do": True}, 28, "started"),
    ],
)
def test_persons_answer_is_refused_and_nothing_changes(now, state, said, days, code):
    row = AccommodationFactory(state=state, answer="A ramp")

    with pytest.raises(Refused) as refusal:
        actions.answer_accommodation(row, now=now + timedelta(days=days), **said)

    row.refresh_from_db()
    assert (refusal.value.code, row.state, row.reply) == (code, state, "")


def test_need_in_other_words_is_asked_anew_and_keeps_its_owner(now, arranger):
    row = AccommodationFactory(state="confirmed", owner=arranger())

    said = actions.Details(need="A ramp and large print")
    actions.rsvp(row.rsvp.meeting, member=row.rsvp.member, answer="online", details=said, now=now)

    kept = Accommodation.objects.get()
    assert (kept.need, kept.state, kept.owner) == ("A ramp and large print", "asked", row.owner)
