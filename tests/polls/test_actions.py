import pytest
from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from meetings.enums import AttendanceRole, MeetingState
from members.actions import replace_category
from members.models import ParticipantCategory
from polls import actions
from polls.actions import ballots, polls
from polls.enums import PollKind, PollState
from polls.models import Ballot, Choice, Poll, PollEvent
from tests.factories import AttendanceFactory, MeetingFactory, MemberFactory, ParticipantCategoryFactory

pytestmark = pytest.mark.django_db


def labels_of(poll):
    return [option.label for option in poll.options.all()]


def chosen_by(poll, voter):
    return sorted(poll.options.get(pk=pk).label for pk in actions.own_choices(poll, voter))


def refusal(code):
    return pytest.raises(Refused, check=lambda refused: refused.code == code)


def everything():
    return (
        list(Poll.objects.values()),
        list(Ballot.objects.values()),
        list(Choice.objects.values()),
        list(PollEvent.objects.values()),
    )


def test_category_poll_offers_the_categories_in_force_in_their_order(draft):
    assert labels_of(draft) == ["Used services", "Family", "Provider", "County"]
    assert (draft.kind, draft.state, draft.minimum, draft.maximum) == (PollKind.CATEGORIES, PollState.DRAFT, 1, 0)
    assert len(draft.code) == polls.CODE_LENGTH
    assert set(draft.code) <= set(polls.CODE_ALPHABET)


def test_code_has_no_letters_that_are_mixed_up():
    assert not set("0O1IL") & set(polls.CODE_ALPHABET)


def test_category_poll_prepared_again_takes_a_new_category(draft, meeting, staff, now):
    ParticipantCategoryFactory(label="Late", order=5)

    again = actions.prepare_category_poll(meeting, by=staff, now=now)

    assert again == draft
    assert labels_of(again)[-1] == "Late"


def test_opening_takes_in_a_category_that_was_replaced_since(draft, meeting, staff, now, vote):
    old, day = ParticipantCategory.objects.get(label="Family"), meeting.held_on
    words = {"label": "Family or friend", "seat": old.seat, "is_sensitive": True, "attestation": ""}
    new = replace_category(old, **words, starts_on=day, today=day)
    assert labels_of(draft)[1] == "Family"

    opened = actions.open_poll(draft, by=staff, now=now)
    vote(opened, MemberFactory(), 1)

    assert labels_of(opened) == ["Used services", "Family or friend", "Provider", "County"]
    assert opened.options.get(label="Family or friend").category == new
    assert not old.options.exists()


def test_opening_leaves_options_alone_that_are_right(draft, staff, now):
    before = list(draft.options.values())

    assert list(actions.open_poll(draft, by=staff, now=now).options.values()) == before


def test_category_poll_does_not_open_on_one_category(draft, meeting, staff, now):
    ParticipantCategory.objects.exclude(label="Family").update(ends_on=meeting.held_on)

    with refusal("too_few_options"):
        actions.open_poll(draft, by=staff, now=now)

    draft.refresh_from_db()
    assert (draft.state, len(labels_of(draft))) == (PollState.DRAFT, 4)


def test_category_poll_is_refused_once_open(opened, meeting, staff, now):
    before = everything()

    with refusal("has_poll"):
        actions.prepare_category_poll(meeting, by=staff, now=now)

    assert everything() == before


def test_category_poll_is_refused_with_one_category(meeting, staff, now):
    ParticipantCategory.objects.exclude(label="County").delete()

    with refusal("too_few_options"):
        actions.prepare_category_poll(meeting, by=staff, now=now)

    assert everything() == ([], [], [], [])


def test_category_poll_is_refused_with_two_of_a_name(meeting, staff, now):
    ParticipantCategoryFactory(label="County", order=7, starts_on="2023-01-01")

    with refusal("same_label"):
        actions.prepare_category_poll(meeting, by=staff, now=now)


@pytest.mark.parametrize("prepare", [actions.prepare_category_poll, actions.prepare_poll])
def test_poll_of_a_cancelled_meeting_is_refused(prepare, staff, now):
    more = {"kind": PollKind.SCALE, "question": "How was it?"} if prepare is actions.prepare_poll else {}

    with refusal("meeting_cancelled"):
        prepare(MeetingFactory(state=MeetingState.CANCELLED), by=staff, now=now, **more)


@pytest.mark.parametrize(
    ("kind", "labels", "expected"),
    [
        (PollKind.CONSENSUS, (), list(polls.THUMBS)),
        (PollKind.SCALE, (), list(polls.SCALE)),
        (PollKind.ONE, ("Yes", "No"), ["Yes", "No"]),
        (PollKind.MANY, ("A", "B", "C"), ["A", "B", "C"]),
    ],
)
def test_poll_of_each_kind_is_prepared(kind, labels, expected, meeting, staff, now):
    poll = actions.prepare_poll(meeting, kind=kind, question=" Well? ", labels=labels, by=staff, now=now)

    assert (poll.question, labels_of(poll), poll.state) == ("Well?", expected, PollState.DRAFT)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": PollKind.CATEGORIES}, "is_category_kind"),
        ({"question": " "}, "no_question"),
        ({"labels": ("A",)}, "too_few_options"),
        ({"labels": ("A", "A")}, "same_label"),
        ({"minimum": 3}, "bad_limits"),
        ({"maximum": 9}, "bad_limits"),
        ({"minimum": 2, "maximum": 1}, "bad_limits"),
    ],
)
def test_poll_is_refused_and_leaves_nothing(changes, code, meeting, staff, now):
    good = {"kind": PollKind.MANY, "question": "Which?", "labels": ("A", "B"), "maximum": 2}

    with refusal(code):
        actions.prepare_poll(meeting, by=staff, now=now, **(good | changes))

    assert everything() == ([], [], [], [])


def test_poll_goes_from_draft_to_published(opened, staff, now):
    assert len(bytes(opened.secret)) == 32

    closed = actions.close_poll(opened, by=staff, now=now)
    published = actions.publish_poll(closed, by=staff, now=now)

    assert (closed.secret, published.state, published.published_at) == (None, PollState.PUBLISHED, now)
    assert [event.state for event in opened.events.all()] == ["draft", "open", "closed", "published"]


@pytest.mark.parametrize(
    ("state", "move"),
    [
        ("draft", "close_poll"),
        ("draft", "publish_poll"),
        ("open", "open_poll"),
        ("open", "publish_poll"),
        ("closed", "open_poll"),
        ("closed", "close_poll"),
        ("published", "open_poll"),
        ("published", "close_poll"),
        ("published", "publish_poll"),
    ],
)
def test_no_other_step_is_taken(state, move, draft, staff, now):
    steps = [actions.open_poll, actions.close_poll, actions.publish_poll]
    for step in steps[: ["draft", "open", "closed", "published"].index(state)]:
        step(draft, by=staff, now=now)
    before = everything()

    with refusal("not_next"):
        getattr(actions, move)(draft, by=staff, now=now)

    assert everything() == before


def test_poll_of_a_draft_meeting_does_not_open(staff, now, meeting):
    poll = actions.prepare_category_poll(meeting, by=staff, now=now)
    meeting.state = MeetingState.DRAFT
    meeting.save()

    with refusal("meeting_not_public"):
        actions.open_poll(Poll.objects.get(pk=poll.pk), by=staff, now=now)


def test_ballot_is_counted_and_can_be_changed(opened, vote):
    member = MemberFactory()

    vote(opened, member, 0, 2)
    vote(opened, member, 1, 2)
    vote(opened, member, 1, 2)

    assert chosen_by(opened, member) == ["Family", "Provider"]
    assert (opened.ballots.count(), Choice.objects.count()) == (1, 2)


def test_guest_twice_from_one_device_is_one_ballot(opened, vote):
    vote(opened, "a-device", 0)
    vote(opened, "a-device", 1)
    vote(opened, "another", 1)

    assert opened.ballots.count() == 2
    assert chosen_by(opened, "a-device") == ["Family"]


def test_guest_who_signs_in_is_still_one_voter(opened, vote):
    member = MemberFactory()
    vote(opened, "a-device", 0)

    vote(opened, member, 1, also_device="a-device")

    assert opened.ballots.count() == 1
    assert chosen_by(opened, member) == ["Family"]


def test_device_named_like_a_member_is_not_that_member(opened, vote):
    member = MemberFactory()
    vote(opened, member, 0)
    vote(opened, f"member:{member.pk}", 1)

    assert opened.ballots.count() == 2


@pytest.mark.parametrize("why", ["profile", "meeting", "attendance"])
def test_facilitator_is_refused_in_a_category_poll(why, opened, vote):
    member = MemberFactory(is_facilitator=why == "profile")
    if why == "meeting":
        opened.meeting.facilitators.add(member)
    if why == "attendance":
        AttendanceFactory(meeting=opened.meeting, member=member, role=AttendanceRole.FACILITATOR)

    with refusal("facilitator"):
        vote(opened, member, 0)

    assert Ballot.objects.count() == 0


def test_facilitator_answers_other_polls(meeting, staff, now, vote):
    poll = actions.prepare_poll(meeting, kind=PollKind.SCALE, question="How was it?", by=staff, now=now)
    actions.open_poll(poll, by=staff, now=now)

    vote(poll, MemberFactory(is_facilitator=True), 2)

    assert poll.ballots.count() == 1


@pytest.mark.parametrize("steps", [0, 2, 3], ids=["draft", "closed", "published"])
def test_ballot_is_refused_unless_open(steps, draft, staff, now, vote):
    for step in [actions.open_poll, actions.close_poll, actions.publish_poll][:steps]:
        step(draft, by=staff, now=now)

    with refusal("not_open"):
        vote(draft, "late", 0)

    assert Ballot.objects.count() == 0


def test_ballot_limits_are_kept(meeting, staff, now, vote):
    poll = actions.prepare_poll(
        meeting, kind=PollKind.MANY, question="Which?", labels="ABCD", minimum=2, maximum=3, by=staff, now=now
    )
    other = actions.prepare_poll(meeting, kind=PollKind.ONE, question="Other?", labels="XY", by=staff, now=now)
    poll = actions.open_poll(poll, by=staff, now=now)

    with refusal("too_few"):
        vote(poll, "device", 0)
    with refusal("too_few"):
        actions.cast_ballot(poll, voter="device", options=[poll.options.first()] * 2, now=now)
    with refusal("too_many"):
        vote(poll, "device", 0, 1, 2, 3)
    with refusal("foreign_option"):
        actions.cast_ballot(poll, voter="device", options=other.options.all(), now=now)

    assert Ballot.objects.count() == 0


def test_closed_poll_ties_nobody_to_a_ballot(opened, staff, now, vote):
    members = MemberFactory.create_batch(12)
    for number, member in enumerate(members):
        vote(opened, member, number % 4)
    keys = {actions.voter_key(opened, member) for member in members}
    old = list(opened.ballots.order_by("pk").values_list("pk", flat=True))
    old_choices = set(Choice.objects.values_list("pk", flat=True))
    assert set(opened.ballots.values_list("voter_key", flat=True)) == keys

    actions.close_poll(opened, by=staff, now=now)

    poll, fresh = Poll.objects.get(), Ballot.objects.order_by("pk")
    assert poll.secret is None
    assert not keys & {ballot.voter_key for ballot in fresh}
    assert not set(old) & {ballot.pk for ballot in fresh}
    assert not old_choices & set(Choice.objects.values_list("pk", flat=True))
    assert [option.choices.count() for option in poll.options.all()] == [3, 3, 3, 3]
    assert actions.own_choices(poll, members[0]) == set()


def test_closing_shuffles_the_order(opened, staff, now, vote, monkeypatch):
    """With twelve ballots in four answers the old order comes back once in hundreds of thousands of times."""
    orders = []
    monkeypatch.setattr(ballots.SHUFFLED, "shuffle", lambda rows: (orders.append(list(rows)), rows.reverse()))
    for number in range(12):
        vote(opened, f"device-{number}", number % 4)

    actions.close_poll(opened, by=staff, now=now)

    places = [choice.option.order for choice in Choice.objects.select_related("option").order_by("ballot")]
    assert places == [number % 4 for number in reversed(range(12))]
    assert [len(rows) for rows in orders if len(rows) != 1] == [12, 0]


def test_secret_cannot_outlive_the_close(opened):
    with pytest.raises(IntegrityError), transaction.atomic():
        Poll.objects.filter(pk=opened.pk).update(state=PollState.CLOSED)


def test_two_polls_give_one_person_two_keys(opened, meeting, staff, now):
    member = MemberFactory()
    other = actions.prepare_poll(meeting, kind=PollKind.SCALE, question="How?", by=staff, now=now)
    other = actions.open_poll(other, by=staff, now=now)

    assert actions.voter_key(opened, member) != actions.voter_key(other, member)


def test_key_needs_a_secret(draft):
    with pytest.raises(ValueError, match="no secret"):
        actions.voter_key(draft, "device")


def test_reset_throws_the_ballots_away_and_says_why(opened, staff, now, vote):
    vote(opened, "device", 0)

    poll = actions.reset_poll(opened, reason=" Wrong room ", by=staff, now=now)

    assert (poll.state, poll.secret, poll.opened_at, Ballot.objects.count()) == (PollState.DRAFT, None, None, 0)
    assert poll.events.last().reason == "Wrong room"


@pytest.mark.parametrize(("reason", "code"), [("", "no_reason"), ("  ", "no_reason")])
def test_reset_is_refused_without_a_reason(reason, code, opened, staff, now, vote):
    vote(opened, "device", 0)

    with refusal(code):
        actions.reset_poll(opened, reason=reason, by=staff, now=now)

    assert Ballot.objects.count() == 1


def test_reset_of_a_draft_is_refused(draft, staff, now):
    with refusal("not_next"):
        actions.reset_poll(draft, reason="why", by=staff, now=now)


def imported(meeting, staff, now, **changes):
    values = {
        "rows": [("Used services", 3), ("Elsewhere", 97)],
        "participants": 27,
        "facilitators": 2,
        "submissions": 32,
        "remark": "The counts sum to 31.",
    }
    return actions.import_published(meeting, by=staff, now=now, **(values | changes))


def test_import_keeps_the_table_as_published(meeting, staff, now):
    poll = imported(meeting, staff, now)

    assert (poll.state, poll.is_imported) == (PollState.PUBLISHED, True)
    assert [(o.label, o.imported_percent, o.category is None) for o in poll.options.all()] == [
        ("Used services", 3, False),
        ("Elsewhere", 97, True),
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"remark": " "}, "no_remark"),
        ({"rows": [("A", 100)]}, "too_few_options"),
        ({"rows": [("A", 1)] * 2}, "same_label"),
    ],
)
def test_import_is_refused_and_leaves_nothing(changes, code, meeting, staff, now):
    with refusal(code):
        imported(meeting, staff, now, **changes)

    assert everything() == ([], [], [], [])


def test_import_takes_the_place_of_a_draft_that_stood_ready(draft, meeting, staff, now):
    poll = imported(meeting, staff, now)

    assert (poll.pk, poll.state, labels_of(poll)) == (draft.pk, PollState.PUBLISHED, ["Used services", "Elsewhere"])


def test_import_is_refused_where_a_poll_was_held(opened, meeting, staff, now):
    with refusal("has_poll"):
        imported(meeting, staff, now)


def test_imported_table_is_not_reset(meeting, staff, now):
    poll = imported(meeting, staff, now)

    with refusal("imported"):
        actions.reset_poll(poll, reason="why", by=staff, now=now)


def test_events_are_kept(draft):
    with pytest.raises(IntegrityError), transaction.atomic():
        PollEvent.objects.update(reason="other")


def test_a_code_that_another_poll_has_is_drawn_anew(draft, now, staff, monkeypatch):
    drawn = iter(draft.code + "QRSTUV")
    monkeypatch.setattr("polls.actions.polls.secrets.choice", lambda letters: next(drawn))

    poll = actions.prepare_poll(draft.meeting, kind=PollKind.SCALE, question="How was it?", by=staff, now=now)

    assert poll.code == "QRSTUV"
