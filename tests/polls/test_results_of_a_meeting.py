"""What the meeting answered, on its page, in its summary and in the summary's PDF: beside who was represented."""

from datetime import timedelta

import pytest
from django.urls import reverse

from polls import actions
from polls.agenda import item_on_now
from polls.enums import PollKind, TextState
from polls.models import OtherText, Poll
from tests.factories import AgendaItemFactory, MeetingFactory, MemberFactory, SummaryFactory
from tests.polls.test_files import pdf_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def consensus(meeting, staff, now):
    """A thumbs poll, opened while the second item is on: so it was said."""
    AgendaItemFactory(meeting=meeting, title="Welcome", minutes=10)
    second = AgendaItemFactory(meeting=meeting, title="Which gaps come first?", minutes=30)
    when = meeting.starts_at + timedelta(minutes=15)
    actions.go_to_item(meeting, item=second, now=when)
    poll = actions.prepare_poll(meeting, kind=PollKind.CONSENSUS, question="Housing first?", by=staff, now=now)
    return actions.open_poll(poll, by=staff, now=when)


def pages_of(client, meeting):
    names = ("meetings:detail", "meetings:summary", "meetings:summary_pdf")
    found = [client.get(reverse(name, args=[meeting.slug])).content for name in names]
    return [found[0].decode(), found[1].decode(), pdf_text(found[2])]


def test_it_belongs_to_what_was_said_to_be_on_and_to_no_guess_by_the_clock(consensus, staff, now):
    assert consensus.item.title == "Which gaps come first?"

    meeting, when = consensus.meeting, consensus.meeting.starts_at + timedelta(minutes=15)
    actions.go_to_item(meeting, item=None, now=when)
    again = actions.open_poll(actions.reset_poll(consensus, reason="Too early", by=staff, now=now), by=staff, now=when)

    assert (item_on_now(meeting, when).title, again.item) == ("Which gaps come first?", None)


def test_an_item_that_was_carried_on_takes_no_time(meeting, now):
    there, before = AgendaItemFactory(meeting=MeetingFactory()), meeting.starts_at - timedelta(days=1)
    AgendaItemFactory(meeting=meeting, title="Moved away", minutes=30, carried_to=there, carried_at=before)
    AgendaItemFactory(meeting=meeting, title="Really on", minutes=30)

    assert item_on_now(meeting, meeting.starts_at + timedelta(minutes=5)).title == "Really on"


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
