"""The lists that people use: mine, a month as a table, by duty; and the workgroups with those who lead them."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from cop_portal.errors import Refused
from meetings import actions, month
from meetings.models import Duty
from members.enums import StaffGroup
from notices.models import Delivery
from privacy.models import SensitiveView
from tests.factories import (
    NOW,
    AgendaItemFactory,
    MeetingFactory,
    MemberFactory,
    MembershipPeriodFactory,
    RsvpFactory,
    WorkgroupFactory,
)
from tests.meetings.test_admin import with_rights

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


def listed(client, address):
    return list(client.get(address).context["page_obj"])


def test_mine_has_what_i_answered_or_run_and_says_what_i_said(client, sign_in):
    member = MemberFactory(is_facilitator=True)
    later, soon = RsvpFactory(member=member, answer="no").meeting, MeetingFactory(starts_at=NOW + timedelta(days=1))
    soon.facilitators.add(member)
    past = RsvpFactory(member=member, meeting__starts_at=NOW - timedelta(days=1)).meeting
    RsvpFactory()
    visitor = sign_in(member)

    assert listed(visitor, "/meetings/mine/") == [soon, later]
    assert listed(visitor, "/meetings/mine/?when=past") == [past]
    assert listed(visitor, f"/meetings/mine/?q={soon.title.split()[1]}&kind=full") in ([soon], [soon, later])
    assert "Not coming" in visitor.get("/meetings/mine/").content.decode()
    assert client.get("/meetings/mine/").status_code == 302


@pytest.mark.parametrize("item_count", [1, 30])
@pytest.mark.parametrize(("address", "queries"), [("/meetings/mine/", 7), ("/meetings/month/", 3)])
def test_lists_cost_the_same(client, sign_in, django_assert_num_queries, address, queries, item_count):
    member = MemberFactory()
    for number in range(item_count):
        meeting = MeetingFactory(workgroup=WorkgroupFactory(), starts_at=NOW + timedelta(hours=number))
        RsvpFactory(member=member, meeting=meeting)
    visitor = sign_in(member) if "mine" in address else client
    visitor.get(address)

    with django_assert_num_queries(queries):
        visitor.get(address)


def test_lists_are_narrowed_by_the_duty_that_the_agenda_serves(client):
    duties = [Duty.objects.create(number=number, text=f"Duty {number}") for number in (81, 82)]
    meetings = [MeetingFactory(starts_at=NOW + timedelta(days=day)) for day in (1, 2, -1)]
    for meeting in meetings:
        for _ in range(2):
            AgendaItemFactory(meeting=meeting).duties.add(duties[meeting == meetings[1]])

    assert listed(client, "/meetings/?duty=81") == meetings[:1]
    assert listed(client, "/meetings/archive/?duty=81") == meetings[2:]
    assert listed(client, "/meetings/?duty=81x") == meetings[:2]
    assert listed(client, "/meetings/?duty=9999") == []


def test_month_is_a_table_with_each_meeting_on_its_day_in_its_zone(client):
    late = MeetingFactory(starts_at=datetime(2027, 2, 1, 3, tzinfo=UTC), title="Late on the 31st")
    far = MeetingFactory(starts_at=datetime(2027, 1, 1, 4, tzinfo=UTC), zone="Pacific/Honolulu", title="Still December")
    off = MeetingFactory(state="cancelled", starts_at=datetime(2027, 1, 12, 16, tzinfo=UTC))
    MeetingFactory(state="draft", starts_at=datetime(2027, 1, 13, 16, tzinfo=UTC))

    page = client.get("/meetings/month/2027-1/").content.decode()
    table = page[page.index("<table") : page.index("</table>")]

    assert "January 2027" in re.search("<caption>(.*?)</caption>", table)[1]
    assert table.count('<th scope="col">') == 7
    cells = {re.search(r'datetime="(.*?)"', cell)[1]: cell for cell in table.split("<td")[1:] if "<time" in cell}
    assert len(cells) == 31
    assert late.title in cells["2027-01-31"]
    assert "Cancelled" in cells["2027-01-12"]
    assert off.title in cells["2027-01-12"]
    assert {day for day, cell in cells.items() if "<ul" in cell} == {"2027-01-12", "2027-01-31"}
    assert far.title not in page
    assert [day for day, cell in cells.items() if 'aria-current="date"' in cell] == ["2027-01-20"]
    assert set(re.findall(r'href="#(day-\d+)"', table)) == set(re.findall(r'<h3 id="(day-\d+)"', page))
    months = page[page.index('aria-label="Months"') :]
    assert re.findall(r'href="(/meetings/month/.*?)"', months)[:3] == [
        "/meetings/month/2026-12/", "/meetings/month/", "/meetings/month/2027-2/",
    ]  # fmt: skip


def test_month_keeps_what_was_chosen_and_ends_somewhere(client):
    MeetingFactory(starts_at=NOW, title="A webinar", kind="webinar")
    MeetingFactory(starts_at=NOW, title="Another thing")

    page = client.get("/meetings/month/?kind=webinar").content.decode()

    assert ("A webinar" in page, "Another thing" in page) == (True, False)
    assert "/meetings/month/2027-2/?kind=webinar" in page
    assert "No such meeting" in client.get("/meetings/month/2027-3/?kind=webinar").content.decode()
    statuses = [
        client.get(f"/meetings/month/{there}/").status_code for there in ("2000-1", "2100-12", "2027-13", "1999-12")
    ]
    assert statuses == [200, 200, 404, 404]
    assert (month.neighbour(date(2000, 1, 1), -1), month.neighbour(date(2100, 12, 1), 1)) == (None, None)


# --- workgroups ------------------------------------------------------------------------------------------------------


def in_group(group, **fields):
    member = MembershipPeriodFactory(level="specialty").member
    group.members.add(member, through_defaults=fields)
    return member


def test_workgroups_page_says_who_leads_it_only_to_those_who_are_in_it(client, sign_in):
    group = WorkgroupFactory(purpose="Housing for all")
    lead, member = in_group(group, is_lead=True), in_group(group)
    meeting = MeetingFactory(workgroup=group)

    for visitor, sees in ((client, False), (sign_in(MemberFactory()), False), (sign_in(member), True)):
        text = visitor.get(group.get_absolute_url()).content.decode()
        assert ("Housing for all" in text, meeting.title in text, lead.name in text) == (True, True, sees)
    assert group.name in client.get("/meetings/workgroups/").content.decode()


def test_lead_sees_the_names_of_those_who_let_them_and_the_look_is_written_down(sign_in):
    group, other = WorkgroupFactory(), WorkgroupFactory()
    lead, shown, hidden = in_group(group, is_lead=True), in_group(group, shows_name=True), in_group(group)
    elsewhere = in_group(other, is_lead=True)
    address = reverse("meetings:workgroup_people", args=[group.slug])

    text = sign_in(lead).get(address).content.decode()
    assert (shown.name in text, hidden.name in text, shown.email in text) == (True, False, False)
    assert SensitiveView.objects.get().viewer == lead
    assert SensitiveView.objects.about([shown.pk]).exists()
    assert not SensitiveView.objects.about([hidden.pk]).exists()
    for member in (shown, elsewhere):
        assert sign_in(member).get(address).status_code == 404


def test_member_joins_with_or_without_their_name_and_changes_it(sign_in):
    group, member = WorkgroupFactory(), MembershipPeriodFactory(level="full").member
    visitor, name = sign_in(member), reverse("meetings:workgroup_name", args=[group.slug])

    visitor.post(reverse("meetings:workgroup_join", args=[group.slug]), {"shows_name": "1"})
    assert group.memberships().get().shows_name
    visitor.post(name, {"shows_name": "0"})
    assert not group.memberships().get().shows_name
    visitor.post(reverse("meetings:workgroup_leave", args=[group.slug]))
    visitor.post(name, {"shows_name": "1"})
    assert not group.memberships().exists()


def test_staff_set_leads_who_are_told(sign_in):
    group = WorkgroupFactory()
    first, second = in_group(group, is_lead=True), in_group(group)
    room = sign_in(with_rights(StaffGroup.MEETINGS))
    address = reverse("admin:meetings_workgroup_people", args=[group.pk])

    assert second.name in room.get(address).content.decode()
    for _ in range(2):
        assert room.post(address, {"lead": [str(second.pk), "99999"]}).status_code == 302

    assert [row.member for row in group.memberships().filter(is_lead=True)] == [second]
    assert [letter.address for letter in Delivery.objects.all()] == [second.email]
    assert not group.memberships().get(member=first).is_lead


def test_nobody_leads_a_group_they_are_not_in():
    group = WorkgroupFactory()

    with pytest.raises(Refused) as refusal:
        actions.set_leads(group, leads=[MemberFactory()], now=NOW)

    assert refusal.value.code == "not_in_group"
