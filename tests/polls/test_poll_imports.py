"""A meeting tool's poll report from its file to closed polls: once, whole, secret, and like any other poll afterwards."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings

from cop_portal.errors import Refused
from meetings.actions import discard_report, forget_old_reports
from meetings.models import ToolReport
from members.models import ParticipantCategory
from polls import actions
from polls.actions import SaidOfQuestion
from polls.enums import PollState
from polls.files import file_of
from polls.models import Ballot, Choice, Poll, PollEvent
from polls.representation import representation
from privacy.actions import set_hold
from tests.factories import (
    NOW,
    AttendanceFactory,
    MemberFactory,
    OptionFactory,
    ParticipantCategoryFactory,
    PollFactory,
    StaffFactory,
)
from tests.polls.poll_reports import PACE, TEAMS, ZOOM, imported, kept, meeting_over

pytestmark = pytest.mark.django_db
LABELS = ("Used services", "Family", "Provider", "County")
NEIGHBOR = {"a neighbor of theirs": ""}


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def meeting():
    ParticipantCategory.objects.all().delete()
    meeting = meeting_over()
    for order, label in enumerate(LABELS):
        ParticipantCategoryFactory(label=label, order=order, is_sensitive=order < 2)
    meeting.facilitators.add(MemberFactory(name="Fay Runs", email="fay@example.org"))
    return meeting


@pytest.fixture
def draft(meeting, staff):
    return actions.prepare_category_poll(meeting, by=staff, now=NOW)


@pytest.fixture
def mapped(meeting, draft, staff):
    """Zoom's report with its first question as the category poll that stands ready, and its second as a new poll."""
    report = kept(meeting, ZOOM, by=staff)
    report = actions.say_questions(report, said={0: SaidOfQuestion(f"p{draft.pk}"), 1: PACE})
    return actions.say_answers(report, said={0: NEIGHBOR})


def test_zoom_report_becomes_closed_polls_with_the_exact_table(meeting, draft, mapped, staff):
    AttendanceFactory.create_batch(7, meeting=meeting)

    polls = imported(mapped, by=staff)

    assert [(poll.question, poll.state, poll.kind) for poll in polls] == [
        (draft.question, "closed", "categories"), ("Is the pace right?", "closed", "one"),
    ]  # fmt: skip
    actions.publish_poll(polls[0], by=staff, now=NOW)
    polls[0].refresh_from_db()
    table = representation(polls[0], full=True, threshold=5)
    assert [(row.label, row.count, row.percent, row.of_respondents) for row in table.rows] == [
        ("Used services", 1, 17, 25), ("Family", 1, 17, 25), ("Provider", 2, 33, 50), ("County", 2, 33, 50),
    ]  # fmt: skip
    assert (table.head.respondents, table.submissions, table.head.participants) == (4, 6, 7)
    public = representation(polls[0], full=False, threshold=5)
    assert public.is_withheld  # four answers are too few, whoever gave them where
    remark = "The answers were given in Zoom and read from its poll report on January 20, 2027."
    assert (remark in table.notes, public.notes) == (True, [remark])
    assert remark.encode() in file_of(table, meeting, "csv")


def test_published_counts_of_2022_come_out_of_a_report_as_published(meeting, staff):
    """The agency's rows, one submission a person: its column of percents is of 31, not of the 32 it was printed over."""
    counts = (1, 6, 2, 7, 0, 0, 3, 0, 1, 4, 4, 3, 0)
    ParticipantCategory.objects.all().delete()
    for order in range(len(counts)):
        ParticipantCategoryFactory(label=f"Category; {order}", order=order)
    lines = [f"Category; {place}" for place, count in enumerate(counts) for _ in range(count)]
    text = "Name,Email,Submitted time,Who are you?\n" + "".join(
        f"P{n},p{n}@example.org,01/20/2027 10:00,{label}\n" for n, label in enumerate(lines)
    )
    report = actions.say_questions(kept(meeting, text, by=staff), said={0: SaidOfQuestion("categories")})

    [poll] = imported(report, by=staff)
    table = representation(actions.publish_poll(poll, by=staff, now=NOW), full=True, threshold=5)

    assert tuple(row.count for row in table.rows) == counts
    assert sum(row.percent for row in table.rows) == 100
    assert (table.submissions, table.head.respondents) == (31, 31)


def test_imported_ballots_are_as_secret_as_any(draft, mapped, staff):
    polls = imported(mapped, by=staff)

    draft.refresh_from_db()
    assert (draft.secret, draft.opened_at, draft.closed_at) == (None, NOW, NOW)
    assert Ballot.objects.filter(poll=draft).count() == 4
    assert {field.name for field in Ballot._meta.fields} == {"id", "poll", "voter_key"}
    keys = Ballot.objects.values_list("voter_key", flat=True)
    assert len(set(keys)) == len(keys) == 8
    orders = {
        tuple(Choice.objects.filter(ballot__poll=poll).order_by("ballot").values_list("option__label", flat=True))
        for poll in [polls[1], *(fresh_import(staff) for _ in range(12))]
    }
    assert len(orders) > 1  # in random order


def fresh_import(staff):
    report = actions.say_questions(kept(meeting_over(), TEAMS + "4;;;c@example.org;C;Yes;\n", by=staff), said={0: PACE})
    return imported(report, by=staff)[0]


def test_import_says_from_what_by_whom_and_when_and_keeps_nothing_else(mapped, draft, staff):
    imported(mapped, by=staff)

    mapped.refresh_from_db()
    assert (mapped.state, mapped.texts, mapped.mapping, mapped.finished_at) == ("done", None, {}, NOW)
    assert (mapped.confirmed_by, mapped.outcome) == (staff, {"polls": 2, "ballots": 8})
    events = PollEvent.objects.filter(poll=draft).order_by("pk").values_list("state", "actor", "reason")
    told = f"Read from a poll report of Zoom, SHA-256 {mapped.checksum[:16]}…"
    assert list(events)[1:] == [("open", staff.pk, told), ("closed", staff.pk, told)]
    draft.refresh_from_db()
    assert (draft.report, draft.is_from_report, draft.is_imported) == (mapped, True, False)


def test_twice_is_once(mapped, staff):
    seen = actions.seen_of(actions.outcomes(mapped))

    first, again = (actions.import_poll_report(mapped, seen=seen, by=staff, now=NOW) for _ in range(2))

    assert first == again
    assert (Poll.objects.count(), Ballot.objects.count()) == (2, 8)


def test_same_files_again_are_the_same_report_but_anothers_own(meeting, staff):
    first, again = kept(meeting, ZOOM, by=staff), kept(meeting, ZOOM, by=staff, tool="webex")

    assert (first.pk, again.tool) == (again.pk, "webex")
    assert first.checksum == hashlib.sha256(ZOOM.encode()).hexdigest()
    assert kept(meeting, ZOOM, by=StaffFactory()).pk != first.pk


def test_same_files_again_leave_out_who_facilitated_as_is_known_by_now(meeting, mapped, staff):
    before = actions.outcomes(mapped)[0].tally
    meeting.facilitators.add(MemberFactory(name="Ben Ito", email="ben@example.org"))

    after = actions.outcomes(kept(meeting, ZOOM, by=staff))[0].tally

    assert (len(before.ballots), before.unused["facilitator"]) == (4, 1)
    assert (len(after.ballots), after.unused["facilitator"]) == (3, 2)


def test_person_called_like_a_facilitator_counts_if_staff_say_so(meeting, draft, staff):
    text = "Name,Email,Who?\nFay Runs,,Family\nAna,,County\nFay,fay@example.org,County\n"
    report = actions.say_questions(kept(meeting, text, by=staff), said={0: SaidOfQuestion(f"p{draft.pk}")})

    [out] = actions.outcomes(report)
    [counted] = actions.outcomes(actions.say_answers(report, said={}, namesakes_out=False))

    assert (len(out.tally.ballots), out.tally.unused["facilitator"]) == (1, 2)
    assert (len(counted.tally.ballots), counted.tally.unused["facilitator"]) == (2, 1)


def test_facilitators_answer_every_other_poll(meeting, staff):
    report = actions.say_questions(
        kept(meeting, "Name,Email,Tea?\nFay,fay@example.org,Yes\n", by=staff), said={0: PACE}
    )

    [outcome] = actions.outcomes(report)

    assert outcome.rows == [("Yes", 1), ("No", 0), ("Cannot say", 0)]


def test_formulas_emoji_and_apostrophes_are_words(meeting, staff):
    report = kept(meeting, "Name,Email,Tea?\nA,,'=1+1\nB,,O’Neil\nC,,o'neil\nD,,👩‍🔬\n", by=staff)
    new = SaidOfQuestion("one", "=Tea?", ("=1+1", "O’Neil", "👩‍🔬"))

    [poll] = imported(actions.say_questions(report, said={0: new}), by=staff)
    table = representation(actions.publish_poll(poll, by=staff, now=NOW), full=True, threshold=1)

    assert [(row.label, row.count) for row in table.rows] == [("=1+1", 1), ("O’Neil", 2), ("👩‍🔬", 1)]
    assert '"\'=1+1"' in file_of(table, meeting, "csv").decode()


def test_reset_takes_the_mark_away_and_the_poll_can_be_imported_again(mapped, meeting, draft, staff):
    imported(mapped, by=staff)
    draft.refresh_from_db()

    actions.reset_poll(draft, reason="Wrong file", by=staff, now=NOW)

    draft.refresh_from_db()
    assert (draft.state, draft.report, draft.imported_remark) == ("draft", None, "")
    again = actions.say_questions(kept(meeting, ZOOM, by=staff), said={0: SaidOfQuestion(f"p{draft.pk}")})
    [poll] = imported(actions.say_answers(again, said={0: NEIGHBOR}), by=staff)
    assert (poll.pk, poll.ballots.count()) == (draft.pk, 4)


def test_report_that_nobody_imports_is_thrown_away_but_for_a_hold(meeting, mapped, staff):
    held = kept(meeting_over(), ZOOM, by=staff)
    set_hold(by=staff, why="Case 1", meeting_id=held.meeting_id, now=NOW)

    forget_old_reports(now=NOW + timedelta(days=settings.TOOL_REPORT_DAYS, hours=1))

    mapped.refresh_from_db()
    assert (mapped.state, mapped.texts, mapped.mapping) == ("gone", None, {})
    assert ToolReport.objects.get(pk=held.pk).texts


def test_discarded_report_leaves_nothing(mapped):
    discard_report(mapped, now=NOW)

    mapped.refresh_from_db()
    assert (mapped.state, mapped.texts, mapped.mapping, Ballot.objects.count()) == ("gone", None, {}, 0)


# --- Refusals -------------------------------------------------------------------------------------------------------
def refused(act, *args, **kwargs):
    with pytest.raises(Refused) as refusal:
        act(*args, **kwargs)
    return refusal.value.code


def test_report_is_not_taken_before_the_meeting_begins(staff):
    assert refused(kept, meeting_over(state="cancelled"), ZOOM, by=staff) == "not_begun"
    meeting = meeting_over()
    meeting.starts_at, meeting.ends_at = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    meeting.save()
    assert refused(kept, meeting, ZOOM, by=staff) == "not_begun"
    assert not ToolReport.objects.exists()


@pytest.mark.parametrize("state", [PollState.OPEN, PollState.CLOSED, PollState.PUBLISHED])
def test_poll_that_was_opened_takes_nothing_from_a_report(mapped, draft, staff, state):
    seen = actions.seen_of(actions.outcomes(mapped))
    actions.open_poll(draft, by=staff, now=NOW)
    if state != PollState.OPEN:
        actions.close_poll(draft, by=staff, now=NOW)
    if state == PollState.PUBLISHED:
        actions.publish_poll(draft, by=staff, now=NOW)

    assert refused(actions.say_questions, mapped, said={0: SaidOfQuestion(f"p{draft.pk}")}) == "poll_not_draft"
    assert refused(actions.say_questions, mapped, said={0: SaidOfQuestion("categories")}) == "poll_not_draft"
    assert refused(actions.import_poll_report, mapped, seen=seen, by=staff, now=NOW) == "poll_not_draft"
    mapped.refresh_from_db()
    assert (mapped.state, Ballot.objects.count(), Poll.objects.count()) == ("review", 0, 1)


TWO = ("Yes", "No")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "nothing"),
        ({0: SaidOfQuestion("categories"), 1: SaidOfQuestion("categories")}, "twice"),
        ({0: SaidOfQuestion("one", " ", TWO)}, "no_question"),
        ({0: SaidOfQuestion("one", "x" * 201, TWO)}, "no_question"),
        ({0: SaidOfQuestion("one", "Tea?", ("Yes",))}, "too_few_options"),
        ({0: SaidOfQuestion("many", "Tea?", ("Yes", "yes "))}, "same_label"),
        ({0: SaidOfQuestion("many", "Tea?", tuple(map(str, range(51))))}, "too_many_options"),
        ({0: SaidOfQuestion("one", "Tea?", ("Yes", "x" * 121))}, "too_many_options"),
    ],
)
def test_questions_that_make_no_poll_are_refused(meeting, staff, said, code):
    report = kept(meeting, ZOOM, by=staff)

    assert refused(actions.say_questions, report, said=said) == code
    report.refresh_from_db()
    assert report.mapping == {}


def test_import_is_refused_until_every_answer_is_said_and_something_counts(meeting, draft, staff):
    report = kept(meeting, ZOOM, by=staff)
    assert refused(imported, report, by=staff) == "not_read"
    actions.say_questions(report, said={0: SaidOfQuestion(f"p{draft.pk}")})
    assert refused(imported, report, by=staff) == "open_answers"
    everything = dict.fromkeys(["used services", "family", "provider", "county", *NEIGHBOR], "")
    actions.say_answers(report, said={0: everything})
    assert refused(imported, report, by=staff) == "nobody"

    assert (Ballot.objects.count(), Poll.objects.get().state) == (0, "draft")


def test_what_changed_since_the_review_is_looked_at_again(mapped, draft, staff):
    seen = actions.seen_of(actions.outcomes(mapped))
    assert refused(actions.say_answers, mapped, said={0: {"county": "Nowhere"}}) == "changed_meanwhile"
    assert refused(actions.say_answers, mapped, said={5: {}}) == "changed_meanwhile"
    actions.say_answers(mapped, said={0: {"county": "Family"}})
    assert refused(actions.import_poll_report, mapped, seen=seen, by=staff, now=NOW) == "changed_meanwhile"
    actions.say_answers(mapped, said={0: {"county": "County"}})
    ParticipantCategory.objects.filter(label="County").update(label="Counties")

    assert refused(actions.import_poll_report, mapped, seen=seen, by=staff, now=NOW) == "changed_meanwhile"
    assert Ballot.objects.count() == 0


def test_question_is_not_imported_twice_from_the_same_files(meeting, staff):
    for _ in range(2):
        report = kept(meeting, TEAMS, by=StaffFactory())
        actions.say_questions(report, said={0: PACE})
    one, other = ToolReport.objects.order_by("pk")
    imported(one, by=staff)

    assert refused(imported, other, by=staff) == "imported_before"
    assert refused(actions.say_questions, other, said={0: PACE}) == "imported_before"
    assert Poll.objects.count() == 1


def test_meeting_that_was_cancelled_meanwhile_gets_no_polls(mapped, meeting, staff):
    type(meeting).objects.filter(pk=meeting.pk).update(state="cancelled", cancel_reason="Snow")

    assert refused(imported, mapped, by=staff) == "meeting_not_public"
    assert (Ballot.objects.count(), Poll.objects.get().state) == (0, "draft")


def test_import_that_fails_half_way_leaves_nothing(mapped, staff, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr("polls.actions.poll_reports.finish", fail)
    with pytest.raises(RuntimeError):
        imported(mapped, by=staff)

    mapped.refresh_from_db()
    assert (mapped.state, Poll.objects.count(), Ballot.objects.count()) == ("review", 1, 0)
    assert Poll.objects.get().state == "draft"


def test_existing_poll_of_its_own_limits(meeting, staff):
    poll = PollFactory(meeting=meeting, kind="many", minimum=1, maximum=1)
    for label in ("Yes", "No"):
        OptionFactory(poll=poll, label=label)
    text = "Name,Email,Tea?\nA,,Yes;No\nB,,No\n"

    [outcome] = actions.outcomes(
        actions.say_questions(kept(meeting, text, by=staff), said={0: SaidOfQuestion(f"p{poll.pk}")})
    )

    assert outcome.rows == [("Yes", 0), ("No", 1)]
    assert outcome.tally.reasons == [(1, "with more answers than the poll takes")]


@pytest.mark.parametrize("number", [3, 60])
def test_import_costs_the_same_for_three_and_for_sixty(meeting, staff, django_assert_num_queries, number):
    lines = "".join(f"P{n},p{n}@example.org,{'Yes' if n % 2 else 'No'}\n" for n in range(number))
    report = actions.say_questions(kept(meeting, f"Name,Email,Tea?\n{lines}", by=staff), said={0: PACE})
    seen = actions.seen_of(actions.outcomes(report))

    with django_assert_num_queries(36):
        actions.import_poll_report(report, seen=seen, by=staff, now=NOW)

    assert Ballot.objects.count() == number
