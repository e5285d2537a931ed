"""Whether a seat that needs a statement was taken: asked of attendance and statements, never of ballots."""

from datetime import timedelta

import pytest

from polls.coverage import coverage
from polls.models import Ballot
from polls.representation import representations
from tests.factories import (
    AttendanceFactory,
    BallotFactory,
    ChoiceFactory,
    MeetingFactory,
    MemberFactory,
    OptionFactory,
    ParticipantCategoryFactory,
    PollFactory,
    SeatAttestationFactory,
    past,
)

pytestmark = pytest.mark.django_db
CONFIRMED, NOT_FILLED = "1; statement confirmed", "1; not counted as filled: no statement"


@pytest.fixture
def researcher():
    return ParticipantCategoryFactory(label="Researcher", seat="Researcher", attestation="I have no such tie.")


def seat(researcher, now):
    """What the coverage says of a meeting of yesterday in which one ballot chose the category."""
    began = now - timedelta(days=1)
    poll = PollFactory(
        kind="categories", is_taking=True,
        meeting=MeetingFactory(starts_at=began, ends_at=began + timedelta(hours=2)),
    )  # fmt: skip
    option = OptionFactory(poll=poll, label=researcher.label, category=researcher)
    ChoiceFactory(ballot=BallotFactory(poll=poll), option=option)
    past(poll, "published", published_at=now)

    def said():
        [(_, _, [cell])] = coverage([poll], representations([poll], full=True, threshold=5))
        return cell

    return poll.meeting, said


@pytest.mark.parametrize(
    ("confirmed", "withdrawn", "comes", "cell"),
    [
        pytest.param(None, None, True, NOT_FILLED, id="nobody confirmed it"),
        pytest.param(-9, None, True, CONFIRMED, id="confirmed before and came"),
        pytest.param(-1, None, True, CONFIRMED, id="confirmed on the day"),
        pytest.param(0, None, True, NOT_FILLED, id="confirmed the day after"),
        pytest.param(-9, None, False, NOT_FILLED, id="confirmed and stayed away"),
        pytest.param(-9, -1, True, NOT_FILLED, id="withdrawn on the day"),
        pytest.param(-9, 0, True, CONFIRMED, id="withdrawn the day after"),
    ],
)
def test_a_seat_is_filled_by_a_statement_of_that_date_and_presence(now, researcher, confirmed, withdrawn, comes, cell):
    meeting, said = seat(researcher, now)
    member = MemberFactory()
    if comes:
        AttendanceFactory(meeting=meeting, member=member)
    if confirmed is not None:
        SeatAttestationFactory(
            member=member, category=researcher, attested_at=now + timedelta(confirmed),
            withdrawn_at=None if withdrawn is None else now + timedelta(withdrawn),
        )  # fmt: skip
    ballots = list(Ballot.objects.values())

    assert said() == cell
    assert list(Ballot.objects.values()) == ballots


@pytest.mark.parametrize("role", ["facilitator", "contractor"])
def test_facilitators_fill_no_seat(now, researcher, role):
    meeting, said = seat(researcher, now)
    member = MemberFactory(is_facilitator=role == "contractor")
    AttendanceFactory(meeting=meeting, member=member, role="facilitator" if role == "facilitator" else "participant")
    SeatAttestationFactory(member=member, category=researcher, attested_at=now - timedelta(9))

    assert said() == NOT_FILLED
