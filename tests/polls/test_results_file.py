"""The results of a poll that is not of categories, as a file: what the room's page shows, and nothing before it does."""

import pytest

from meetings.enums import MeetingState
from polls import actions
from polls.enums import PollKind, TextState
from tests.factories import MeetingFactory, MemberFactory
from tests.polls.test_files import csv_rows, of_page

pytestmark = pytest.mark.django_db
WORDS = {2: "=1+1", 3: "A library", 4: "Never read", 5: "Not for others"}


@pytest.fixture
def asked(meeting, staff, now, vote):
    """Closed, with four written words of which staff approved two, refused one and did not read one."""
    poll = actions.prepare_poll(
        meeting, kind=PollKind.ONE, question="=Where?", labels=("County",), has_other=True, by=staff, now=now
    )
    poll = actions.open_poll(poll, by=staff, now=now)
    for number in range(6):
        vote(poll, MemberFactory(), int(number in WORDS), other_text=WORDS.get(number, ""))
    poll = actions.close_poll(poll, by=staff, now=now)
    for text in poll.other_texts.exclude(text=WORDS[4]):
        state = TextState.HIDDEN if text.text == WORDS[5] else TextState.SHOWN
        actions.decide_text(text, state=state, by=staff, now=now)
    return poll


def address(poll):
    return f"/meetings/{poll.meeting.slug}/polls/{poll.pk}/results.csv"


def test_file_has_the_numbers_and_the_approved_words_of_the_page(asked, staff, now, client):
    asked = actions.publish_poll(asked, by=staff, now=now)
    page = client.get(f"/meetings/{asked.meeting.slug}/live/")

    response = client.get(address(asked))

    assert f'href="{address(asked)}"' in page.content.decode()
    rows = csv_rows(response.content)
    assert rows[:3] == [
        ["Answer", "Count", "Percent of choices", "Percent of respondents"],
        ["County", "2", "33", "33"],
        ["Other", "4", "67", "67"],
    ]
    assert of_page(page) == rows[:3]
    assert {row[1] for row in rows if row[0] == "“Other”, in their words"} == {"'=1+1", "A library"}
    assert ["Question", "'=Where?", "", ""] in rows
    assert [words for words in (WORDS[4], WORDS[5]) if words in response.content.decode()] == []
    assert response["Content-Disposition"] == f'attachment; filename="poll-{asked.meeting.slug}-{asked.pk}-v1.csv"'


def test_word_taken_back_is_in_the_file_no_more(asked, staff, now, client):
    asked = actions.publish_poll(asked, by=staff, now=now)
    assert "A library" in client.get(address(asked)).content.decode()

    actions.decide_text(asked.other_texts.get(text="A library"), state=TextState.HIDDEN, by=staff, now=now)

    assert "A library" not in client.get(address(asked)).content.decode()


def test_few_answers_have_neither_numbers_nor_words_in_the_file(meeting, staff, now, vote, client):
    poll = actions.prepare_poll(
        meeting, kind=PollKind.ONE, question="Where?", labels=("County",), has_other=True, by=staff, now=now
    )
    poll = actions.open_poll(poll, by=staff, now=now)
    vote(poll, MemberFactory(), 1, other_text="Home")
    actions.close_poll(poll, by=staff, now=now)
    actions.decide_text(poll.other_texts.get(), state=TextState.SHOWN, by=staff, now=now)
    actions.publish_poll(poll, by=staff, now=now)

    said = client.get(address(poll)).content.decode()

    assert "The breakdown is not shown" in said
    assert [words for words in ("Home", "County", "in their words") if words in said] == []


def test_results_that_are_not_published_are_refused_to_everybody(asked, staff, now, client, sign_in):
    asked.meeting.facilitators.add(staff)
    chief = MemberFactory(is_staff=True, is_superuser=True)

    for reader in (client, sign_in(staff), sign_in(chief)):
        assert reader.get(address(asked)).status_code == 404
    asked = actions.publish_poll(asked, by=staff, now=now)
    assert client.get(address(asked)).status_code == 200
    actions.reset_poll(asked, reason="A trial", by=staff, now=now)
    assert sign_in(chief).get(address(asked)).status_code == 404


def test_results_are_found_at_their_own_meeting_alone(asked, staff, now, client, opened, publish):
    asked = actions.publish_poll(asked, by=staff, now=now)
    categories = publish(opened, (2, 3, 9, 0))
    other = MeetingFactory()

    assert client.get(f"/meetings/{other.slug}/polls/{asked.pk}/results.csv").status_code == 404
    assert client.get(address(categories)).status_code == 404
    type(other).objects.filter(pk=asked.meeting_id).update(state=MeetingState.DRAFT)
    assert client.get(address(asked)).status_code == 404
