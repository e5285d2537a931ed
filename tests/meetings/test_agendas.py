"""Agendas: drafts until their day, items that are carried on, papers of items, and the word about one that is missing."""

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.urls import reverse

from cop_portal.errors import Refused
from meetings import actions
from meetings.models import ChangeLogEntry, Duty, Meeting
from members.enums import StaffGroup
from notices.models import Delivery
from tests.factories import (
    NOW,
    AgendaItemFactory,
    MaterialFactory,
    MeetingFactory,
    MemberFactory,
    SeriesFactory,
    StaffFactory,
)
from tests.meetings.test_admin import with_rights

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def staff():
    return StaffFactory(email=None)


@pytest.fixture
def pair(now):
    """Two public agendas of one series: the meeting of this week and the one of the next."""
    series = SeriesFactory()
    return [
        MeetingFactory(series=series, starts_at=now + timedelta(days=2 + 7 * number), agenda_public_on=now.date())
        for number in range(2)
    ]


def page_at(client, meeting, moment):
    with time_machine.travel(moment, tick=False):
        return client.get(meeting.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("public_on", "shown"),
    [(None, [False, False, True, True]), (date(2027, 2, 1), [False, True, True, True]), (date(2027, 2, 16), [False, False, False, True])],
    ids=["a week ahead", "earlier", "later"],
)  # fmt: skip
def test_agenda_is_a_draft_until_its_day(client, public_on, shown):
    item = AgendaItemFactory(meeting=MeetingFactory(agenda_public_on=public_on), title="Canary of the agenda")
    days = [date(2027, 1, 31), date(2027, 2, 9), date(2027, 2, 10), date(2027, 2, 16)]

    pages = [page_at(client, item.meeting, f"{day}T18:00Z") for day in days]

    assert [item.title in page for page in pages] == shown
    assert "The agenda stands here from" in pages[0]


def test_day_of_the_agenda_follows_a_meeting_that_is_moved():
    meeting = MeetingFactory()
    meeting.starts_at += timedelta(days=14)

    assert meeting.agenda_due_on == date(2027, 2, 24)


def test_those_who_prepare_the_meeting_see_the_draft(sign_in, client):
    meeting, facilitator = MeetingFactory(), MemberFactory(is_facilitator=True)
    meeting.facilitators.add(facilitator)
    AgendaItemFactory(meeting=meeting, title="Canary of the agenda")
    people = [facilitator, MemberFactory(is_facilitator=True), MemberFactory(), with_rights(StaffGroup.MEETINGS)]

    with time_machine.travel(NOW, tick=False):
        pages = [sign_in(person).get(meeting.get_absolute_url()).content.decode() for person in people]

    assert ["Canary of the agenda" in page for page in pages] == [True, False, False, True]
    assert "A draft until February 10, 2027" in pages[0]


def test_paper_of_an_item_stands_with_it_and_waits_with_it(client):
    item = AgendaItemFactory(meeting=MeetingFactory(), title="Gaps")
    paper = MaterialFactory(meeting=item.meeting, item=item, title="The gap list")
    whole = MaterialFactory(meeting=item.meeting, title="How to get there")
    address = reverse("meetings:material", args=[item.meeting.slug, paper.pk])

    draft, public = (page_at(client, item.meeting, NOW + days) for days in (timedelta(0), timedelta(days=21)))
    with time_machine.travel(NOW, tick=False):
        early = client.get(address).status_code
    with time_machine.travel(NOW + timedelta(days=21), tick=False):
        late = client.get(address).status_code

    assert [paper.title in draft, whole.title in draft] == [False, True]
    assert (
        public.index(item.title)
        < public.index(paper.title)
        < public.index("papers-heading")
        < public.index(whole.title)
    )
    assert (early, late) == (404, 302)


def test_draft_agenda_is_not_found_by_its_words():
    hidden, shown = MeetingFactory(starts_at=NOW + timedelta(days=300)), MeetingFactory(starts_at=NOW - WEEK)
    for meeting in (hidden, shown):
        AgendaItemFactory(meeting=meeting, title="Housing")

    with time_machine.travel(NOW):
        assert list(Meeting.objects.matching("housing")) == [shown]


def test_item_is_carried_on_and_the_original_says_where(pair, staff, now):
    here, there = pair
    duty = Duty.objects.create(number=91, text="Find gaps")
    first, _ = (AgendaItemFactory(meeting=here, order=n, title=f"Item {n}", minutes=30) for n in (1, 2))
    AgendaItemFactory(meeting=there, order=1, title="Welcome", minutes=10)
    first.duties.add(duty)

    [new] = actions.carry(here, [first], to=there, by=staff, now=now)

    first.refresh_from_db()
    assert first.carried_to == new
    assert (new.meeting, new.order, new.title, list(new.duties.all())) == (there, 2, "Item 1", [duty])
    assert [(item.title, item.time_text) for item in here.timed_agenda()] == [("Item 1", ""), ("Item 2", "10 a.m.")]
    assert {entry.meeting: entry.after for entry in ChangeLogEntry.objects.all()} == {
        here: "Item 1 (carried on to January 29, 2027); 10 a.m. Item 2",
        there: "10 a.m. Welcome; 10:10 a.m. Item 1",
    }


def test_item_that_time_ran_out_for_keeps_its_minutes(pair, staff):
    here, there = pair
    item = AgendaItemFactory(meeting=here, order=1, title="Item 1", minutes=30)

    actions.carry(here, [item], to=there, by=staff, now=here.ends_at)

    assert [row.time_text for row in here.timed_agenda()] == ["10 a.m."]


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        (lambda here, there, item: setattr(there, "starts_at", here.starts_at - WEEK), "not_later"),
        (lambda here, there, item: setattr(there, "state", "cancelled"), "cancelled"),
        (lambda here, there, item: setattr(item, "meeting", there), "nothing"),
        (lambda here, there, item: setattr(item, "carried_to", AgendaItemFactory(meeting=there, order=8)), "carried"),
    ],
    ids=["not_later", "cancelled", "nothing", "carried"],
)
def test_carrying_is_refused_and_leaves_both_agendas(pair, staff, now, break_it, code):
    here, there = pair
    there.cancel_reason = "Snow"
    item = AgendaItemFactory(meeting=here, order=1)
    break_it(here, there, item)
    there.ends_at = there.starts_at + timedelta(hours=2)
    there.save()
    item.save()
    before = there.agenda_items.count()

    with pytest.raises(Refused) as refusal:
        actions.carry(here, [item], to=there, by=staff, now=now)

    assert refusal.value.code == code
    assert there.agenda_items.count() == before


def test_page_says_where_an_item_comes_from_and_brings_its_papers(client, pair, staff, now):
    here, there = pair
    item = AgendaItemFactory(meeting=here, order=1, title="Item 1")
    MaterialFactory(meeting=here, item=item, title="The gap list")
    actions.carry(here, [item], to=there, by=staff, now=now)

    old, new = page_at(client, here, now), page_at(client, there, now)

    assert f'Carried on</span> To <a href="{there.get_absolute_url()}">' in old
    assert f'Goes on from <a href="{here.get_absolute_url()}">' in new
    assert "The gap list" in new


def test_staff_carry_items_to_the_next_meeting_of_the_series(sign_in, pair):
    here, there = pair
    item = AgendaItemFactory(meeting=here, order=1)
    address = reverse("admin:meetings_meeting_carry", args=[here.pk])
    with time_machine.travel(NOW, tick=False):
        room = sign_in(with_rights(StaffGroup.MEETINGS))
        assert room.get(address).context["form"].initial["to"] == there.pk
        assert room.post(address, {"to": there.pk}).status_code == 422
        room.post(address, {"items": [item.pk], "to": there.pk})

    assert there.agenda_items.get().carried_from == item


@pytest.fixture
def organizers(staff):
    """A facilitator and one of the meetings staff; another of the staff has nothing to do with it."""
    facilitator, organizer = MemberFactory(is_facilitator=True), StaffFactory()
    organizer.groups.add(Group.objects.get_or_create(name=StaffGroup.MEETINGS)[0])
    StaffFactory()
    return facilitator, organizer


def remind_daily(start, days):
    for hour in range(0, 24 * days, 6):
        actions.remind_missing_agendas(now=start + timedelta(hours=hour))


def test_missing_agenda_is_reminded_of_twice_to_those_who_prepare_the_meeting(organizers, now):
    meeting = MeetingFactory()
    meeting.facilitators.add(organizers[0])
    written = AgendaItemFactory(meeting=MeetingFactory())
    MeetingFactory(state="draft")

    remind_daily(now, 30)

    letters = Delivery.objects.order_by("pk")
    assert {row.member for row in letters} == set(organizers)
    assert [str(row.owed_at)[:10] for row in letters.filter(member=organizers[1])] == ["2027-02-07", "2027-02-10"]
    texts = {row.member: row.text for row in letters}
    assert meeting.get_absolute_url() in texts[organizers[0]]
    assert reverse("admin:meetings_meeting_change", args=[meeting.pk]) in texts[organizers[1]]
    assert not letters.filter(text__contains=written.meeting.title)


@pytest.mark.parametrize(("asleep", "words"), [(5, 1), (12, 0)], ids=["a few nights", "until it was over"])
def test_word_of_a_missing_agenda_comes_late_rather_than_never(organizers, now, asleep, words):
    meeting = MeetingFactory(starts_at=now + timedelta(days=10))

    actions.remind_missing_agendas(now=now + timedelta(days=asleep))

    assert Delivery.objects.filter(subject_line__contains=meeting.title).count() == words


def test_meeting_that_is_moved_is_reminded_of_anew(organizers, now):
    meeting = MeetingFactory(starts_at=now + timedelta(days=9))
    actions.remind_missing_agendas(now=now)
    meeting.starts_at += timedelta(days=7)
    meeting.ends_at += timedelta(days=7)
    meeting.save()

    actions.remind_missing_agendas(now=now + timedelta(days=7))

    assert Delivery.objects.count() == 2
