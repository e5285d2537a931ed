"""The same report imported from two browsers, two reports into one poll, and an opening in between. On PostgreSQL."""

import pytest

from cop_portal.errors import Refused
from meetings.models import ToolReport
from polls import actions
from polls.actions import SaidOfQuestion
from polls.models import Ballot, Poll
from tests.factories import NOW, StaffFactory
from tests.polls.poll_reports import PACE, TEAMS, kept, meeting_over
from tests.races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def importing(report, by):
    seen = actions.seen_of(actions.outcomes(report))
    return lambda: actions.import_poll_report(ToolReport.objects.get(pk=report.pk), seen=seen, by=by, now=NOW)


def codes(errors):
    assert all(isinstance(error, Refused) for error in errors), errors
    return sorted(error.code for error in errors)


@pytest.mark.parametrize("_round", range(3))
def test_one_report_from_eight_browsers_is_imported_once(_round):
    staff = StaffFactory()
    report = actions.say_questions(kept(meeting_over(), TEAMS, by=staff), said={0: PACE})

    errors = together([importing(report, staff) for _ in range(8)])

    assert errors == []
    assert (Poll.objects.count(), Ballot.objects.count()) == (1, 2)


@pytest.mark.parametrize("_round", range(3))
def test_two_reports_into_one_poll_leave_the_ballots_of_one(_round):
    meeting, staff = meeting_over(), StaffFactory()
    poll = actions.prepare_poll(meeting, kind="one", question="Tea?", labels=["Yes", "No"], by=staff, now=NOW)
    texts = ["Name,Email,Tea?\nA,,Yes\nB,,No\n", "Name,Email,Tea?\nA,,Yes\nB,,Yes\nC,,No\n"]
    said = {0: SaidOfQuestion(f"p{poll.pk}")}
    reports = [actions.say_questions(kept(meeting, text, by=staff), said=said) for text in texts]

    errors = together([importing(report, staff) for report in reports])

    assert codes(errors) == ["poll_not_draft"]
    poll.refresh_from_db()
    assert poll.state == "closed"
    assert poll.ballots.count() == {reports[0].pk: 2, reports[1].pk: 3}[poll.report_id]


@pytest.mark.parametrize("_round", range(3))
def test_two_people_with_the_same_files_make_one_poll(_round):
    meeting, people = meeting_over(), StaffFactory.create_batch(2)
    reports = [actions.say_questions(kept(meeting, TEAMS, by=by), said={0: PACE}) for by in people]

    errors = together([importing(report, by) for report, by in zip(reports, people, strict=True)])

    assert codes(errors) == ["imported_before"]
    assert (Poll.objects.count(), Ballot.objects.count()) == (1, 2)


@pytest.mark.parametrize("_round", range(3))
def test_poll_is_opened_or_imported_and_never_both(_round):
    meeting, staff = meeting_over(), StaffFactory()
    poll = actions.prepare_poll(meeting, kind="one", question="Tea?", labels=["Yes", "No"], by=staff, now=NOW)
    report = kept(meeting, "Name,Email,Tea?\nA,,Yes\nB,,No\n", by=staff)
    actions.say_questions(report, said={0: SaidOfQuestion(f"p{poll.pk}")})
    report.refresh_from_db()

    errors = together([importing(report, staff), lambda: actions.open_poll(poll, by=staff, now=NOW)])

    poll.refresh_from_db()
    assert len(codes(errors)) == 1
    assert (poll.state, poll.ballots.count()) in {("open", 0), ("closed", 2)}
