import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from meetings.enums import AttendanceRole
from polls import actions
from polls.models import Poll
from polls.representation import largest_remainder, percent_of, representation, representations
from polls.table import Head, Together, lines
from tests.factories import AttendanceFactory, MeetingFactory, MemberFactory

# Counts that give the agency's table of 14 September 2022 (its base is one more than they sum to).
COUNTS_2022 = (1, 6, 2, 7, 0, 0, 3, 0, 1, 4, 4, 3, 0)
PUBLISHED_2022 = [3, 19, 7, 22, 0, 0, 10, 0, 3, 13, 13, 10, 0]


def test_largest_remainder_gives_the_published_table_of_2022():
    assert largest_remainder(COUNTS_2022, 32) == PUBLISHED_2022


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((), []),
        ((0, 0), [0, 0]),
        ((1,), [100]),
        ((1, 1, 1), [34, 33, 33]),
        ((1, 2), [33, 67]),
        ((1, 0, 1), [50, 0, 50]),
        ((1, 1, 1, 1, 1, 1), [17, 17, 17, 17, 16, 16]),
    ],
)
def test_largest_remainder(counts, expected):
    assert largest_remainder(counts) == expected


def test_largest_remainder_refuses_rows_beyond_their_base():
    with pytest.raises(ValueError, match="more than their base"):
        largest_remainder((2, 2), 3)


counts_of_rows = st.lists(st.integers(0, 60), min_size=1, max_size=14)


@given(counts_of_rows)
def test_column_sums_to_100_whenever_there_is_a_submission(counts):
    percents = largest_remainder(counts)

    assert sum(percents) == (100 if any(counts) else 0)
    for count, percent in zip(counts, percents, strict=True):
        assert abs(percent * sum(counts) - 100 * count) < max(sum(counts), 1)
        assert count or not percent


@given(counts_of_rows, st.randoms(use_true_random=False))
def test_order_of_rows_changes_ties_only(counts, rnd):
    order = list(range(len(counts)))
    rnd.shuffle(order)

    before, after = largest_remainder(counts), largest_remainder([counts[i] for i in order])

    remainders = [100 * count % (sum(counts) or 1) for count in counts]
    for place, i in enumerate(order):
        is_tied = remainders.count(remainders[i]) > 1
        assert abs(after[place] - before[i]) <= is_tied


@given(counts_of_rows)
def test_more_submissions_never_read_as_less(counts):
    percents = largest_remainder(counts)

    for a, b in zip(counts, percents, strict=True):
        assert all(b <= d for c, d in zip(counts, percents, strict=True) if a < c)


@pytest.mark.parametrize(("count", "base", "expected"), [(1, 2, 50), (1, 8, 13), (1, 3, 33), (0, 5, 0), (3, 0, 0)])
def test_percent_of(count, base, expected):
    assert percent_of(count, base) == expected


@pytest.fixture
def published(draft, staff, now, publish):
    return publish(actions.open_poll(draft, by=staff, now=now), (2, 3, 9, 0))


def shown(table):
    return [(row.label, row.count, row.percent, row.of_respondents) for row in table.rows]


@pytest.mark.django_db
def test_nothing_is_shown_before_it_is_published(draft, meeting, staff, now, vote):
    def tables():
        return [representation(meeting, full=full, threshold=5) for full in (True, False)]

    states = [tables()]
    actions.open_poll(draft, by=staff, now=now)
    vote(draft, MemberFactory(), 0)
    states.append(tables())
    actions.close_poll(draft, by=staff, now=now)
    states.append(tables())

    assert states == [[None, None]] * 3


@pytest.mark.django_db
def test_full_table_counts_everything(published, meeting):
    table = representation(meeting, full=True, threshold=5)

    assert shown(table) == [
        ("Used services", 2, 14, 14),
        ("Family", 3, 22, 21),
        ("Provider", 9, 64, 64),
        ("County", 0, 0, 0),
    ]
    assert (table.submissions, table.is_full, table.together) == (14, True, None)


@pytest.mark.django_db
def test_public_table_hides_small_sensitive_rows(published, meeting):
    table = representation(meeting, full=False, threshold=5)

    assert shown(table) == [
        ("Used services", None, None, None),
        ("Family", None, None, None),
        ("Provider", 9, 64, 64),
        ("County", 0, 0, 0),
    ]
    assert table.together == Together(rows=2, count=5, percent=36)


@pytest.mark.django_db
def test_one_person_in_two_categories_is_two_submissions(opened, meeting, vote, staff, now):
    for _ in range(6):
        vote(opened, MemberFactory(), 2, 3)
    actions.publish_poll(actions.close_poll(opened, by=staff, now=now), by=staff, now=now)

    table = representation(meeting, full=False, threshold=5)

    assert shown(table)[2:] == [("Provider", 6, 50, 100), ("County", 6, 50, 100)]
    assert (table.submissions, table.head.respondents) == (12, 6)


@pytest.mark.django_db
def test_head_counts_facilitators_in_the_total_only(published, meeting):
    AttendanceFactory.create_batch(15, meeting=meeting)
    AttendanceFactory(meeting=meeting, role=AttendanceRole.FACILITATOR)
    AttendanceFactory(meeting=meeting, member=MemberFactory(is_facilitator=True))
    AttendanceFactory()

    table = representation(meeting, full=True, threshold=5)

    assert table.head == Head(participants=17, facilitators=2, respondents=14, did_not_answer=1)
    assert not table.more_answered_than_came


@pytest.mark.django_db
def test_head_says_nothing_of_attendance_that_was_not_recorded(published, meeting):
    assert representation(meeting, full=False, threshold=5).head == Head(None, None, 14, None)


@pytest.mark.django_db
def test_head_says_when_more_answered_than_came(published, meeting):
    AttendanceFactory(meeting=meeting)

    table = representation(meeting, full=True, threshold=5)

    assert (table.head.did_not_answer, table.more_answered_than_came) == (0, True)


@pytest.mark.django_db
def test_too_few_answers_withhold_the_breakdown_and_the_submissions(opened, meeting, publish):
    publish(opened, (1, 0, 2, 0))

    table = representation(meeting, full=False, threshold=5)

    assert (table.is_withheld, table.rows, table.submissions, table.head.respondents) == (True, (), None, 3)
    assert "Used services" not in str(lines(table))


@pytest.mark.django_db
def test_imported_table_is_shown_as_published(meeting, staff, now):
    rows = [(f"Category {i}", percent) for i, percent in enumerate(PUBLISHED_2022)]
    actions.import_published(
        meeting, rows=rows, participants=27, facilitators=2, submissions=32, remark="As published.", by=staff, now=now
    )

    for full in (True, False):
        table = representation(meeting, full=full, threshold=5)
        assert [(row.count, row.percent, row.is_hidden) for row in table.rows] == [
            (None, percent, False) for percent in PUBLISHED_2022
        ]
        assert (table.head, table.submissions, table.remark) == (Head(27, 2, None, None), 32, "As published.")


@pytest.mark.django_db
@pytest.mark.parametrize("item_count", [1, 30])
@pytest.mark.parametrize(("full", "cost"), [(True, 4), (False, 1)])
def test_many_tables_cost_the_same_queries_as_one(full, cost, item_count, staff, now, publish, draft):
    polls = []
    for _ in range(item_count):
        poll = actions.prepare_category_poll(MeetingFactory(), by=staff, now=now)
        polls.append(publish(actions.open_poll(poll, by=staff, now=now), (0, 0, 1, 0)))
    polls = list(Poll.objects.published())

    with CaptureQueriesContext(
        connection,
    ) as queries:
        tables = representations(polls, full=full, threshold=5)

    assert (len(tables), len(queries)) == (item_count, cost)
