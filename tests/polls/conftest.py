import pytest

from members.models import ParticipantCategory
from polls import actions
from tests.factories import MeetingFactory, MemberFactory, ParticipantCategoryFactory, StaffFactory


@pytest.fixture(autouse=True)
def _nothing_is_prepared(monkeypatch):
    """Every look at the room asks the database, so that a test need not wait for a second (test_watchers.py does)."""
    monkeypatch.setattr("polls.middleware.FRESH", 0)
    monkeypatch.setattr("polls.middleware.LONGEST", 0)


@pytest.fixture
def staff():
    return StaffFactory()


@pytest.fixture
def meeting():
    """Published, with four categories in force on its date, the first two sensitive, and one that has ended."""
    ParticipantCategory.objects.all().delete()
    meeting = MeetingFactory()
    labels = ("Used services", "Family", "Provider", "County")
    for order, label in enumerate(labels):
        ParticipantCategoryFactory(label=label, order=order, is_sensitive=order < 2, seat=f"Seat {order}")
    ParticipantCategoryFactory(label="Former", order=9, ends_on=meeting.held_on)
    return meeting


@pytest.fixture
def draft(meeting, staff, now):
    return actions.prepare_category_poll(meeting, by=staff, now=now)


@pytest.fixture
def opened(draft, staff, now):
    return actions.open_poll(draft, by=staff, now=now)


@pytest.fixture
def vote(now):
    """``vote(poll, voter, 0, 2)`` answers with the options at these places."""

    def cast(poll, voter, *places, **more):
        options = list(poll.options.all())
        return actions.cast_ballot(poll, voter=voter, options=[options[i] for i in places], now=now, **more)

    return cast


@pytest.fixture
def publish(staff, now, vote):
    """``publish(poll, (2, 3, 9, 4))``: so many fresh members choose each option, one each; closed and published."""

    def run(poll, counts):
        for place, count in enumerate(counts):
            for _ in range(count):
                vote(poll, MemberFactory(), place)
        return actions.publish_poll(actions.close_poll(poll, by=staff, now=now), by=staff, now=now)

    return run
