"""What the database itself refuses, forms that arrive twice, and the words beside "other"."""

import pytest
from django.db import IntegrityError, connection, transaction

from cop_portal.errors import Refused
from polls import actions
from polls.enums import PollKind, PollState
from polls.late_answers import is_late
from polls.models import Ballot, Choice, OtherText, Receipt
from tests.factories import (
    BallotFactory,
    ChoiceFactory,
    MemberFactory,
    OptionFactory,
    OtherTextFactory,
    PollFactory,
    past,
)

pytestmark = pytest.mark.django_db
NOT_OPEN = [PollState.DRAFT, PollState.CLOSED, PollState.PUBLISHED]


@pytest.fixture
def asked(meeting, staff, now):
    """An open poll of several choices, from one to two of them, with "other"."""
    poll = actions.prepare_poll(
        meeting, kind=PollKind.MANY, question="Where do you work?", labels=("County", "Clinic"), maximum=2,
        has_other=True, by=staff, now=now,
    )  # fmt: skip
    return actions.open_poll(poll, by=staff, now=now)


@pytest.fixture
def taken(asked):
    """An open poll with one ballot, choice and text, and what raw SQL would add to it or change in it."""
    ballot = BallotFactory(poll=asked)
    option, other = asked.options.all()[:2]
    choice, text = ChoiceFactory(ballot=ballot, option=option), OtherTextFactory(poll=asked)
    return {
        "ballot": f"INSERT INTO polls_ballot (poll_id, voter_key) VALUES ({asked.pk}, 'late')",
        "choice": f"INSERT INTO polls_choice (ballot_id, option_id) VALUES ({ballot.pk}, {other.pk})",
        "text": f"INSERT INTO polls_othertext (poll_id, voter_key, text, state) VALUES ({asked.pk}, 'x', 'y', 'waiting')",
        "moved choice": f"UPDATE polls_choice SET option_id = {other.pk} WHERE id = {choice.pk}",
        "renamed ballot": f"UPDATE polls_ballot SET voter_key = 'late' WHERE id = {ballot.pk}",
        "other words": f"UPDATE polls_othertext SET text = 'late' WHERE id = {text.pk}",
    }


def kept():
    return [list(model.objects.order_by("pk").values_list()) for model in (Ballot, Choice, OtherText)]


WRITTEN = ["ballot", "choice", "text", "moved choice", "renamed ballot", "other words"]


@pytest.mark.parametrize("what", WRITTEN)
@pytest.mark.parametrize("state", NOT_OPEN)
def test_database_takes_no_answer_of_a_poll_that_is_not_open(what, state, asked, taken):
    past(asked, state)
    before = kept()

    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(taken[what])

    assert is_late(refused.value)
    assert kept() == before


@pytest.mark.parametrize("what", WRITTEN)
def test_database_takes_it_while_the_poll_is_open(what, asked, taken):
    before = kept()

    with connection.cursor() as cursor:
        cursor.execute(taken[what])

    assert kept() != before


def test_what_staff_decide_on_a_text_is_no_answer_and_comes_after_the_close(asked, staff, now):
    text = OtherTextFactory(poll=asked)
    past(asked, PollState.CLOSED)

    OtherText.objects.filter(pk=text.pk).update(state="shown", decided_by=staff, decided_at=now)

    assert OtherText.objects.shown().count() == 1


def test_form_that_was_counted_is_known_again_also_after_the_close(asked, staff, now, vote):
    vote(asked, "device", 0, form_key="a form")
    vote(asked, "device", 0, form_key="a form")
    closed = actions.close_poll(asked, by=staff, now=now)

    assert Ballot.objects.count() == Receipt.objects.count() == 1
    assert [actions.was_counted(closed, key) for key in ("a form", "another", "")] == [True, False, False]
    assert "a form" not in str(list(Receipt.objects.values_list()))


def test_refused_form_leaves_no_receipt(asked, vote):
    with pytest.raises(Refused):
        vote(asked, "device", 0, 1, 2, form_key="a form")

    assert not Receipt.objects.exists()


def test_text_stands_beside_other_and_changes_with_the_answer(asked, vote):
    member = MemberFactory()
    vote(asked, member, 0, 2, other_text=" A school ")
    assert actions.own_text(asked, member) == "A school"

    vote(asked, member, 2, other_text="A library")
    assert (actions.own_text(asked, member), OtherText.objects.count()) == ("A library", 1)

    vote(asked, member, 0, other_text="A library")
    assert (actions.own_text(asked, member), OtherText.objects.count()) == ("", 0)
    assert actions.own_text(asked, "") == ""


def test_text_of_a_poll_without_other_is_dropped(opened, vote):
    vote(opened, "device", 0, other_text="A school")

    assert not OtherText.objects.exists()


def test_text_of_the_device_goes_with_its_ballot(asked, vote):
    vote(asked, "device", 2, other_text="A school")
    vote(asked, MemberFactory(), 0, also_device="device")

    assert (Ballot.objects.count(), OtherText.objects.count()) == (1, 0)


def test_closed_text_hangs_on_no_ballot(asked, staff, now, vote, monkeypatch):
    monkeypatch.setattr("polls.actions.ballots.SHUFFLED.shuffle", lambda rows: rows.reverse())
    for number in range(3):
        vote(asked, f"device-{number}", 2, other_text=f"Place {number}")
    keys = {actions.voter_key(asked, f"device-{number}") for number in range(3)}

    closed = actions.close_poll(asked, by=staff, now=now)

    kept_keys = set(OtherText.objects.values_list("voter_key", flat=True))
    assert not kept_keys & (keys | set(Ballot.objects.values_list("voter_key", flat=True)))
    assert list(OtherText.objects.values_list("text", flat=True)) == ["Place 2", "Place 1", "Place 0"]
    assert set(OtherText.objects.to_decide()) == set(OtherText.objects.all())
    assert actions.own_text(closed, "device-0") == ""


def test_text_is_nobodys_to_decide_while_the_poll_is_open(asked, vote):
    vote(asked, "device", 2, other_text="A school")

    assert not OtherText.objects.to_decide().exists()


def test_reset_throws_texts_and_receipts_away(asked, staff, now, vote):
    vote(asked, "device", 2, other_text="A school", form_key="a form")

    actions.reset_poll(asked, reason="Wrong room", by=staff, now=now)

    assert kept() == [[], [], []]
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    ("kind", "labels"),
    [(PollKind.ONE, ["Yes", "No", "Other"]), (PollKind.MANY, ["Yes", "No", "Other"]), (PollKind.SCALE, None)],
)
def test_other_is_the_last_answer_of_the_kinds_that_are_written(kind, labels, meeting, staff, now):
    poll = actions.prepare_poll(
        meeting, kind=kind, question="Well?", labels=("Yes", "No"), has_other=True, by=staff, now=now
    )

    others = [option.label for option in poll.options.all() if option.is_other]
    assert others == (["Other"] if labels else [])
    assert labels is None or [option.label for option in poll.options.all()] == labels


def test_other_twice_is_refused(meeting, staff, now):
    with pytest.raises(Refused) as refused:
        actions.prepare_poll(
            meeting, kind=PollKind.ONE, question="Q", labels=("Other", "No"), has_other=True, by=staff, now=now
        )
    assert refused.value.code == "same_label"


def test_a_poll_offers_other_once():
    poll = PollFactory()
    OptionFactory(poll=poll, is_other=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        OptionFactory(poll=poll, is_other=True)


def test_counted_answers_cost_the_same_for_one_and_many(opened, vote, django_assert_num_queries):
    for number in range(5):
        vote(opened, f"device-{number}", 0)

    with django_assert_num_queries(9):  # of which two begin and end the transaction here, and one is this test's
        vote(opened, "another", 0, 1, form_key="a form")
