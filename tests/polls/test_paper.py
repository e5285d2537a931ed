"""The ballot paper that a web process keeps for a second: nothing that counts is decided by it."""

import pytest
from django.test import Client

from meetings.enums import MeetingState
from polls import actions, paper
from polls.enums import PollKind
from polls.models import Ballot, Choice, Option

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def held(monkeypatch):
    """What is read stays for the whole of a test."""
    monkeypatch.setattr(paper, "_held", {})
    monkeypatch.setattr(paper, "FRESH", 60.0)
    return paper._held


def answer(poll, *options, client=None, **sent):
    return (client or Client()).post(f"/polls/{poll.code}/", {"options": [option.pk for option in options], **sent})


def test_guest_answers_in_seven_statements_once_the_paper_is_held(opened, django_assert_num_queries):
    option = opened.options.first()
    answer(opened, option)

    with django_assert_num_queries(7):  # two of them begin and end the transaction
        assert answer(opened, option, form_key="a form").status_code == 302

    assert Ballot.objects.count() == 2


def test_paper_holds_no_secret_and_no_poll_that_is_not_open(draft, staff, now, held):
    paper.paper(draft.code)
    assert held == {}

    opened = actions.open_poll(draft, by=staff, now=now)
    paper.paper(opened.code)

    [(_, kept)] = held.values()
    assert kept.secret is None


def test_answer_on_a_held_paper_is_late_after_the_close(opened, staff, now):
    option = opened.options.first()
    assert answer(opened, option, form_key="first").status_code == 302
    actions.close_poll(opened, by=staff, now=now)

    late, again = answer(opened, option, form_key="second"), answer(opened, option, form_key="first")

    assert (late.status_code, again.status_code) == (409, 200)
    assert b"This poll is closed" in late.content
    assert b"Your answer was counted" in again.content
    assert Ballot.objects.count() == 1


def test_answer_that_was_taken_out_before_the_poll_opened_again_is_refused(meeting, staff, now):
    asked = {"kind": PollKind.MANY, "question": "Where do you work?", "labels": ("County", "Clinic", "Court")}
    opened = actions.open_poll(actions.prepare_poll(meeting, **asked, by=staff, now=now), by=staff, now=now)
    former, kept = opened.options.all()[:2]
    assert answer(opened, kept).status_code == 302
    poll = actions.reset_poll(opened, by=staff, reason="A wrong answer was offered", now=now)
    Option.objects.filter(pk=former.pk).delete()
    actions.open_poll(poll, by=staff, now=now)

    refused, taken = answer(opened, former), answer(opened, kept)

    assert (refused.status_code, taken.status_code) == (409, 302)
    assert b"Please load the page again" in refused.content
    assert list(Choice.objects.values_list("option", flat=True)) == [kept.pk]


def test_no_paper_of_a_meeting_that_is_not_public(opened, meeting):
    meeting.state = MeetingState.DRAFT
    meeting.save(update_fields=["state"])

    assert answer(opened, opened.options.first()).status_code == 404


def test_papers_held_have_an_end(opened, monkeypatch, held):
    monkeypatch.setattr(paper, "PAPERS_HELD", 1)
    held["ANOTHER"] = (0.0, opened)

    paper.paper(opened.code)

    assert list(held) == [opened.code]
