"""What the meeting answered, on its page, in its summary and in the summary's PDF: beside who was represented."""

from datetime import timedelta

import pytest
from django.urls import reverse

from polls import actions
from polls.enums import PollKind, TextState
from polls.models import OtherText, Poll
from tests.factories import AgendaItemFactory, MemberFactory, SummaryFactory
from tests.polls.test_files import pdf_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def consensus(meeting, staff, now):
    """A thumbs poll, opened while the second item is on by the clock."""
    AgendaItemFactory(meeting=meeting, title="Welcome", minutes=10)
    AgendaItemFactory(meeting=meeting, title="Which gaps come first?", minutes=30)
    when = meeting.starts_at + timedelta(minutes=15)
    poll = actions.prepare_poll(meeting, kind=PollKind.CONSENSUS, question="Housing first?", by=staff, now=now)
    return actions.open_poll(poll, by=staff, now=when)


def pages_of(client, meeting):
    names = ("meetings:detail", "meetings:summary", "meetings:summary_pdf")
    found = [client.get(reverse(name, args=[meeting.slug])).content for name in names]
    return [found[0].decode(), found[1].decode(), pdf_text(found[2])]


def test_it_belongs_to_what_was_on_when_it_opened(consensus, staff, now):
    assert consensus.item.title == "Which gaps come first?"

    later = consensus.meeting.starts_at - timedelta(minutes=5)
    again = actions.open_poll(actions.reset_poll(consensus, reason="Too early", by=staff, now=now), by=staff, now=later)

    assert again.item is None


def test_results_stand_on_page_summary_and_pdf_once_published(client, consensus, publish, vote, meeting):
    SummaryFactory(meeting=meeting, published_at=meeting.ends_at)
    for page in pages_of(client, meeting):
        assert "Housing first?" not in page

    publish(consensus, (6, 2, 1))

    for page in pages_of(client, meeting):
        words = (
            "What the meeting answered",
            "Housing first?",
            "Which gaps come first?",
            "Thumbs up: I support it",
            "67%",
        )
        assert [word for word in words if word not in page] == []


def test_few_answers_show_no_breakdown(client, consensus, publish, meeting):
    publish(consensus, (2, 1, 0))

    page = client.get(meeting.get_absolute_url()).content.decode()

    assert ("with so few answers" in page, "67%" in page) == (True, False)


def test_approved_words_beside_other_stand_there_too(client, meeting, staff, now, vote):
    poll = actions.prepare_poll(
        meeting, kind=PollKind.ONE, question="Where?", labels=("County",), has_other=True, by=staff, now=now
    )
    poll = actions.open_poll(poll, by=staff, now=now)
    for number in range(6):
        vote(poll, MemberFactory(), number % 2, other_text=f"Place {number}" if number % 2 else "")
    poll = actions.publish_poll(actions.close_poll(poll, by=staff, now=now), by=staff, now=now)
    actions.decide_text(OtherText.objects.get(text="Place 1"), state=TextState.SHOWN, by=staff, now=now)

    page = client.get(meeting.get_absolute_url()).content.decode()

    assert ("Place 1" in page, "Place 3" in page) == (True, False)


def test_an_item_that_is_deleted_leaves_the_answer(consensus):
    consensus.item.delete()

    assert Poll.objects.get().item is None
