"""Forty phones at once, and a close in the middle of them. On PostgreSQL, with real threads."""

import pytest

from cop_portal.errors import Refused
from polls import actions
from polls.enums import PollState
from polls.models import Ballot, Choice, Poll
from tests.factories import NOW, MeetingFactory, MemberFactory, OptionFactory, PollFactory, StaffFactory
from tests.races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def open_poll():
    poll = PollFactory(meeting=MeetingFactory())
    options = [OptionFactory(poll=poll) for _ in range(3)]
    return actions.open_poll(poll, by=StaffFactory(), now=NOW), options


def casting(poll, options, voter):
    return lambda: actions.cast_ballot(poll, voter=voter, options=options, now=NOW)


@pytest.mark.parametrize("_round", range(3))
def test_forty_clicks_of_one_voter_leave_one_ballot_with_one_choice(_round):
    poll, options = open_poll()
    member = MemberFactory()

    errors = together([casting(poll, [options[number % 3]], member) for number in range(40)])

    assert errors == []
    assert (Ballot.objects.count(), Choice.objects.count()) == (1, 1)
    assert Poll.objects.get().version == 41


def unlocked(poll):
    return Poll.objects.select_related("meeting").get(pk=poll.pk)


def test_without_the_lock_one_voter_marks_several_of_one_choice(monkeypatch):
    """The control: the constraint alone keeps the ballots apart, but not what is on them."""
    monkeypatch.setattr(actions, "_locked", unlocked)
    broken = 0

    for _ in range(10):
        Choice.objects.all().delete()
        Ballot.objects.all().delete()
        poll, options = open_poll()
        errors = together([casting(poll, [options[number % 3]], "device") for number in range(40)])
        broken += bool(errors) or Choice.objects.count() > 1
        if broken:
            break

    assert broken


@pytest.mark.parametrize("_round", range(3))
def test_no_ballot_is_in_after_the_close(_round):
    poll, options = open_poll()
    staff, said = StaffFactory(), []

    def cast(number):
        try:
            actions.cast_ballot(poll, voter=f"device-{number}", options=[options[0]], now=NOW)
            said.append("counted")
        except Refused as refusal:
            said.append(refusal.code)

    def close():
        actions.close_poll(poll, by=staff, now=NOW)

    errors = together([*(lambda number=number: cast(number) for number in range(39)), close])

    assert errors == []
    assert set(said) <= {"counted", "not_open"}
    # Who was told "counted" is in, who was told "too late" is not; and none is under a key of its voter.
    assert Ballot.objects.count() == Choice.objects.count() == said.count("counted")
    keys = {actions.voter_key(poll, f"device-{number}") for number in range(39)}
    assert not keys & set(Ballot.objects.values_list("voter_key", flat=True))
    assert Poll.objects.get().state == PollState.CLOSED


def test_two_who_close_at_once_close_it_once():
    poll, _ = open_poll()
    staff = StaffFactory()

    errors = together([lambda: actions.close_poll(poll, by=staff, now=NOW)] * 2)

    assert [error.code for error in errors] == ["not_next"]
    assert poll.events.filter(state=PollState.CLOSED).count() == 1
