"""The meetings of a series, moved and called off one by one or together."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.urls import reverse

from cop_portal.errors import Refused
from meetings import actions
from meetings.enums import Cadence, MeetingState
from meetings.models import ChangeLogEntry, Meeting
from meetings.rearranging import Wish, fingerprint, lines_to_move
from meetings.rules import was_moved_by_hand
from members.enums import StaffGroup
from tests.factories import NOW, PollFactory, RsvpFactory, SeriesFactory, StaffFactory
from tests.meetings.test_admin import with_rights

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return StaffFactory(email=None)


@pytest.fixture
def series(staff, now):
    """Six meetings from February on, monthly on the third Wednesday, all published but the last two."""
    series = SeriesFactory(cadence=Cadence.MONTHLY, first_on=date(2027, 2, 17), meetings_planned=6)
    for meeting in actions.plan_series(series)[:4]:
        actions.publish(meeting, by=staff, now=now)
    return series


def wish(meeting, **changes):
    now_so = {
        "day": meeting.held_on,
        "starts": meeting.local_start.time(),
        "minutes": meeting.minutes,
        "place": meeting.place,
        "join_url": meeting.join_url,
    }
    return Wish(**{**now_so, **changes})


def move(meeting, staff, now, *, scope="later", with_moved=False, reason="", seen="", **changes):
    return actions.move_meetings(
        meeting, wish(meeting, **changes), scope=scope, by=staff, now=now, reason=reason, with_moved=with_moved, seen=seen
    )  # fmt: skip


def days(series):
    rows = series.meetings.exclude(state=MeetingState.CANCELLED).order_by("number")
    return [f"{row.local_start:%b %-d %a %H:%M}" for row in rows]


WEDNESDAYS = ["Feb 17 Wed 10:00", "Mar 17 Wed 10:00", "Apr 21 Wed 10:00", "May 19 Wed 10:00", "Jun 16 Wed 10:00", "Jul 21 Wed 10:00"]  # fmt: skip


def test_this_and_later_go_to_the_same_weekday_of_their_months(series, staff, now):
    third = series.meetings.get(number=3)
    uids = set(series.meetings.values_list("uid", flat=True))

    moved = move(third, staff, now, day=date(2027, 4, 8), starts=time(13, 0))

    assert len(moved) == 4
    assert days(series) == [
        *WEDNESDAYS[:2], "Apr 8 Thu 13:00", "May 13 Thu 13:00", "Jun 10 Thu 13:00", "Jul 8 Thu 13:00",
    ]  # fmt: skip
    assert set(series.meetings.values_list("uid", flat=True)) == uids
    assert not any(was_moved_by_hand(meeting) for meeting in series.meetings.all())
    assert {row.minutes for row in series.meetings.all()} == {120}


def test_the_rule_follows_so_that_later_planning_goes_on_from_there(series, staff, now):
    move(series.meetings.get(number=3), staff, now, day=date(2027, 4, 8), starts=time(13, 0), place="Room 9")
    series.refresh_from_db()
    series.meetings_planned = 7
    series.save()

    [new] = actions.plan_series(series)

    assert (f"{new.local_start:%b %-d %a %H:%M}", new.place) == ("Aug 12 Thu 13:00", "Room 9")


def test_new_time_of_day_for_all_keeps_the_days_also_where_a_fifth_weekday_fell_back(staff, now):
    series = SeriesFactory(cadence=Cadence.MONTHLY, first_on=date(2027, 3, 31), meetings_planned=4)
    actions.plan_series(series)

    move(series.meetings.get(number=2), staff, now, scope="all", starts=time(9, 0))

    assert days(series) == ["Mar 31 Wed 09:00", "Apr 28 Wed 09:00", "May 26 Wed 09:00", "Jun 30 Wed 09:00"]


def test_one_alone_is_moved_by_hand_and_is_not_moved_back_unasked(series, staff, now):
    fourth = series.meetings.get(number=4)
    move(fourth, staff, now, scope="one", day=date(2027, 5, 25))
    fourth.refresh_from_db()
    assert was_moved_by_hand(fourth)
    assert days(series) == [*WEDNESDAYS[:3], "May 25 Tue 10:00", *WEDNESDAYS[4:]]

    third = series.meetings.get(number=3)
    move(third, staff, now, starts=time(11, 0), place="Room 9")
    fourth.refresh_from_db()
    assert (fourth.local_start.hour, fourth.place) == (10, "Room 9")

    third.refresh_from_db()
    move(third, staff, now, starts=time(12, 0), with_moved=True)
    assert days(series)[2:5] == ["Apr 21 Wed 12:00", "May 19 Wed 12:00", "Jun 16 Wed 12:00"]
    fourth.refresh_from_db()
    assert not was_moved_by_hand(fourth)


def test_all_by_a_month_do_not_stumble_over_one_another(series, staff, now):
    for months, expected in ((1, "Mar 17 Wed"), (-1, "Feb 17 Wed")):
        first = series.meetings.get(number=1)
        day = date(2027, first.held_on.month + months, 17)

        move(first, staff, now, scope="all", day=day)

        assert days(series)[0].startswith(expected)
        assert len(set(days(series))) == 6


def test_what_is_over_or_cancelled_stays(series, staff, now):
    actions.cancel(series.meetings.get(number=3), by=staff, now=now, reason="Snow")
    later = datetime(2027, 3, 1, tzinfo=UTC)

    moved = move(series.meetings.get(number=2), staff, later, scope="all", starts=time(11, 0))

    assert [row.number for row in sorted(moved, key=lambda row: row.number)] == [2, 4, 5, 6]
    assert series.meetings.get(number=1).local_start.hour == 10


def test_cancelled_one_leaves_its_time_to_another(series, staff, now):
    actions.cancel(series.meetings.get(number=2), by=staff, now=now, reason="Snow")

    move(series.meetings.get(number=1), staff, now, scope="one", day=date(2027, 3, 17))

    assert days(series)[0] == "Mar 17 Wed 10:00"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "nothing"),
        ({"scope": "one", "day": date(2027, 3, 17)}, "same_time"),
        ({"scope": "all", "day": date(2027, 2, 14), "starts": time(2, 30)}, "no_such_time"),
        ({"scope": "all", "place": "Room 9", "seen": "another look"}, "looked_otherwise"),
        ({"scope": "all", "place": "Room 9", "at": datetime(2027, 2, 16, 16, tzinfo=UTC)}, "needs_reason"),
    ],
    ids=["nothing new", "taken", "skipped in one month", "seen otherwise", "short notice of one"],
)
def test_move_is_refused_and_leaves_all_of_them(series, staff, now, changes, code):
    now = changes.pop("at", now)

    with pytest.raises(Refused) as refusal:
        move(series.meetings.get(number=1), staff, now, **changes)

    assert refusal.value.code == code
    assert days(series) == WEDNESDAYS
    assert not ChangeLogEntry.objects.exists()
    assert not series.meetings.filter(place="Room 9").exists()


def test_what_was_looked_at_is_done(series, staff, now):
    first = series.meetings.get(number=1)
    seen = fingerprint(lines_to_move(first, wish(first, place="Room 9"), scope="all", with_moved=False, now=now))

    assert len(move(first, staff, now, scope="all", place="Room 9", seen=seen)) == 6


def test_answers_stay_with_each_meeting(series, staff, now):
    answer = RsvpFactory(meeting=series.meetings.get(number=2))

    move(series.meetings.get(number=1), staff, now, scope="all", day=date(2027, 2, 18))

    answer.refresh_from_db()
    assert (answer.answer, answer.meeting.held_on) == ("online", date(2027, 3, 18))


def test_cancelling_this_and_later_ends_the_series_there(series, staff, now):
    cancelled = actions.cancel_meetings(
        series.meetings.get(number=3), scope="later", by=staff, now=now, reason="The contract ends"
    )

    assert len(cancelled) == 4
    assert [(row.number, row.state, row.cancel_reason) for row in series.meetings.order_by("number")] == [
        (1, "published", ""), (2, "published", ""),
        (3, "cancelled", "The contract ends"), (4, "cancelled", "The contract ends"),
    ]  # fmt: skip
    series.refresh_from_db()
    assert actions.plan_series(series) == []
    assert set(Meeting.objects.public()) == set(series.meetings.all())


def test_cancelling_is_refused_where_something_hangs_on_a_draft(series, staff, now):
    PollFactory(meeting=series.meetings.get(number=6))

    with pytest.raises(Refused) as refusal:
        actions.cancel_meetings(series.meetings.get(number=3), scope="later", by=staff, now=now, reason="x")

    assert refusal.value.code == "in_use"
    assert days(series) == WEDNESDAYS


def test_sixty_meetings_are_planned_and_moved(staff, now):
    series = SeriesFactory(cadence=Cadence.MONTHLY, first_on=date(2027, 2, 17), meetings_planned=60)
    planned = actions.plan_series(series)

    moved = move(planned[0], staff, now, scope="all", day=date(2027, 2, 18))

    assert len(moved) == 60
    assert {row.strftime("%a %H:%M") for row in (meeting.local_start for meeting in moved)} == {"Thu 10:00"}


@pytest.fixture
def room(sign_in):
    with time_machine.travel(NOW, tick=False):
        yield sign_in(with_rights(StaffGroup.MEETINGS))


def test_staff_look_before_they_move(room, series):
    third = series.meetings.get(number=3)
    RsvpFactory(meeting=third)
    address = reverse("admin:meetings_meeting_move", args=[third.pk])
    data = {
        "scope": "later", "day": "2027-04-22", "starts": "10:00", "minutes": "120", "place": third.place, "join_url": "",
        "reason": "",
    }  # fmt: skip

    page = room.post(address, {**data, "look": "1"})
    assert [line.concerned for line in page.context["touched"]] == [1, 0, 0, 0]
    assert "Thursday, April 22, 2027" in page.content.decode()
    assert days(series) == WEDNESDAYS
    again = room.post(address, {**data, "day": "2027-04-23", "do": "1", "seen": page.context["seen"]})
    assert "This is not what you looked at" in again.content.decode()
    assert days(series) == WEDNESDAYS
    done = room.post(address, {**data, "do": "1", "seen": page.context["seen"]})

    assert done.url == reverse("admin:meetings_series_meetings", args=[series.pk])
    assert days(series)[2:] == ["Apr 22 Thu 10:00", "May 27 Thu 10:00", "Jun 24 Thu 10:00", "Jul 22 Thu 10:00"]


def test_page_of_a_series_says_where_each_meeting_stands(room, series, staff, now):
    actions.cancel(series.meetings.get(number=2), by=staff, now=now, reason="Heavy snow")
    move(series.meetings.get(number=3), staff, now, scope="one", day=date(2027, 4, 22))

    page = room.get(reverse("admin:meetings_series_meetings", args=[series.pk])).content.decode()

    assert "Cancelled: Heavy snow" in page
    assert page.count("Moved by hand") == 1
    assert page.count("checked") == 2


def messages_of(page):
    return [str(message) for message in page.context["messages"]]


def test_button_with_nothing_ticked_says_so_where_it_was_pressed(room, series):
    address = reverse("admin:meetings_series_meetings", args=[series.pk])

    page = room.post(address, {"index": "0", "action": "invite_selected"}, follow=True)

    assert page.redirect_chain == [(address, 302)]
    assert "must be selected" in messages_of(page)[0]


def test_next_step_is_ticked_drafts_first_and_then_what_nobody_was_told_of(room, series, staff, now):
    address = reverse("admin:meetings_series_meetings", args=[series.pk])

    def ticked():
        return [row.number for row in room.get(address).context["rows"] if row.is_next]

    assert ticked() == [5, 6]
    for meeting in series.meetings.filter(state="draft"):
        actions.publish(meeting, by=staff, now=now)
    assert ticked() == [1, 2, 3, 4, 5, 6]
    actions.draft_invitation(series.meetings.filter(number__lte=4), by=staff, now=now)
    assert ticked() == [5, 6]


def test_notice_is_prepared_from_the_page_of_the_series_and_not_of_drafts(room, series):
    address = reverse("admin:meetings_series_meetings", args=[series.pk])
    data = {"action": "invite_selected", "_selected_action": list(series.meetings.values_list("pk", flat=True))}

    refused = room.post(address, data, follow=True)
    assert refused.redirect_chain == [(address, 302)]
    assert "publish it first" in messages_of(refused)[0]
    data["_selected_action"] = data["_selected_action"][:2]
    asked = room.post(address, data, follow=True).content.decode()
    assert asked.count("Wednesday, March 17, 2027") == 1
    assert f'href="{address}" class="button cancel-link"' in asked
    told = room.post(address, {**data, "confirmed": "Yes, do it"}, follow=True)

    assert told.redirect_chain == [(address, 302)]
    notices = actions.invitations_to(series.meetings.get(number=2))
    assert [notice.title for notice in notices] == [
        "2 meetings from Wednesday, February 17, 2027 on: say if you are coming"
    ]


def test_reason_for_short_notice_is_asked_only_where_it_is_short(room, series):
    drafts = series.meetings.filter(state="draft")
    address = reverse("admin:meetings_series_meetings", args=[series.pk])
    data = {"action": "publish_selected", "_selected_action": list(drafts.values_list("pk", flat=True))}

    assert "short notice" not in room.post(address, data).content.decode()
    tomorrow = {"starts_at": NOW + timedelta(days=1), "ends_at": NOW + timedelta(days=1, hours=2)}
    Meeting.objects.filter(pk=drafts[0].pk).update(**tomorrow)
    assert "short notice" in room.post(address, data).content.decode()


def test_series_is_set_up_from_the_first_form_to_the_public_page(room, client):
    data = {
        "title": "Advocacy call", "slug": "advocacy-call", "kind": "full", "cadence": "monthly", "first_on": "2027-03-17",
        "starts_at": "10:00", "minutes": "90", "zone": "America/Chicago", "meetings_planned": "3",
        "join_url": "https://join.example.org/advocacy",
    }  # fmt: skip

    plan = room.post(reverse("admin:meetings_series_add"), data).url
    meetings = room.post(plan).url
    drafts = list(Meeting.objects.values_list("pk", flat=True))
    chosen = {"action": "publish_selected", "_selected_action": drafts}
    assert room.post(meetings, chosen).status_code == 200
    published = room.post(meetings, {**chosen, "confirm": "1"}, follow=True)
    assert published.redirect_chain == [(meetings, 302)]
    assert messages_of(published) == ["3 meetings are published. To tell people of them, prepare a notice."]

    assert client.get("/meetings/").content.decode().count("Advocacy call") == 3
