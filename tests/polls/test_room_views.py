"""The pages of the room beside the polls: a visitor's phone, the facilitator's tablet, the projector, the follow-up."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from meetings.enums import ItemKind
from polls import actions
from polls.enums import CommentState, OnScreen, QuestionState, SpeakerState
from polls.models import Comment, Question, Room, SpeakerRequest
from tests.factories import (
    AgendaItemFactory,
    CommentFactory,
    MeetingFactory,
    MemberFactory,
    QuestionFactory,
    SpeakerRequestFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def facilitator():
    return MemberFactory(is_facilitator=True)


@pytest.fixture
def running(facilitator):
    """A meeting that began five minutes ago, in its open discussion. The pages go by the real clock."""
    begins = timezone.now() - timedelta(minutes=5)
    meeting = MeetingFactory(starts_at=begins, ends_at=begins + timedelta(hours=1))
    meeting.facilitators.add(facilitator)
    AgendaItemFactory(meeting=meeting, title="Your turn", order=1, minutes=30, kind=ItemKind.OPEN_DISCUSSION)
    AgendaItemFactory(meeting=meeting, title="Closing", order=2, minutes=20)
    return meeting


@pytest.fixture
def runs(sign_in, facilitator):
    return sign_in(facilitator)


def at(name, meeting, **more):
    return reverse(f"polls:{name}", kwargs={"slug": meeting.slug, **more})


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_visitor_asks_to_speak_and_leaves_the_queue(running):
    guest, page = Client(), at("speak", running)
    assert not guest.get(page).context["position"]

    assert guest.post(page, {"name": "Zoë O’Neil 🙂"}).status_code == 302
    assert guest.get(page).context["position"] == 1
    assert Client().get(page).context["position"] is None

    guest.post(at("withdraw", running))
    assert SpeakerRequest.objects.get().state == SpeakerState.WITHDRAWN


def test_comment_of_a_visitor_comes_to_the_room_once_it_is_shown(running, runs):
    guest, key = Client(), str(uuid.uuid4())
    said = {"comment-name": "Zoë", "comment-text": "The <b>last</b> bus =1+1", "comment-form_key": key}
    for _ in range(2):
        assert guest.post(at("comment", running), said).status_code == 302
    row = Comment.objects.get()
    assert "last" not in text(Client().get(at("live", running)))

    runs.post(at("console_comment", running, pk=row.pk, verb="show"))

    assert "The &lt;b&gt;last&lt;/b&gt; bus =1+1" in text(Client().get(at("live", running)))
    assert Comment.objects.get().state == CommentState.SHOWN


@pytest.mark.parametrize(
    ("name", "data", "field"),
    [
        ("speak", {"name": " "}, "speak_form"),
        ("comment", {"comment-name": "Zoë", "comment-text": "", "comment-form_key": "not-a-key"}, "comment_form"),
        ("questions", {"text": "", "form_key": str(uuid.uuid4())}, "form"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(name, data, field, running):
    response = Client().post(at(name, running), data)

    assert response.status_code == 422
    assert response.context[field].errors
    shown = response.context[field]["text" if name == "questions" else "name"]
    assert shown.value() == next(iter(data.values()))


def test_visitor_is_told_when_it_is_not_their_turn(running, runs):
    runs.post(at("console_agenda", running), {"item": running.agenda_items.get(order=2).pk})

    response = Client().post(at("speak", running), {"name": "Zoë"})

    assert (response.status_code, SpeakerRequest.objects.count()) == (422, 0)
    assert "everybody may speak in the open discussion" in text(response).lower()


def test_question_is_asked_voted_for_and_voted_no_more(running):
    asker, other = Client(), Client()
    asker.post(at("questions", running), {"text": "Who pays for rides?", "form_key": str(uuid.uuid4())})
    row = Question.objects.get()
    for _ in range(2):
        other.post(at("vote", running, pk=row.pk), {"wanted": "yes"})
    assert Question.objects.with_votes().get().votes == 2
    assert [q.is_wanted for q in other.get(at("questions", running)).context["open_questions"]] == [True]

    other.post(at("vote", running, pk=row.pk), {"wanted": "no"})
    assert Question.objects.with_votes().get().votes == 1
    assert other.post(at("vote", MeetingFactory(), pk=row.pk), {"wanted": "yes"}).status_code == 404


@pytest.mark.parametrize("page", ["live", "screen", "questions"])
def test_hidden_words_stand_nowhere_that_visitors_look(page, running):
    CommentFactory(meeting=running, text="rude words", state=CommentState.HIDDEN)
    CommentFactory(meeting=running, text="rude words")
    QuestionFactory(meeting=running, text="rude words?", state=QuestionState.HIDDEN)

    assert "rude words" not in text(Client().get(at(page, running)))


def test_looking_at_the_room_sets_no_cookie_and_speaking_sets_one(running):
    guest = Client()
    guest.get(at("live", running))
    assert not guest.cookies

    guest.post(at("speak", running), {"name": "Zoë"})
    assert "sessionid" in guest.cookies


def test_facilitator_gives_the_word_and_the_screen_says_who_speaks(running, runs):
    first, second = (SpeakerRequestFactory(meeting=running, name=name) for name in ("Ada", "Bo"))
    runs.post(at("console_speaker", running, pk=first.pk, verb="call"))

    shown = text(Client().get(at("screen", running)))
    assert "Speaking: <strong><bdi>Ada</bdi></strong>" in shown
    assert "<bdi>Bo</bdi>" in shown

    runs.post(at("console_speaker", running, pk=second.pk, verb="pass"))
    runs.post(at("console_end_speaking", running))
    assert [row.state for row in SpeakerRequest.objects.order_by("name")] == ["spoken", "passed_over"]


@pytest.mark.parametrize(
    ("what", "marks"),
    [
        (OnScreen.BY_ITSELF, {"speakers"}),
        (OnScreen.SPEAKERS, {"speakers"}),
        (OnScreen.QUESTIONS, {"questions-screen"}),
        (OnScreen.WELCOME, {"welcome"}),
        (OnScreen.RESULTS, set()),
    ],
)
def test_screen_shows_the_one_thing_that_was_chosen(what, marks, running, runs):
    assert runs.post(at("console_screen", running), {"what": what}).status_code == 302

    shown = set(re.findall(r'<h2 id="([-\w]+)"', text(Client().get(at("screen", running)))))

    assert shown == marks


def test_open_poll_stands_on_the_screen_whatever_was_chosen(running, runs, facilitator):
    poll = actions.prepare_poll(
        running, kind="consensus", question="Agreed?", by=facilitator, now=timezone.now()
    )  # fmt: skip
    actions.open_poll(poll, by=facilitator, now=timezone.now())
    runs.post(at("console_screen", running), {"what": OnScreen.QUESTIONS})

    assert poll.code in text(Client().get(at("screen", running)))


@pytest.mark.parametrize("name", ["console_agenda", "console_screen", "console_end_speaking", "console_handout"])
def test_console_is_nobodys_but_those_who_run_the_meeting(name, running, sign_in):
    outsider = sign_in(MemberFactory(is_facilitator=True))

    assert outsider.post(at(name, running), {"what": "welcome"}).status_code == 404
    assert not Room.objects.exists()


def test_question_is_settled_by_the_button_that_was_pressed(running, runs):
    rows = [QuestionFactory(meeting=running, text=text) for text in "abcd"]
    for row, data in zip(rows, [{"verb": "live"}, {"verb": "later"}, {"verb": "hide"}, {}], strict=True):
        if data:
            assert runs.post(at("console_question", running, pk=row.pk), data).status_code == 302
    merged = runs.post(at("console_question", running, pk=rows[3].pk), {"verb": "merge", "into": rows[1].pk})
    assert merged.status_code == 302  # refused in words: the other is not open any more

    found = {row.text: row.state for row in Question.objects.all()}
    assert found == {"a": "answered_live", "b": "later", "c": "hidden", "d": "open"}


def test_address_of_a_reference_that_is_none_is_said_and_saves_nothing(running, runs):
    row = QuestionFactory(meeting=running)
    typed = {"answer": "Soon.", "reference_url": "javascript:alert(1)"}

    response = runs.post(at("console_answer", running, pk=row.pk), typed)

    assert (response.status_code, response.context["form"].data["answer"]) == (422, "Soon.")
    assert Question.objects.get().answer == ""


def test_answers_are_thrown_away_with_a_reason_only(running, runs, facilitator):
    poll = actions.prepare_poll(running, kind="consensus", question="Agreed?", by=facilitator, now=timezone.now())
    actions.open_poll(poll, by=facilitator, now=timezone.now())
    page = at("console_reset", running, pk=poll.pk)

    assert runs.post(page, {"reason": " "}).status_code == 422
    assert runs.post(page, {"reason": "Wrong question"}).status_code == 302
    poll.refresh_from_db()
    assert poll.state == "draft"


def test_console_moves_only_when_something_did(running, runs):
    version = runs.get(at("console", running)).context["console_version"]
    assert runs.get(at("console_now", running), {"v": version}).status_code == 204

    SpeakerRequestFactory(meeting=running)
    actions.put_on_screen(running, what=OnScreen.SPEAKERS)

    assert runs.get(at("console_now", running), {"v": version}).status_code == 200


def test_followup_is_written_published_and_read(running, runs):
    row = QuestionFactory(meeting=running, text="Rides?", state=QuestionState.LATER)
    running.starts_at, running.ends_at = (
        moment - timedelta(hours=2) for moment in (running.starts_at, running.ends_at)
    )
    running.save()
    assert Client().get(at("handout", running)).status_code == 404

    runs.post(at("console_handout", running))
    assert Client().get(at("handout", running)).status_code == 404  # it has no answer yet
    runs.post(at("console_answer", running, pk=row.pk), {"answer": "From *May* on. <script>x</script>"})
    runs.post(at("console_handout", running))

    shown = text(Client().get(at("handout", running)))
    assert "Rides?" in shown
    assert "<em>May</em>" in shown
    assert "<script>x" not in shown
    assert at("handout", running) in text(Client().get(running.get_absolute_url()))
