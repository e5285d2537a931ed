"""What happens in the room beside the polls: where the meeting stands, who speaks, comments, questions, the follow-up."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cop_portal.data_room import rooms
from cop_portal.errors import Refused
from meetings.enums import ItemKind, MaterialKind, MeetingState
from members.enums import Level
from polls import actions
from polls.agenda import item_on_now, standing
from polls.enums import CommentState, OnScreen, QuestionState, SpeakerState
from polls.models import Comment, Question, Room, SpeakerRequest, Upvote
from polls.person_key import person_key
from polls.rules import may_give_input, room_is_open
from tests.factories import AgendaItemFactory, MeetingFactory, MemberFactory, MembershipPeriodFactory
from tests.races import together

pytestmark = pytest.mark.django_db


def refusal(code):
    return pytest.raises(Refused, check=lambda refused: refused.code == code)


def member_at(level):
    member = MemberFactory()
    MembershipPeriodFactory(member=member, level=level)
    return member


@pytest.fixture
def running(now):
    """A meeting of an hour that began five minutes ago: twenty minutes of talk, then the open discussion."""
    meeting = MeetingFactory(starts_at=now - timedelta(minutes=5), ends_at=now + timedelta(minutes=55))
    AgendaItemFactory(meeting=meeting, title="Gaps", order=1, minutes=20)
    AgendaItemFactory(meeting=meeting, title="Your turn", order=2, minutes=20, kind=ItemKind.OPEN_DISCUSSION)
    return meeting


@pytest.fixture
def talk(running):
    return running.agenda_items.get(order=1)


@pytest.fixture
def open_item(running):
    return running.agenda_items.get(order=2)


def everything():
    rows = (Room, SpeakerRequest, Comment, Question, Upvote)
    return [list(model.objects.order_by("pk").values()) for model in rows]


# --- rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "is_open"), [(-61, False), (-60, True), (0, True), (119, True), (120, False)],
    ids=["too early", "gathering", "began", "running over", "over for long"],
)  # fmt: skip
def test_room_is_open_from_an_hour_before_until_an_hour_after(minutes, is_open, now):
    meeting = MeetingFactory.build(starts_at=now, ends_at=now + timedelta(hours=1))

    assert room_is_open(meeting, now + timedelta(minutes=minutes)) is is_open


def test_room_of_a_cancelled_meeting_is_shut(now):
    meeting = MeetingFactory.build(starts_at=now, ends_at=now + timedelta(hours=1), state=MeetingState.CANCELLED)

    assert not room_is_open(meeting, now)


@pytest.mark.parametrize(
    ("level", "is_facilitator", "at_talk", "at_open_discussion"),
    [
        (None, False, False, True),
        (Level.PUBLIC, False, False, True),
        (Level.SPECIALTY, False, True, True),
        (Level.FULL, False, True, True),
        (None, True, True, True),
    ],
    ids=["visitor", "public", "specialty", "full", "facilitator"],
)
def test_who_may_give_input(level, is_facilitator, at_talk, at_open_discussion):
    talk = AgendaItemFactory.build(kind=ItemKind.DISCUSSION)
    open_item = AgendaItemFactory.build(kind=ItemKind.OPEN_DISCUSSION)

    assert may_give_input(talk, level, is_facilitator=is_facilitator) is at_talk
    assert may_give_input(None, level, is_facilitator=is_facilitator) is at_talk
    assert may_give_input(open_item, level, is_facilitator=is_facilitator) is at_open_discussion


def test_key_tells_people_apart_and_meetings_too():
    one, other = MemberFactory.build(pk=7), MemberFactory.build(pk=8)
    keys = [person_key(1, one), person_key(1, other), person_key(2, one), person_key(1, "7"), person_key(1, "member:7")]

    assert len(set(keys)) == 5
    assert person_key(1, one) == keys[0]


# --- where the meeting stands -----------------------------------------------------------------------------------------


def test_agenda_goes_by_the_clock_until_somebody_says_otherwise(running, talk, open_item, now):
    assert item_on_now(running, now) == talk
    assert item_on_now(running, now + timedelta(minutes=15)) == open_item
    assert item_on_now(running, now + timedelta(minutes=36)) is None

    actions.go_to_item(running, item=open_item, now=now)

    stands = standing(running, now)
    assert (stands.item, stands.by_clock, stands.is_open_discussion, stands.next_open) == (open_item, False, True, None)

    actions.go_to_item(running, item=None, now=now)

    assert standing(running, now).next_open == open_item


def test_agenda_item_of_another_meeting_is_refused(running, now):
    with refusal("foreign_item"):
        actions.go_to_item(running, item=AgendaItemFactory(), now=now)
    assert not Room.objects.exists()


def test_nothing_moves_outside_the_hours_of_the_room(running, talk, now):
    late = running.ends_at + timedelta(minutes=60)
    before = everything()
    for act, how in [
        (actions.go_to_item, {"item": talk}),
        (actions.ask_to_speak, {"person": "device", "name": "Ada"}),
        (actions.send_comment, {"person": "device", "name": "Ada", "text": "Hello", "form_key": uuid.uuid4()}),
        (actions.ask_question, {"person": "device", "text": "Why?", "form_key": uuid.uuid4()}),
    ]:
        with refusal("not_running"):
            act(running, now=late, **how)
    assert everything() == before


def test_every_change_moves_the_version_and_what_changes_nothing_does_not(running, talk, now):
    def version():
        return Room.objects.get(meeting=running).version

    actions.put_on_screen(running, what=OnScreen.QUESTIONS)
    actions.go_to_item(running, item=talk, now=now)
    assert version() == 2

    actions.end_speaking(running, now=now)
    actions.withdraw_request(running, person="device", now=now)
    assert version() == 2

    question = actions.ask_question(running, person="device", text="Why?", form_key=uuid.uuid4(), now=now)
    actions.upvote(question, person="other", wanted=True, now=now)
    assert version() == 4


# --- speaking ---------------------------------------------------------------------------------------------------------


def test_visitor_speaks_in_the_open_discussion_only(running, open_item, now):
    with refusal("not_your_turn"):
        actions.ask_to_speak(running, person="device", name="Ada", now=now)
    assert not SpeakerRequest.objects.exists()

    actions.go_to_item(running, item=open_item, now=now)
    row = actions.ask_to_speak(running, person="device", name="  Ada \n Stone ", now=now)

    assert (row.name, row.state, row.item) == ("Ada Stone", SpeakerState.WAITING, open_item)


def test_public_attendee_waits_for_the_open_discussion_and_a_full_member_does_not(running, now):
    with refusal("not_your_turn"):
        actions.ask_to_speak(running, person=member_at(Level.PUBLIC), name="Ada", now=now)

    assert actions.ask_to_speak(running, person=member_at(Level.FULL), name="Bo", now=now).state == SpeakerState.WAITING


def test_speaker_without_a_name_is_refused(running, now):
    with refusal("no_name"):
        actions.ask_to_speak(running, person=member_at(Level.FULL), name="  ", now=now)


def test_asking_twice_keeps_the_place_in_the_queue(running, now):
    first, second = member_at(Level.FULL), member_at(Level.FULL)
    row = actions.ask_to_speak(running, person=first, name="Ada", now=now)
    actions.ask_to_speak(running, person=second, name="Bo", now=now + timedelta(seconds=1))

    again = actions.ask_to_speak(running, person=first, name="Ada again", now=now + timedelta(seconds=2))

    assert again == row
    assert [row.name for row in standing(running, now).waiting] == ["Ada", "Bo"]


def test_one_speaks_at_a_time_and_may_ask_again_afterwards(running, now):
    people = [member_at(Level.FULL), member_at(Level.FULL)]
    ada, bo = (
        actions.ask_to_speak(running, person=who, name=name, now=now) for who, name in zip(people, "AB", strict=True)
    )
    actions.call_speaker(ada, now=now)
    actions.call_speaker(bo, now=now)

    states = {row.name: row.state for row in SpeakerRequest.objects.all()}
    assert states == {"A": SpeakerState.SPOKEN, "B": SpeakerState.SPEAKING}
    assert actions.call_speaker(bo, now=now).state == SpeakerState.SPEAKING  # a second tap

    assert actions.end_speaking(running, now=now)
    assert not actions.end_speaking(running, now=now)
    assert actions.ask_to_speak(running, person=people[0], name="A", now=now).state == SpeakerState.WAITING


def test_whoever_left_the_queue_is_not_called(running, now):
    person = member_at(Level.FULL)
    row = actions.ask_to_speak(running, person=person, name="Ada", now=now)
    assert actions.withdraw_request(running, person=person, now=now)

    for act in (actions.call_speaker, actions.pass_over):
        with refusal("not_next"):
            act(row, now=now)
    assert SpeakerRequest.objects.get().state == SpeakerState.WITHDRAWN


def test_passed_over_is_out_of_the_queue(running, now):
    row = actions.ask_to_speak(running, person=member_at(Level.FULL), name="Ada", now=now)

    actions.pass_over(row, now=now)
    actions.pass_over(row, now=now)

    assert standing(running, now).waiting == []


def test_database_lets_nobody_wait_twice_and_no_two_speak(running, now):
    one = {"meeting": running, "asked_at": now, "changed_at": now}
    SpeakerRequest.objects.create(name="Ada", person_key="a", state="speaking", **one)
    for fields in ({"name": "Ada", "person_key": "a"}, {"name": "Bo", "person_key": "b", "state": "speaking"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SpeakerRequest.objects.create(**one, **fields)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_ten_taps_of_one_person_are_one_place_and_two_calls_one_speaker(running, now):
    person = member_at(Level.FULL)
    taps = [lambda: actions.ask_to_speak(running, person=person, name="Ada", now=now)] * 10
    assert together(taps) == []
    assert SpeakerRequest.objects.count() == 1

    rows = [actions.ask_to_speak(running, person=member_at(Level.FULL), name=str(n), now=now) for n in range(4)]
    assert together([lambda row=row: actions.call_speaker(row, now=now) for row in rows]) == []
    assert SpeakerRequest.objects.speaking().count() == 1


# --- comments ---------------------------------------------------------------------------------------------------------


def comment(meeting, now, *, person="device", key=None, **more):
    fields = {"name": "Ada", "text": "Buses stop at six."} | more
    return actions.send_comment(meeting, person=person, form_key=key or uuid.uuid4(), now=now, **fields)


def test_comment_is_shown_once_it_is_read(running, open_item, staff, now):
    actions.go_to_item(running, item=open_item, now=now)
    row = comment(running, now)
    assert (row.state, standing(running, now).comments) == (CommentState.PENDING, [])

    actions.decide_comment(row, state=CommentState.SHOWN, by=staff)
    assert standing(running, now).comments == [row]

    actions.decide_comment(row, state=CommentState.HIDDEN, by=staff)
    assert standing(running, now).comments == []
    with refusal("not_next"):
        actions.decide_comment(row, state=CommentState.PENDING, by=staff)
    assert Comment.objects.get().decided_by == staff


def test_comment_sent_twice_over_a_bad_connection_is_one(running, open_item, now):
    actions.go_to_item(running, item=open_item, now=now)
    key = uuid.uuid4()

    first, again = comment(running, now, key=key), comment(running, now, key=key, text="Another text")

    assert (first, Comment.objects.get().text) == (again, "Buses stop at six.")


@pytest.mark.parametrize(("more", "code"), [({"name": " "}, "no_name"), ({"text": " "}, "no_text")])
def test_comment_that_says_nothing_is_refused(more, code, running, open_item, now):
    actions.go_to_item(running, item=open_item, now=now)
    with refusal(code):
        comment(running, now, **more)
    assert not Comment.objects.exists()


def test_one_person_does_not_fill_the_list_of_comments(running, open_item, now):
    actions.go_to_item(running, item=open_item, now=now)
    for _ in range(10):
        comment(running, now)
    with refusal("too_many"):
        comment(running, now)
    assert comment(running, now, person="other").state == CommentState.PENDING


# --- questions --------------------------------------------------------------------------------------------------------


def ask(meeting, now, text="Why?", *, person="device", key=None):
    return actions.ask_question(meeting, person=person, text=text, form_key=key or uuid.uuid4(), now=now)


def votes(meeting):
    return {row.text: row.votes for row in meeting.questions.with_votes()}


def test_anybody_asks_from_the_start_and_each_votes_once(running, now):
    early = running.starts_at - timedelta(minutes=30)
    one, other = ask(running, early, "Buses?"), ask(running, early, "Homes?", person=member_at(Level.PUBLIC))

    for _ in range(2):
        actions.upvote(other, person="third", wanted=True, now=now)
    actions.upvote(one, person="device", wanted=False, now=now)

    assert votes(running) == {"Homes?": 2, "Buses?": 0}
    assert [row.text for row in standing(running, now).questions] == ["Homes?", "Buses?"]


def test_question_sent_twice_is_one(running, now):
    key = uuid.uuid4()

    assert ask(running, now, key=key) == ask(running, now, key=key)
    assert Upvote.objects.count() == 1


def test_question_without_words_and_a_sixth_open_one_are_refused(running, now):
    with refusal("no_text"):
        ask(running, now, "  ")
    for number in range(5):
        ask(running, now, f"Question {number}?")
    with refusal("too_many"):
        ask(running, now)
    assert Question.objects.count() == 5


def test_merged_question_brings_its_voters_and_nobody_counts_twice(running, staff, now):
    kept, twin, third = (ask(running, now, text, person=text) for text in ("a", "b", "c"))
    actions.upvote(kept, person="b", wanted=True, now=now)
    actions.merge_question(third, into=twin, by=staff)

    actions.merge_question(twin, into=kept, by=staff)

    assert [(row.text, row.votes) for row in running.questions.shown().with_votes()] == [("a", 3)]
    assert {row.text for row in kept.merged.all()} == {"b", "c"}
    with refusal("not_open"):
        actions.upvote(twin, person="d", wanted=True, now=now)


def test_merging_with_itself_a_merged_one_or_one_elsewhere_is_refused(running, staff, now):
    one, other, gone = ask(running, now, "a"), ask(running, now, "b"), ask(running, now, "c")
    actions.merge_question(gone, into=one, by=staff)
    elsewhere = Question.objects.create(
        meeting=MeetingFactory(), text="?", person_key="x", form_key=uuid.uuid4(), asked_at=now
    )
    for target in (other, gone, elsewhere):
        with refusal("foreign_question"):
            actions.merge_question(other, into=target, by=staff)
    with refusal("not_next"):
        actions.merge_question(gone, into=other, by=staff)
    with refusal("not_next"):
        actions.mark_question(gone, state=QuestionState.LATER, by=staff)
    assert other.merged_into is None


def test_hidden_question_is_seen_by_nobody_and_comes_back(running, staff, now):
    row = ask(running, now)
    actions.mark_question(row, state=QuestionState.HIDDEN, by=staff)
    assert list(running.questions.shown()) == []
    with refusal("hidden"):
        actions.answer_question(row, answer="No.", by=staff)

    actions.mark_question(row, state=QuestionState.OPEN, by=staff)
    assert list(running.questions.shown()) == [row]


# --- the follow-up ----------------------------------------------------------------------------------------------------


def test_followup_answers_what_was_left_and_forgets_whose_votes_they_were(running, staff, now):
    later, live = ask(running, now, "Later?"), ask(running, now, "Live?")
    hidden = ask(running, now, "Rude?")
    actions.upvote(later, person="other", wanted=True, now=now)
    actions.mark_question(later, state=QuestionState.LATER, by=staff)
    actions.mark_question(live, state=QuestionState.ANSWERED_LIVE, by=staff)
    actions.answer_question(live, answer="", reference="The study", by=staff)
    over = running.ends_at

    with refusal("not_over"):
        actions.publish_handout(running, now=now)
    with refusal("unanswered"):
        actions.publish_handout(running, now=over)
    assert (running.materials.count(), Upvote.objects.count()) == (0, 4)

    actions.answer_question(later, answer="In May.", by=staff)
    actions.mark_question(hidden, state=QuestionState.HIDDEN, by=staff)
    for _ in range(2):
        room = actions.publish_handout(running, now=over)

    assert room.handout_at == over
    assert [(paper.kind, paper.audience) for paper in running.materials.all()] == [(MaterialKind.HANDOUT, "public")]
    assert (votes(running)["Later?"], Upvote.objects.count()) == (2, 0)


def test_followup_of_nothing_is_refused(running, staff, now):
    actions.mark_question(ask(running, now), state=QuestionState.ANSWERED_LIVE, by=staff)

    with refusal("nothing"):
        actions.publish_handout(running, now=running.ends_at)


def test_room_goes_whole_with_what_was_merged_in_it(running, staff, now):
    actions.merge_question(ask(running, now, "a"), into=ask(running, now, "b"), by=staff)

    Question.objects.filter(meeting=running).delete()

    assert not Question.objects.exists()


def test_person_finds_their_own_words_again_and_nobody_elses(running, open_item, now):
    member, other = member_at(Level.FULL), member_at(Level.FULL)
    for who, mark in ((member, "mine"), (other, "theirs")):
        actions.ask_to_speak(running, person=who, name=mark, now=now)
        comment(running, now, person=who, text=mark)
        ask(running, now, mark, person=who)

    speaking, comments, questions = rooms(member)
    said = [[row[1] for row in speaking.rows], [row[2] for row in comments.rows], [row[1] for row in questions.rows]]

    assert said == [["mine"], ["mine"], ["mine"]]
