"""A question that stands ready at every meeting, and what it was answered with, meeting after meeting."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from meetings.enums import MeetingState
from polls import actions
from polls.actions import polls
from polls.enums import PollKind, PollState
from polls.forms import SavedQuestionForm
from polls.models import Poll, SavedQuestion
from polls.tasks import stand_ready
from tests.factories import MeetingFactory, MemberFactory, SavedQuestionFactory
from tests.races import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def pulse():
    return SavedQuestionFactory(question="How well were you heard?", kind=PollKind.SCALE, at_every_meeting=True)


@pytest.fixture
def ask(pulse, staff, now, vote):
    """``ask(meeting, 5, 5, 4)``: open, these steps chosen by so many people, close, publish."""

    def ask(meeting, *steps, publish=True):
        poll = actions.prepare_saved(meeting, pulse, by=staff, now=now)
        poll = actions.open_poll(poll, by=staff, now=now)
        for step in steps:
            vote(poll, MemberFactory(), step - 1)
        poll = actions.close_poll(poll, by=staff, now=now)
        return actions.publish_poll(poll, by=staff, now=now) if publish else poll

    return ask


def page_of(client, saved, **asked):
    return client.get(reverse("polls:same_question", args=[saved.pk]), asked)


def test_every_published_meeting_to_come_has_it_once(meeting, pulse, staff, now):
    SavedQuestionFactory(at_every_meeting=True, is_in_use=False)
    SavedQuestionFactory()
    other = MeetingFactory()
    MeetingFactory(state=MeetingState.DRAFT, published_at=None)
    MeetingFactory(starts_at=now - timedelta(hours=4), ends_at=now - timedelta(hours=2))
    by_hand = actions.prepare_saved(other, pulse, by=staff, now=now)

    assert (actions.prepare_standing(now=now), actions.prepare_standing(now=now)) == (1, 0)

    made = Poll.objects.exclude(pk=by_hand.pk).get()
    assert (made.meeting, made.state, made.saved, made.options.count()) == (meeting, PollState.DRAFT, pulse, 5)
    assert [event.actor for event in made.events.all()] == [None]


def test_what_a_meeting_had_is_not_prepared_again(meeting, pulse, ask, now):
    ask(meeting, 3)

    assert actions.prepare_standing(now=now) == 0


def test_question_that_does_not_work_stops_no_other(meeting, pulse, now):
    SavedQuestionFactory(kind=PollKind.ONE, labels="Only one", at_every_meeting=True, question="A broken one?")

    assert actions.prepare_standing(now=now) == 1


def test_the_clock_prepares_it(meeting, pulse, monkeypatch, now):
    monkeypatch.setattr("polls.tasks.timezone.now", lambda: now)

    stand_ready()

    assert set(meeting.polls.values_list("kind", flat=True)) == {PollKind.CATEGORIES, PollKind.SCALE}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_clocks_prepare_it_once(meeting, pulse, now):
    assert together([lambda: actions.prepare_standing(now=now)] * 8) == []

    assert Poll.objects.filter(saved=pulse).count() == 1


def test_saved_from_a_poll_it_is_the_first_that_asked(meeting, staff, now):
    poll = actions.prepare_poll(meeting, kind=PollKind.SCALE, question="How was it?", by=staff, now=now)

    saved = actions.save_question(poll)

    assert list(saved.polls.all()) == [poll]


def test_page_sets_the_meetings_side_by_side_with_their_averages(client, meeting, pulse, ask, now):
    later = MeetingFactory(
        starts_at=meeting.starts_at + timedelta(days=30), ends_at=meeting.ends_at + timedelta(days=30)
    )
    ask(meeting, 1, 2, 3, 4, 5)
    ask(later, 4, 4, 5, 5, 5, 5, 5, 5)

    page = page_of(client, pulse).content.decode()

    assert ("3.0 of 5" in page, "4.8 of 5" in page, "7 (54%)" in page) == (True, True, True)
    first = page_of(client, pulse, until=f"{meeting.held_on:%Y-%m-%d}").content.decode()
    assert ("3.0 of 5" in first, "4.8 of 5" in first) == (True, False)


def test_few_answers_and_what_is_not_published_are_not_told(client, meeting, pulse, ask):
    ask(meeting, 1, 1, 5, publish=False)
    assert page_of(client, pulse).status_code == 404

    actions.publish_poll(Poll.objects.get(), by=MemberFactory(), now=meeting.ends_at)
    page = page_of(client, pulse).content.decode()
    assert ("2.3 of 5" in page, "not shown" in page) == (False, True)


def test_asked_twice_in_one_meeting_both_count(client, meeting, pulse, ask):
    ask(meeting, 5, 5, 5, 5, 5)
    ask(meeting, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)

    page = page_of(client, pulse).content.decode()

    assert ("5 (33%)" in page, "10 (67%)" in page) == (True, True)


def test_room_and_the_page_of_all_periods_lead_to_it(client, meeting, pulse, ask):
    ask(meeting, 3, 3, 3, 3, 3)
    address = reverse("polls:same_question", args=[pulse.pk])

    for page in (reverse("polls:live", args=[meeting.slug]), reverse("polls:over_time")):
        assert f'href="{address}"' in client.get(page).content.decode()


@pytest.fixture
def desk(sign_in, staff):
    staff.user_permissions.set(Permission.objects.filter(codename__endswith="savedquestion"))
    return sign_in(staff)


def typed(saved, **changes):
    fields = ("question", "kind", "labels", "minimum", "maximum", "at_every_meeting", "is_in_use")
    return {name: getattr(saved, name) for name in fields} | changes


def test_what_only_stands_ready_is_worded_anew_with_its_drafts(meeting, pulse, desk, now):
    actions.prepare_standing(now=now)
    address = reverse("admin:polls_savedquestion_change", args=[pulse.pk])

    desk.post(address, typed(pulse, question="How was it?", kind=PollKind.CONSENSUS))

    draft = Poll.objects.get()
    assert (draft.question, draft.kind, draft.state) == ("How was it?", PollKind.CONSENSUS, PollState.DRAFT)
    assert list(draft.options.values_list("label", flat=True)) == list(polls.THUMBS)


def test_words_of_a_question_that_was_asked_stay_and_say_so(meeting, pulse, ask, desk):
    address = reverse("admin:polls_savedquestion_change", args=[pulse.pk])
    assert 'name="question"' in desk.get(address).content.decode()

    poll = ask(meeting, 3, 3, 3, 3, 3)
    answered = desk.post(address, typed(pulse, question="Other words?"), follow=True).content.decode()

    page = desk.get(address).content.decode()
    assert ('name="question"' in page, 'name="is_in_use"' in page, "Meeting by meeting" in page) == (False, True, True)
    pulse.refresh_from_db()
    assert "Its words stay as they were" in answered
    assert (pulse.question, Poll.objects.get(pk=poll.pk).question) == ("How well were you heard?",) * 2


def test_question_that_no_poll_could_ask_is_refused_in_words(desk, pulse):
    new = typed(pulse, question="Where?", kind=PollKind.ONE, labels="Only here")

    page = desk.post(reverse("admin:polls_savedquestion_add"), new).content.decode()

    assert "at least two" in page.lower()
    assert not SavedQuestion.objects.filter(question="Where?").exists()


def test_console_does_not_offer_what_stands_ready(meeting, pulse, now, staff):
    other = SavedQuestionFactory()
    assert set(SavedQuestionForm(meeting).fields["saved"].queryset) == {pulse, other}

    actions.prepare_standing(now=now)

    assert set(SavedQuestionForm(meeting).fields["saved"].queryset) == {other}
