"""What stands ready: the category poll of every meeting, saved questions; and the words that staff decide on."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from cop_portal.errors import Refused
from meetings.enums import MeetingState
from members.models import ParticipantCategory
from polls import actions
from polls.enums import PollKind, PollState, TextState
from polls.models import OtherText, Poll, Receipt, SavedQuestion
from polls.tasks import stand_ready
from tests.factories import (
    MeetingFactory,
    MemberFactory,
    OtherTextFactory,
    PollFactory,
    ReceiptFactory,
    SavedQuestionFactory,
    past,
)

pytestmark = pytest.mark.django_db


def test_every_published_meeting_to_come_has_its_category_poll(meeting, now):
    MeetingFactory(state=MeetingState.DRAFT, published_at=None)
    MeetingFactory(state=MeetingState.CANCELLED, cancel_reason="Snow")
    MeetingFactory(starts_at=now - timedelta(hours=4), ends_at=now - timedelta(hours=2))

    assert actions.prepare_category_polls(now=now) == 1
    assert actions.prepare_category_polls(now=now) == 0

    [poll] = Poll.objects.all()
    assert (poll.meeting, poll.kind, poll.state, poll.options.count()) == (meeting, "categories", PollState.DRAFT, 4)
    assert [(event.actor, str(event)) for event in poll.events.all()] == [(None, "Draft by the portal")]


def test_a_meeting_without_categories_has_no_poll_and_stops_no_other(meeting, now):
    MeetingFactory()
    ParticipantCategory.objects.exclude(label="County").delete()

    assert actions.prepare_category_polls(now=now) == 0
    assert not Poll.objects.exists()


def test_receipts_last_two_days_after_the_close(now):
    old, young, running = (PollFactory() for _ in range(3))
    for poll, ago in ((old, 49), (young, 47)):
        past(poll, PollState.CLOSED, closed_at=now - timedelta(hours=ago))
    for poll in (old, young, running):
        ReceiptFactory(poll=poll)

    actions.forget_receipts(now=now)

    assert set(Receipt.objects.values_list("poll", flat=True)) == {young.pk, running.pk}


def test_the_clock_does_both(meeting):
    meeting.starts_at += timedelta(days=36500)
    meeting.ends_at += timedelta(days=36500)
    meeting.save()
    ParticipantCategory.objects.update(ends_on=None)

    stand_ready()

    assert Poll.objects.count() == 1


def test_question_is_saved_and_used_again(meeting, staff, now):
    poll = actions.prepare_poll(
        meeting, kind=PollKind.MANY, question="Which?", labels=("A", "B", "C"), minimum=2, maximum=3,
        has_other=True, by=staff, now=now,
    )  # fmt: skip
    saved = actions.save_question(poll)

    again = actions.prepare_saved(MeetingFactory(), saved, by=staff, now=now)

    def shape(each):
        return each.kind, each.question, each.minimum, each.maximum, list(each.options.values_list("label", "is_other"))

    assert shape(again) == shape(poll)


@pytest.mark.parametrize("code", ["is_category_kind", "saved_already"])
def test_question_is_not_saved(code, draft):
    poll = draft if code == "is_category_kind" else PollFactory(question="Twice?")
    SavedQuestionFactory(question="Twice?")

    with pytest.raises(Refused) as refused:
        actions.save_question(poll)

    assert (refused.value.code, SavedQuestion.objects.count()) == (code, 1)


def test_text_is_decided_after_the_close_and_watchers_see_it(staff, now):
    text = OtherTextFactory()
    with pytest.raises(Refused) as refused:
        actions.decide_text(text, state=TextState.SHOWN, by=staff, now=now)
    assert (refused.value.code, OtherText.objects.get().state) == ("poll_open", "waiting")

    poll = past(text.poll, PollState.CLOSED)
    actions.decide_text(text, state=TextState.SHOWN, by=staff, now=now)
    assert (OtherText.objects.get().state, Poll.objects.get().version) == ("shown", poll.version + 1)

    actions.decide_text(text, state=TextState.HIDDEN, by=staff, now=now)
    assert OtherText.objects.get().state == "hidden"


def asked_with_other(meeting, staff, now, vote, answers):
    poll = actions.prepare_poll(
        meeting, kind=PollKind.ONE, question="Where?", labels=("County",), has_other=True, by=staff, now=now
    )
    poll = actions.open_poll(poll, by=staff, now=now)
    for number in range(answers):
        vote(poll, MemberFactory(), number % 2, other_text=f"Place {number}" if number % 2 else "")
    return actions.close_poll(poll, by=staff, now=now)


@pytest.mark.parametrize(("answers", "is_shown"), [(4, False), (5, True)], ids=["too few answers", "enough"])
def test_words_are_shown_once_approved_published_and_enough(answers, is_shown, meeting, staff, now, vote, client):
    poll = asked_with_other(meeting, staff, now, vote, answers)
    room = f"/meetings/{meeting.slug}/live/"
    for text in OtherText.objects.exclude(text="Place 3"):
        actions.decide_text(text, state=TextState.SHOWN, by=staff, now=now)
    assert b"Place 1" not in client.get(room).content

    actions.publish_poll(poll, by=staff, now=now)

    content = client.get(room).content
    assert (b"Place 1" in content) is is_shown
    assert b"Place 3" not in content


@pytest.fixture
def desk(staff, sign_in):
    names = ["view_othertext", "change_othertext", "view_poll", "change_poll"]
    staff.user_permissions.set(
        Permission.objects.filter(codename__in=names) | Permission.objects.filter(codename__endswith="savedquestion")
    )
    return sign_in(staff)


def test_staff_decide_on_words_by_actions_that_ask_first(desk, meeting, staff, now, vote):
    asked_with_other(meeting, staff, now, vote, 5)
    running = OtherTextFactory(text="Of an open poll")
    texts = list(OtherText.objects.exclude(pk=running.pk).values_list("pk", flat=True))
    act = {"action": "show_texts", "_selected_action": texts[:1]}

    listed = desk.get("/admin/polls/othertext/").content.decode()
    asked = desk.post("/admin/polls/othertext/", act, follow=True).content.decode()

    assert "Place 1" in listed
    assert running.text not in listed
    assert "Yes, do it" in asked
    assert OtherText.objects.shown().count() == 0
    desk.post("/admin/polls/othertext/", act | {"confirmed": "yes"})
    desk.post("/admin/polls/othertext/", {"action": "hide_texts", "_selected_action": texts[1:], "confirmed": "yes"})
    assert list(OtherText.objects.filter(pk__in=texts).values_list("state", flat=True)) == ["shown", "hidden"]


def test_staff_save_a_question_from_a_poll(desk):
    poll = PollFactory(question="Again?")

    desk.post("/admin/polls/poll/", {"action": "save_questions", "_selected_action": [poll.pk]})

    assert SavedQuestion.objects.get().question == "Again?"


def test_console_prepares_a_saved_question(meeting, sign_in):
    facilitator = MemberFactory(is_facilitator=True)
    meeting.facilitators.add(facilitator)
    client, console = sign_in(facilitator), f"/meetings/{meeting.slug}/console/"
    assert b"A saved question" not in client.get(console).content
    saved, off = SavedQuestionFactory(kind="scale"), SavedQuestionFactory(is_in_use=False)

    assert saved.question in client.get(console).content.decode()
    for each in (saved, off):
        client.post(f"{console}saved/", {"saved": each.pk})

    assert [poll.question for poll in meeting.polls.all()] == [saved.question]


def test_console_tells_why_a_saved_question_is_refused(meeting, sign_in):
    facilitator = MemberFactory(is_facilitator=True)
    meeting.facilitators.add(facilitator)
    saved = SavedQuestionFactory(kind="one", labels="Only one")

    said = sign_in(facilitator).post(f"/meetings/{meeting.slug}/console/saved/", {"saved": saved.pk}, follow=True)

    assert "at least two answers" in said.content.decode()
