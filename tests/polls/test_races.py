"""Forty phones at once, and a close in the middle of them. On PostgreSQL, with real threads."""

import threading

import pytest
from django.db import connection, transaction

from cop_portal.errors import Refused
from polls import actions
from polls.actions import ballots
from polls.enums import PollState
from polls.late_answers import AnswersAtAnyTime, AnswersOnlyWhileOpen, is_late
from polls.models import Ballot, Choice, Poll
from tests.factories import (
    NOW,
    MeetingFactory,
    MemberFactory,
    OptionFactory,
    PollFactory,
    SavedQuestionFactory,
    StaffFactory,
)
from tests.races import together, until_one_waits

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


def unlocked_ballot(poll, key):
    return Ballot.objects.get_or_create(poll=poll, voter_key=key)[0]


def test_without_the_lock_one_voter_marks_several_of_one_choice(monkeypatch):
    """The control: the constraint alone keeps the ballots apart, but not what is on them."""
    monkeypatch.setattr(ballots, "_ballot", unlocked_ballot)
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


def unlocked_poll(poll):
    return Poll.objects.select_related("meeting").get(pk=poll.pk)


def against_a_close(poll, cast):
    """Thirty-nine do this while the poll is closed; what went wrong."""
    staff = StaffFactory()
    jobs = [lambda number=number: cast(f"device-{number}") for number in range(39)]
    return together([*jobs, lambda: actions.close_poll(poll, by=staff, now=NOW)])


@pytest.mark.parametrize("_round", range(3))
def test_change_that_was_taken_is_in_the_count(_round):
    poll, options = open_poll()
    taken = []
    for number in range(39):
        actions.cast_ballot(poll, voter=f"device-{number}", options=[options[0]], now=NOW)

    def change(device):
        actions.cast_ballot(poll, voter=device, options=[options[1]], now=NOW)
        taken.append(device)

    errors = against_a_close(poll, change)

    assert all(isinstance(error, Refused) for error in errors)
    assert Choice.objects.filter(option=options[1]).count() == len(taken)
    assert Ballot.objects.count() == 39


@pytest.mark.parametrize("_round", range(3))
def test_without_the_lock_the_database_still_takes_no_late_ballot(_round, monkeypatch):
    """The action's own look is no guard at all here: the trigger is, and it waits for the close."""
    monkeypatch.setattr(ballots, "_held", unlocked_poll)
    poll, options = open_poll()
    taken = []

    def cast(device):
        actions.cast_ballot(poll, voter=device, options=[options[0]], now=NOW)
        taken.append(device)

    errors = against_a_close(poll, cast)

    assert all(isinstance(error, Refused) or is_late(error) for error in errors)
    assert Ballot.objects.count() == len(taken)


def late_ballots():
    """How many ballots are under their voter's key after a race against the close."""
    poll, options = open_poll()
    keys = {actions.voter_key(poll, f"device-{number}") for number in range(39)}
    against_a_close(poll, lambda device: actions.cast_ballot(poll, voter=device, options=[options[0]], now=NOW))
    return len(keys & set(Ballot.objects.filter(poll=poll).values_list("voter_key", flat=True)))


def test_without_trigger_and_lock_ballots_come_in_after_the_close(monkeypatch):
    """The control of both: without either guard a late ballot is in a closed poll."""
    monkeypatch.setattr(ballots, "_held", unlocked_poll)
    with connection.schema_editor() as editor:
        AnswersAtAnyTime().database_forwards("polls", editor, None, None)
    try:
        assert any(late_ballots() for _ in range(20))
    finally:
        with connection.schema_editor() as editor:
            AnswersOnlyWhileOpen().database_forwards("polls", editor, None, None)


def test_two_who_close_at_once_close_it_once():
    poll, _ = open_poll()
    staff = StaffFactory()

    errors = together([lambda: actions.close_poll(poll, by=staff, now=NOW)] * 2)

    assert [error.code for error in errors] == ["not_next"]
    assert poll.events.filter(state=PollState.CLOSED).count() == 1


def test_poll_that_is_opened_while_its_saved_question_is_worded_anew_keeps_its_words_and_holds_up_no_other():
    staff, saved = StaffFactory(), SavedQuestionFactory(question="Old words?")
    poll, other = (actions.prepare_saved(MeetingFactory(), saved, by=staff, now=NOW) for _ in range(2))
    saved.question = "New words?"
    saved.save()
    errors = []
    anew = threading.Thread(
        target=lambda: errors.extend(together([lambda: actions.reword_drafts(saved, by=staff, now=NOW)]))
    )

    with transaction.atomic():
        actions.open_poll(poll, by=staff, now=NOW)
        anew.start()
        until_one_waits()
    anew.join()

    poll.refresh_from_db()
    other.refresh_from_db()
    assert (errors, poll.state, poll.question, other.question) == ([], PollState.OPEN, "Old words?", "New words?")
