"""Dated versions of a published table: what the next one shows, what stays readable, and what is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from cop_portal.errors import Refused
from members.models import ParticipantCategory
from polls import actions
from polls.enums import PollKind
from polls.models import Poll, PublishedTable
from polls.representation import for_everybody, representation
from polls.table import Head, Row, Table, from_record, to_json
from polls.versions import changes, masked, next_versions, of_other_answers, revised
from tests.factories import AttendanceFactory, MemberFactory

COUNTS = (2, 3, 9, 6)
HEAD = Head(None, None, 20, None)


def table(counts=COUNTS, sensitive=(True, False, False, True), *, threshold=5, respondents=20):
    rows = [
        Row(f"Row {i}", count, None, None, is_sensitive=flag)
        for i, (count, flag) in enumerate(zip(counts, sensitive, strict=True))
    ]
    return Table(1, "Q", True, False, replace(HEAD, respondents=respondents), sum(counts), tuple(rows), None, threshold)


def again(before, **changed):
    """The next version, with these things changed: ``sensitive``, ``labels``, ``head`` or ``threshold``."""
    sensitive = changed.pop("sensitive", (True, False, False, True))
    labels = changed.pop("labels", [f"Row {i}" for i in range(4)])
    named = [Row(label, None, None, None, is_sensitive=flag) for label, flag in zip(labels, sensitive, strict=True)]
    return revised(before, named, **({"head": before.head, "threshold": before.threshold} | changed))


def shown(found):
    return [None if row.is_hidden else (row.count, row.percent, row.of_respondents) for row in found.rows]


FIRST = for_everybody(table())


def test_first_version_is_what_everybody_may_read():
    assert shown(FIRST) == [None, None, (9, 45, 45), (6, 30, 30)]
    assert (FIRST.together.count, FIRST.together.percent) == (5, 25)


def test_nothing_changed_is_the_same_table():
    assert again(FIRST).fingerprint == FIRST.fingerprint
    assert changes(FIRST, again(FIRST)) == []


def test_attendance_changes_the_head_alone():
    after = again(FIRST, head=Head(23, 1, 20, 2))

    assert replace(after, head=FIRST.head) == FIRST
    assert changes(FIRST, after) == [
        "Participants: 23, before not recorded",
        "Facilitators: 1, before not recorded",
        "Attended, did not answer: 2, before not recorded",
    ]


def test_new_name_is_told():
    after = again(FIRST, labels=["Row 0", "Row 1", "Providers", "Row 3"])

    assert changes(FIRST, after) == ["“Row 2” is now called “Providers”"]
    assert shown(after) == shown(FIRST)


def test_higher_threshold_hides_what_was_shown_and_keeps_what_was_hidden():
    after = again(FIRST, threshold=8)

    assert shown(after) == [None, None, None, None]
    assert after.together.count == 20
    assert "No longer shown: Row 2, Row 3" in changes(FIRST, after)
    assert "Sensitive rows are hidden below 8, before below 5" in changes(FIRST, after)


def test_lower_threshold_shows_nothing_that_was_hidden():
    assert again(FIRST, threshold=3) == FIRST


def test_row_that_is_not_sensitive_any_more_stays_hidden():
    assert shown(again(FIRST, sensitive=(False,) * 4)) == shown(FIRST)


def test_row_that_became_sensitive_goes_with_others():
    before = for_everybody(table((6, 3, 9, 9), (False,) * 4))
    after = again(before, sensitive=(False, True, False, False))

    assert shown(before)[1] == (3, 11, 15)
    assert [row.is_hidden for row in after.rows] == [True, True, False, False]
    assert after.together.count == 9


def test_breakdown_goes_where_no_set_of_rows_hides_enough():
    before = for_everybody(table((9, 1, 0, 0), (False,) * 4))
    after = again(before, sensitive=(False, True, True, True), threshold=21)

    assert (after.withheld, after.rows, after.submissions) == ("since", (), None)
    assert "The breakdown is no longer shown" in changes(before, after)
    assert again(after, threshold=3, sensitive=(False,) * 4).withheld == "since"


@pytest.mark.parametrize("hidden", [(2, 3), (1, 4), (4, 1)])
def test_next_version_does_not_depend_on_what_is_hidden(hidden):
    """It is worked out from the version before: tables alike in that are alike in every later one."""
    before = for_everybody(table((*hidden, 9, 6)))

    for changed in ({"threshold": 8}, {"sensitive": (False, True, True, True)}, {"head": Head(9, 1, 20, 0)}):
        assert again(before, **changed).fingerprint == again(FIRST, **changed).fingerprint


def test_earlier_version_hides_what_a_later_one_hides():
    before = for_everybody(table((6, 3, 9, 9), (False,) * 4))
    after = again(before, sensitive=(False, True, False, False))

    assert shown(masked(before, after)) == shown(after)
    assert masked(FIRST, FIRST) is FIRST
    assert masked(before, replace(after, withheld="since")).rows == ()


@pytest.mark.parametrize(
    ("earlier", "counted", "withheld"),
    [
        pytest.param([], table(), "", id="none before"),
        pytest.param([FIRST], table((3, 3, 9, 6)), "earlier", id="a breakdown with hidden rows"),
        pytest.param([for_everybody(table((6, 3, 9, 6)))], table(), "earlier", id="sensitive rows, all shown"),
        pytest.param([for_everybody(table(respondents=4))], table(), "earlier", id="withheld for its number"),
        pytest.param(
            [for_everybody(table(sensitive=(False,) * 4, respondents=4))],
            table(sensitive=(False,) * 4),
            "",
            id="withheld for its number, nothing sensitive",
        ),
        pytest.param(
            [for_everybody(table((1, 1, 0, 0), (True, True, False, False)))],
            table(),
            "earlier",
            id="withheld for its rows",
        ),
        pytest.param(
            [for_everybody(table(sensitive=(False,) * 4))], table(sensitive=(False,) * 4), "", id="nothing sensitive"
        ),
        pytest.param([for_everybody(table(sensitive=(False,) * 4))], table(), "earlier", id="sensitive since"),
        pytest.param(
            [for_everybody(table(sensitive=(False,) * 4)), FIRST],
            table(sensitive=(False,) * 4),
            "earlier",
            id="any of several",
        ),
        pytest.param([again(FIRST, threshold=21)], table(sensitive=(False,) * 4), "earlier", id="withheld since"),
    ],
)
def test_other_answers_have_a_breakdown_where_nothing_is_sensitive(earlier, counted, withheld):
    assert of_other_answers(earlier, counted).withheld == withheld


def test_table_is_the_same_after_it_was_kept():
    kept = FIRST
    record = PublishedTable(poll_id=1, version=3, shown=to_json(kept), changes=["A"], reason="B")

    found = from_record(record)
    assert replace(found, version=0, changes=(), reason="") == kept
    assert (found.version, found.changes, found.reason) == (3, ("A",), "B")


# --- With the database ----------------------------------------------------------------------------------------------


@pytest.fixture
def published(opened, publish):
    return publish(opened, (2, 3, 9, 0))


def standing(meeting):
    return representation(meeting, full=False, threshold=5)


def anew(poll, staff, now, reason="Attendance was confirmed", threshold=5):
    _, after = next_versions([poll], threshold=threshold)[poll.pk]
    return actions.publish_version(poll, seen=after.fingerprint, reason=reason, by=staff, now=now)


def refusal(code):
    return pytest.raises(Refused, check=lambda refused: refused.code == code)


@pytest.mark.django_db
def test_published_table_stays_as_it_is_until_there_is_a_new_version(published, meeting, staff, now, settings):
    first = standing(meeting)
    AttendanceFactory.create_batch(15, meeting=meeting)
    ParticipantCategory.objects.update(is_sensitive=True)
    settings.SMALL_CELL_THRESHOLD = 12
    assert standing(meeting) == first

    record = anew(published, staff, now + timedelta(days=3), threshold=12)

    after = standing(meeting)
    assert (after.version, after.head, after.reason) == (2, Head(15, 0, 14, 1), "Attendance was confirmed")
    assert after.is_withheld or all(row.is_hidden or not row.count for row in after.rows)
    assert record.changes == list(after.changes)
    assert PublishedTable.objects.get(version=1).shown == to_json(first)


@pytest.mark.django_db
def test_new_version_asks_no_ballot(published, meeting, django_assert_num_queries):
    with django_assert_num_queries(3) as asked:
        next_versions([published], threshold=5)

    assert not any("polls_ballot" in query["sql"] or "polls_choice" in query["sql"] for query in asked)


@pytest.mark.django_db
def test_new_version_moves_the_room_on_and_leaves_an_event(published, meeting, staff, now):
    before = Poll.objects.get().version
    AttendanceFactory(meeting=meeting)

    anew(published, staff, now)

    poll = Poll.objects.get()
    assert poll.version == before + 1
    assert poll.events.last().reason == "Attendance was confirmed"


@pytest.mark.django_db
def test_new_version_is_refused(published, opened, meeting, staff, now):
    with refusal("no_change"):
        anew(published, staff, now)
    with refusal("no_reason"):
        anew(published, staff, now, reason=" ")
    AttendanceFactory(meeting=meeting)
    with refusal("changed_meanwhile"):
        actions.publish_version(published, seen="what was looked at before", reason="Why", by=staff, now=now)
    other = actions.prepare_poll(meeting, kind=PollKind.SCALE, question="How?", by=staff, now=now)
    with refusal("not_published"):
        actions.publish_version(other, seen="", reason="Why", by=staff, now=now)
    assert PublishedTable.objects.count() == 1


@pytest.mark.django_db
def test_question_asked_again_has_no_second_breakdown(published, meeting, staff, now, vote, client):
    again = actions.open_poll(actions.reset_poll(published, reason="Latecomers", by=staff, now=now), by=staff, now=now)
    for place, count in enumerate((3, 3, 9, 0)):
        for _ in range(count):
            vote(again, MemberFactory(), place)
    later = now + timedelta(minutes=9)
    actions.publish_poll(actions.close_poll(again, by=staff, now=later), by=staff, now=later)

    after = standing(meeting)
    assert (after.version, after.withheld, after.head.respondents) == (2, "earlier", 15)
    assert after.reason == "The answers before were thrown away: Latecomers"
    first = client.get(f"/meetings/{meeting.slug}/representation/1/").context["table"]
    assert [row.count for row in first.rows] == [None, None, 9, 0]
    assert [row.count for row in representation(meeting, full=True, threshold=5).rows] == [3, 3, 9, 0]


@pytest.mark.django_db
def test_all_versions_stay_readable_with_date_reason_and_change(published, meeting, staff, now, client):
    AttendanceFactory(meeting=meeting, member=MemberFactory())
    anew(published, staff, now + timedelta(days=30))

    page = client.get(f"/meetings/{meeting.slug}/representation/").content.decode()
    old = client.get(f"/meetings/{meeting.slug}/representation/1/").content.decode()

    assert "Version 2, published" in page
    assert "Why: Attendance was confirmed" in page
    assert "Participants: 1, before not recorded." in page
    assert "This is an earlier version." in old
    assert "<dt>Participants</dt>" not in old
    assert client.get(f"/meetings/{meeting.slug}/representation/3/").status_code == 404
    assert client.get(f"/meetings/{meeting.slug}/representation.csv?version=1").content.count(b"Version 1") == 1
    assert client.get(f"/meetings/{meeting.slug}/representation.csv?version=9").status_code == 404


@pytest.mark.django_db
def test_table_of_answers_thrown_away_says_so(published, meeting, staff, now, client):
    actions.reset_poll(published, reason="A trial", by=staff, now=now)

    assert standing(meeting) is None
    assert "thrown away since" in client.get(f"/meetings/{meeting.slug}/representation/").content.decode()


@pytest.mark.django_db
def test_kept_version_is_never_changed(published):
    for change in ({"shown": {}}, {"reason": "other"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PublishedTable.objects.update(**change)


@pytest.mark.django_db
def test_full_view_is_the_published_table_once_the_ballots_are_gone(published, meeting):
    published.ballots.all().delete()

    table = representation(meeting, full=True, threshold=5)

    assert table.head.respondents == 14
    assert not table.is_full


@pytest.mark.django_db
def test_poll_published_before_versions_were_kept_gets_its_first(published, meeting, staff):
    first = standing(meeting)
    copy = Poll.objects.create(
        meeting=published.meeting, kind=PollKind.ONE, question="Q", code="ABCDEF", state="published", published_at=now_of(published)
    )  # fmt: skip
    copy.events.create(state="published", actor=staff, at=now_of(published))

    assert actions.keep_first_versions() == 1
    assert actions.keep_first_versions() == 0
    assert standing(meeting) == first
    assert copy.tables.get().published_by == staff


def now_of(poll):
    return poll.published_at
