import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cop_portal.errors import Refused
from meetings.models import Meeting
from members.enums import StaffGroup
from members.rights import RIGHTS
from notices.actions import release
from notices.models import Notice
from polls import actions
from polls.models import Ballot, Choice, Poll
from privacy.models import SensitiveView
from tests.factories import AttendanceFactory, MeetingFactory, MemberFactory, OutreachPartnerFactory, StaffFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/polls/poll/"


@pytest.fixture
def enter(sign_in):
    """``enter(group)`` is a client of one of the staff with the polls rights of that group."""

    def signed_in(group):
        person = StaffFactory(name=f"One of {group}")
        names = [name.partition(".")[2] for name in RIGHTS[group] if name.startswith("polls.")]
        person.user_permissions.set(Permission.objects.filter(content_type__app_label="polls", codename__in=names))
        return sign_in(person)

    return signed_in


@pytest.fixture
def desk(enter):
    return enter(StaffGroup.MEETINGS)


def act(client, action, *polls, **more):
    return client.post(LIST, {"action": action, "_selected_action": [poll.pk for poll in polls], **more}, follow=True)


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_ballots_and_choices_are_not_in_the_staffs_room():
    assert not admin.site.is_registered(Ballot)
    assert not admin.site.is_registered(Choice)


def test_staff_run_a_poll_by_actions_that_ask_first(draft, desk, vote):
    for action, state in (("open_polls", "open"), ("close_polls", "closed"), ("publish_polls", "published")):
        asked = act(desk, action, draft)
        assert "Yes, do it" in text(asked)
        assert Poll.objects.get().state != state
        act(desk, action, draft, confirmed="yes")
        assert Poll.objects.get().state == state


def test_refusal_is_told(draft, desk):
    assert "cannot become" in text(act(desk, "publish_polls", draft, confirmed="yes"))


def test_reset_asks_for_a_reason(opened, desk, vote):
    vote(opened, "device", 0)

    assert 'name="reason"' in text(act(desk, "reset_polls", opened))
    without = act(desk, "reset_polls", opened, confirmed="yes", reason="")
    assert (without.status_code, Ballot.objects.count()) == (422, 1)

    act(desk, "reset_polls", opened, confirmed="yes", reason="A trial run")
    assert (Poll.objects.get().state, Ballot.objects.count()) == ("draft", 0)
    assert Poll.objects.get().events.last().reason == "A trial run"


def test_staff_prepare_polls(meeting, desk):
    assert meeting.title in text(desk.get(f"{LIST}add/"))

    made = desk.post(f"{LIST}add/", {"meeting": meeting.pk, "kind": "categories"})
    refused = desk.post(f"{LIST}add/", {"meeting": meeting.pk, "kind": "one", "question": "Q", "labels": "only"})

    poll = Poll.objects.get()
    assert made["Location"] == f"{LIST}{poll.pk}/change/"
    assert (refused.status_code, poll.options.count()) == (422, 4)


def test_page_of_a_poll_shows_its_number_and_no_result(opened, desk, vote):
    for place in (0, 0, 2):
        vote(opened, MemberFactory(), place)

    content = text(desk.get(f"{LIST}{opened.pk}/change/"))

    assert re.search(r"Answers:.{0,120}?3<", content, re.IGNORECASE)
    assert f"/meetings/{opened.meeting.slug}/screen/" in content
    assert "Used services" in content
    assert not Ballot.objects.filter(voter_key__in=re.findall(r"[0-9a-f]{64}", content)).exists()


def test_poll_is_not_deleted(draft, desk):
    assert desk.post(f"{LIST}{draft.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Poll.objects.exists()


def test_auditor_reads_and_changes_nothing(draft, enter):
    auditor = enter(StaffGroup.AUDITOR)

    assert auditor.get(f"{LIST}{draft.pk}/change/").status_code == 200
    assert auditor.get(f"{LIST}add/").status_code == 403
    act(auditor, "open_polls", draft, confirmed="yes")
    assert Poll.objects.get().state == "draft"


def test_full_table_is_shown_and_the_look_is_kept(opened, publish, enter):
    publish(opened, (2, 3, 9, 0))
    auditor = enter(StaffGroup.AUDITOR)

    response = auditor.get(f"{LIST}{opened.pk}/full/")

    assert [row.count for row in response.context["table"].rows] == [2, 3, 9, 0]
    look = SensitiveView.objects.get(what__contains="representation")
    assert (look.viewer.name, look.count) == ("One of Auditor", 14)


def test_full_table_needs_its_right_and_a_published_poll(opened, publish, desk, sign_in, staff):
    assert desk.get(f"{LIST}{opened.pk}/full/").status_code == 404
    publish(opened, (2, 3, 9, 0))
    staff.user_permissions.set(Permission.objects.filter(codename="view_poll"))

    assert sign_in(staff).get(f"{LIST}{opened.pk}/full/").status_code == 403
    assert not SensitiveView.objects.filter(what__contains="representation").exists()


def cells(response):
    return [line[2] for line in response.context["rows"]]


def test_coverage_is_suppressed_without_the_right(opened, publish, desk, sign_in, staff):
    publish(opened, (2, 3, 9, 0))
    staff.user_permissions.set(Permission.objects.filter(codename="view_poll"))

    public, full = sign_in(staff).get(f"{LIST}coverage/"), desk.get(f"{LIST}coverage/")

    assert cells(public) == [["not shown"], ["not shown"], ["9"], ["0"]]
    assert cells(full) == [["2"], ["3"], ["9"], ["0"]]
    assert [look.viewer.name for look in SensitiveView.objects.filter(what__contains="coverage")] == ["One of Meetings"]


def test_coverage_tells_what_was_not_asked_published_or_shown(meeting, opened, publish, staff, now, sign_in):
    publish(opened, (1, 0, 2, 0))
    rows = [("Used services", 3), ("Elsewhere", 97)]
    actions.import_published(
        MeetingFactory(), rows=rows, participants=2, facilitators=0, submissions=2, remark="Old.", by=staff, now=now
    )
    staff.user_permissions.set(Permission.objects.filter(codename="view_poll"))

    lines = cells(sign_in(staff).get(f"{LIST}coverage/"))

    assert sorted(lines[0]) == ["3%", "not shown"]
    assert sorted(lines[1]) == ["not asked", "not shown"]


def test_coverage_is_for_staff_who_see_polls(sign_in):
    assert sign_in(StaffFactory()).get(f"{LIST}coverage/").status_code == 403


@pytest.mark.parametrize("path", [LIST, f"{LIST}coverage/"])
def test_lists_cost_the_same_for_one_and_for_twelve(path, meeting, desk, staff, now, publish):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(path).status_code == 200
        return len(queries)

    def add():
        poll = actions.prepare_category_poll(MeetingFactory(), by=staff, now=now)
        publish(actions.open_poll(poll, by=staff, now=now), (0, 0, 1, 0))

    add()
    one = cost()
    for _ in range(11):
        add()

    assert cost() == one


# --- Exports: nobody has results before they are published ------------------------------------------------------------

EXPORTS = [
    f"{start}{kind}"
    for start in ("/meetings/{slug}/representation.", f"{LIST}{{pk}}/full.")
    for kind in ("csv", "xlsx", "pdf")
] + ["/meetings/{slug}/representation/", "/meetings/{slug}/representation.csv?version=1", f"{LIST}{{pk}}/full/"]
PEOPLE = ["visitor", "member", "facilitator", *StaffGroup.values, "superuser"]


@pytest.mark.parametrize("who", PEOPLE)
def test_no_export_of_unpublished_results_for_anybody(who, opened, vote, staff, now, enter, sign_in):
    """Not while people answer, and not between the close and the publication."""
    if who == "facilitator":
        person = MemberFactory(is_facilitator=True)
        opened.meeting.facilitators.add(person)
    else:
        person = StaffFactory(is_superuser=True) if who == "superuser" else MemberFactory()
    client = Client() if who == "visitor" else enter(who) if who in StaffGroup.values else sign_in(person)
    for number in range(9):
        vote(opened, f"device-{number}", 2)
    for step in (None, actions.close_poll):
        if step:
            step(opened, by=staff, now=now)
        for address in EXPORTS:
            response = client.get(address.format(slug=opened.meeting.slug, pk=opened.pk))
            assert response.status_code in {302, 403, 404}, address


def test_the_same_exports_are_there_once_published(opened, publish, enter):
    publish(opened, (2, 3, 17, 0))
    desk = enter(StaffGroup.AUDITOR)

    for address in EXPORTS:
        assert desk.get(address.format(slug=opened.meeting.slug, pk=opened.pk)).status_code == 200


# --- Tables: files in full, versions, seats, time ---------------------------------------------------------------------


def test_full_file_needs_right_and_proof_and_is_logged(opened, publish, enter, sign_in, staff):
    publish(opened, (2, 3, 9, 0))
    address = f"{LIST}{opened.pk}/full.csv"
    auditor = enter(StaffGroup.AUDITOR)
    staff.user_permissions.set(Permission.objects.filter(codename="change_poll"))

    got = auditor.get(address)
    assert '"Used services","2","14","14"' in got.content.decode()
    assert [look.what for look in SensitiveView.objects.all()] == ["a representation table in full, as a file"]
    assert sign_in(staff).get(address).status_code == 403
    assert auditor.get(f"{LIST}{opened.pk}/full.doc").status_code == 404

    session = auditor.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 1, "type": "totp"}]
    session.save()
    led = auditor.get(address)
    assert (led.status_code, "reauthenticate" in led["Location"]) == (302, True)
    assert SensitiveView.objects.count() == 1


@pytest.fixture
def outdated(opened, publish):
    """Published, and attendance came in since; the meeting is over."""
    poll = publish(opened, (2, 3, 9, 0))
    Meeting.objects.update(starts_at=timezone.now() - timedelta(hours=3), ends_at=timezone.now() - timedelta(hours=1))
    AttendanceFactory.create_batch(16, meeting=poll.meeting)
    return poll


def test_table_that_no_longer_matches_is_looked_at_and_published_anew(outdated, desk, client):
    waiting = text(desk.get(f"{LIST}out-of-date/"))
    page = desk.get(f"{LIST}{outdated.pk}/version/")
    assert "Participants: 16, before not recorded" in waiting
    assert [row.count for row in page.context["after"].rows] == [None, None, 9, 0]
    data = {"seen": page.context["seen"], "reason": "Attendance was confirmed"}

    assert desk.post(f"{LIST}{outdated.pk}/version/", data | {"reason": ""}).status_code == 422
    AttendanceFactory(meeting=outdated.meeting)
    stale = desk.post(f"{LIST}{outdated.pk}/version/", data)
    assert "Something changed since you looked at it" in text(stale)
    assert stale.status_code == 422
    done = desk.post(f"{LIST}{outdated.pk}/version/", data | {"seen": stale.context["seen"]}, follow=True)

    assert "Every published table matches" in text(done)
    assert "<dd>17</dd>" in client.get(f"/meetings/{outdated.meeting.slug}/representation/").content.decode()
    assert "nothing to publish" in text(desk.get(f"{LIST}{outdated.pk}/version/"))


def test_tables_of_a_meeting_that_runs_do_not_wait(opened, publish, desk):
    poll = publish(opened, (2, 3, 9, 0))
    Meeting.objects.update(starts_at=timezone.now() - timedelta(hours=3), ends_at=timezone.now() + timedelta(hours=1))
    AttendanceFactory(meeting=poll.meeting)

    assert desk.get(f"{LIST}out-of-date/").context["page_obj"] == []


def test_empty_seat_leads_to_a_draft_that_somebody_else_releases(opened, publish, desk):
    publish(opened, (2, 3, 9, 0))
    OutreachPartnerFactory(name="Counties together", kind="county")
    OutreachPartnerFactory(name="The paper", kind="press")
    page = desk.get(f"{LIST}coverage/")
    line, notice = page.context["vacancies"][0]
    assert (line.seat, line.last, line.missed, notice) == ("Seat 3", None, 1, None)
    assert "coverage/notice/?seat=Seat%203" in text(page)

    asked = desk.get(f"{LIST}coverage/notice/", {"seat": "Seat 3"})
    assert "Counties together" in text(asked)
    sent = desk.post(f"{LIST}coverage/notice/", {"seat": "Seat 3", "kind": "county"})
    again = desk.post(f"{LIST}coverage/notice/", {"seat": "Seat 3", "kind": "county"})

    draft = Notice.objects.get()
    assert (sent["Location"], again.status_code) == (f"{LIST}coverage/", 422)
    assert (draft.state, draft.drafted_by.name) == ("draft", "One of Meetings")
    assert "**Seat 3**" in draft.body
    assert "- Counties together" in draft.body
    assert "The paper" not in draft.body
    assert desk.get(f"{LIST}coverage/").context["vacancies"][0][1] == draft
    with pytest.raises(Refused, match="You wrote this notice"):
        release(draft, by=draft.drafted_by, now=timezone.now())


def test_seats_over_time_are_in_full_and_logged_for_those_who_may(opened, publish, desk, sign_in, staff):
    publish(opened, (2, 3, 9, 0))
    staff.user_permissions.set(Permission.objects.filter(codename="view_poll"))

    public, full = sign_in(staff).get(f"{LIST}over-time/"), desk.get(f"{LIST}over-time/")

    assert [line.cells[0].count for line in public.context["lines"]] == [None, None, 9, 0]
    assert [line.cells[0].count for line in full.context["lines"]] == [2, 3, 9, 0]
    assert [look.viewer.name for look in SensitiveView.objects.filter(what__contains="over time")] == [
        "One of Meetings"
    ]


def test_reset_of_a_published_table_is_told_what_follows(opened, publish, desk):
    assert "no breakdown" not in text(act(desk, "reset_polls", opened))
    publish(opened, (2, 3, 9, 0))

    assert "no breakdown" in text(act(desk, "reset_polls", opened))
