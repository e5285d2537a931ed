"""The facilitator's tablet from top to bottom: what is used during the meeting stands first, and each part can be jumped to."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from polls import actions
from polls.enums import PollKind
from tests.factories import AgendaItemFactory, MeetingFactory, MemberFactory

pytestmark = pytest.mark.django_db
ORDER = ["on-now", "console-polls", "screen", "console-prepare", "speakers", "comments", "questions", "agenda"]


@pytest.fixture
def running():
    """A meeting that began five minutes ago, at the first of three items."""
    begins = timezone.now() - timedelta(minutes=5)
    meeting = MeetingFactory(starts_at=begins, ends_at=begins + timedelta(hours=1))
    for order, title in enumerate(("Welcome", "Gaps", "Closing")):
        AgendaItemFactory(meeting=meeting, title=title, order=order, minutes=20)
    return meeting


@pytest.fixture
def tablet(running, sign_in):
    facilitator = MemberFactory(is_facilitator=True)
    running.facilitators.add(facilitator)
    return sign_in(facilitator)


def at(name, meeting):
    return reverse(f"polls:{name}", args=[meeting.slug])


def test_parts_stand_in_the_order_of_their_use_and_each_has_a_link(running, tablet):
    page = tablet.get(at("console", running)).content.decode()

    assert re.findall(r'<h2 id="([^"]+)"', page.partition("</main>")[0]) == ORDER
    nav = re.search(r'aria-label="On this page">.*?</nav>', page, re.DOTALL)[0]
    assert re.findall(r'href="#([^"]+)"', nav) == ORDER


def test_next_item_is_one_button_away(running, tablet):
    first, second, third = running.agenda_items.all()
    stands = tablet.get(at("console", running)).context["stands"]
    assert (stands.item, stands.next_item) == (first, second)

    response = tablet.post(at("console_agenda", running), {"item": second.pk})
    assert response.url == f"{at('console', running)}#on-now"
    stands = tablet.get(response.url).context["stands"]
    assert (stands.item, stands.next_item) == (second, third)

    tablet.post(at("console_agenda", running), {"item": third.pk})
    page = tablet.get(at("console", running))
    assert page.context["stands"].next_item is None
    assert "Go on to the next" not in page.content.decode()


def test_nothing_is_next_once_the_meeting_is_over(running, tablet):
    MeetingFactory._meta.model.objects.filter(pk=running.pk).update(ends_at=timezone.now() - timedelta(minutes=1))

    page = tablet.get(at("console", running)).content.decode()

    assert "Go on to the next" not in page


def test_polls_that_the_room_waits_for_stand_first_and_published_ones_are_folded(running, tablet, staff):
    now, polls = timezone.now(), {}
    for state in ("published", "draft", "closed", "open"):
        poll = actions.prepare_poll(running, kind=PollKind.SCALE, question=state, by=staff, now=now)
        for step, act in (
            ("open", actions.open_poll),
            ("closed", actions.close_poll),
            ("published", actions.publish_poll),
        ):
            if state != "draft":
                poll = act(poll, by=staff, now=now)
            if state in {step, "draft"}:
                break
        polls[state] = poll

    response = tablet.get(at("console", running))

    assert response.context["running_polls"] == [polls["open"], polls["closed"], polls["draft"]]
    page = response.content.decode()
    assert re.findall(r"<h3>(\w+)</h3>", page)[:4] == ["open", "closed", "draft", "published"]
    assert ">Published (1)</summary>" in page


def test_what_moves_comes_in_one_answer_for_both_columns(running, tablet):
    page = tablet.get(at("console", running)).content.decode()
    moved = tablet.get(at("console_now", running), {"v": "old"}).content.decode()

    assert re.findall(r'<h2 id="([^"]+)"', moved) == [part for part in ORDER if part != "console-prepare"]
    assert re.findall(r'<div id="(console-\w+)"[^>]*hx-swap-oob="true"', moved) == ["console-room"]
    assert "hx-swap-oob" not in page
