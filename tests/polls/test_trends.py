"""Several tables together: pooled from what is shown, and presence of lived experience."""

from dataclasses import replace

import pytest

from polls.representation import for_everybody, full_rows
from polls.trends import over_time, presence
from tests.polls.attack import AnyMeeting, table_of

SENSITIVE = (True, False, False)


def shown(*counts, threshold=5):
    return for_everybody(table_of(counts, SENSITIVE, threshold=threshold, respondents=20))


def in_time(*tables):
    return [(AnyMeeting(number), table) for number, table in enumerate(tables)]


def test_line_for_each_category_with_a_cell_for_each_meeting():
    lines = over_time(in_time(shown(6, 8, 2), shown(2, 3, 15)))

    assert [(line.label, [cell.words for cell in line.cells]) for line in lines] == [
        ("Row 0", ["6 (38%)", "not shown"]),
        ("Row 1", ["8 (50%)", "not shown"]),
        ("Row 2", ["2 (12%)", "15 (75%)"]),
    ]


def test_pooled_sums_leave_out_what_is_not_shown():
    lines = over_time(in_time(shown(6, 8, 2), shown(2, 3, 15), shown(7, 7, 0)))

    assert [line.pooled.words for line in lines] == [
        "13 at 2 of 3 meetings",
        "15 at 2 of 3 meetings",
        "17 (34%)",
    ]


def test_pooled_says_no_more_than_the_tables():
    """Tables that differ in hidden cells alone give the same lines."""
    alike = [over_time(in_time(shown(6, 8, 2), shown(*hidden, 15))) for hidden in ((2, 3), (1, 4), (4, 1))]

    assert alike[0] == alike[1] == alike[2]


def test_withheld_table_shows_nothing_and_a_category_not_asked_says_so():
    few = for_everybody(table_of((1, 1, 1), SENSITIVE, threshold=5, respondents=3))
    short = replace(shown(6, 8, 2), rows=shown(6, 8, 2).rows[:2])

    lines = over_time(in_time(few, short, shown(6, 8, 2)))

    assert [cell.words for cell in lines[2].cells] == ["not shown", "not asked", "2 (12%)"]
    assert over_time(in_time(few)) == []


def test_small_pictures_have_one_scale_and_hidden_bars_one_height():
    lines = over_time(in_time(shown(2, 3, 15), shown(0, 5, 15)))

    assert {line.highest for line in lines} == {75}
    assert [(bar.height, bar.is_hidden) for bar in lines[0].bars] == [(8, True), (0.0, False)]
    assert lines[2].bars[0].height == 40.0


@pytest.mark.parametrize(
    ("counts", "public", "full"),
    [
        pytest.param((0, 9, 9), "not shown", "no", id="nobody"),
        pytest.param((2, 3, 15), "not shown", "yes", id="few"),
        pytest.param((5, 6, 9), "yes", "yes", id="enough"),
    ],
)
def test_presence_of_lived_experience(counts, public, full):
    whole = table_of(counts, SENSITIVE, threshold=5, respondents=20)
    whole = replace(whole, is_full=True, rows=full_rows(whole.rows, 20))

    assert presence(in_time(shown(*counts)), {1}) == [public]
    assert presence(in_time(whole), {1}) == [full]
    assert presence(in_time(shown(*counts)), set()) == ["not shown"]


@pytest.mark.django_db
def test_public_page_shows_what_is_published_for_the_chosen_period(opened, publish, meeting, client):
    publish(opened, (2, 3, 9, 0))
    day = meeting.held_on

    page = client.get("/representation/").content.decode()
    assert "Provider" in page
    assert page.count("not shown") > 2
    assert not client.get("/representation/").cookies
    assert (
        "No table is published"
        in client.get("/representation/", {"since": day.replace(year=day.year + 1)}).content.decode()
    )
    assert "Provider" in client.get("/representation/", {"until": str(day), "since": "2026-02-31"}).content.decode()


@pytest.mark.django_db
def test_nothing_of_a_closed_poll_is_over_time(opened, vote, client):
    vote(opened, "device", 2)

    assert client.get("/representation/").context["tables"] == []
