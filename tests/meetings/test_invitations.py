"""Staff of meetings write that meetings take answers; somebody else releases it."""

import icalendar
import pytest
import time_machine
from django.urls import reverse

from cop_portal.errors import Refused
from meetings import actions
from members.enums import StaffGroup
from notices.enums import Subject
from notices.markup import to_html, to_text
from notices.models import Delivery, Notice
from tests.factories import NOW, MeetingFactory, StaffFactory, WorkgroupFactory
from tests.meetings.test_admin import with_rights

pytestmark = pytest.mark.django_db


def test_draft_says_when_and_where_and_never_how_to_join(now):
    meeting = MeetingFactory(
        title="Gaps [in *care*] {name}", purpose="We **look** at gaps.", always_provided="Captions"
    )

    notice = actions.draft_invitation([meeting], by=StaffFactory(), now=now)

    assert (notice.state, notice.subject, notice.page) == ("draft", Subject.MEETINGS, meeting.get_absolute_url())
    assert notice.meeting == meeting.pk
    html = to_html(notice.body)
    for words in (
        meeting.date_text, meeting.time_text, "Room 2370, St. Paul, and online", "<strong>look</strong>", "Captions",
        f'href="http://127.0.0.1:8000{meeting.get_absolute_url()}"', "Gaps [in *care*] {name}",
    ):  # fmt: skip
        assert words in html
    assert "secret-room" not in notice.body
    assert not Delivery.objects.exists()
    assert "\n\n\n" not in to_text(notice.body)


def test_one_notice_tells_of_several_and_a_workgroups_goes_to_its_followers(now):
    group = WorkgroupFactory()
    meetings = [MeetingFactory(workgroup=group), MeetingFactory(workgroup=group)]

    notice = actions.draft_invitation(meetings, by=StaffFactory(), now=now)
    mixed = actions.draft_invitation([*meetings, MeetingFactory()], by=StaffFactory(), now=now)

    assert (notice.subject, notice.page, notice.meeting) == (group.subject, "/meetings/", None)
    assert all(meeting.get_absolute_url() in notice.body for meeting in meetings)
    assert mixed.subject == Subject.MEETINGS


@pytest.mark.parametrize(
    ("fields", "code"),
    [(None, "nothing"), ({"state": "draft"}, "not_open"), ({"starts_at": NOW}, "not_open"), ({}, "drafted")],
    ids=["none", "a draft", "has begun", "twice"],
)
def test_draft_is_refused_and_nothing_is_written(now, fields, code):
    meetings = [] if fields is None else [MeetingFactory(**fields)]
    if code == "drafted":
        actions.draft_invitation(meetings, by=StaffFactory(), now=now)
    before = Notice.objects.count()

    with pytest.raises(Refused) as refusal:
        actions.draft_invitation(meetings, by=StaffFactory(), now=now)

    assert refusal.value.code == code
    assert Notice.objects.count() == before


def test_staff_prepare_it_from_the_meeting_and_from_the_list(sign_in):
    one, two = MeetingFactory(), MeetingFactory()
    with time_machine.travel(NOW, tick=False):
        room = sign_in(with_rights(StaffGroup.MEETINGS))
        page = reverse("admin:meetings_meeting_invite", args=[one.pk])
        assert not Notice.objects.exists()
        assert room.post(page).url == page
        assert "You are invited" in room.get(page).content.decode()
        data = {"action": "invite_selected", "_selected_action": [one.pk, two.pk]}
        changelist = reverse("admin:meetings_meeting_changelist")
        assert two.date_text in room.post(changelist, data, follow=True).content.decode()
        assert Notice.objects.count() == 1
        room.post(changelist, {**data, "confirmed": "yes"})

    assert Notice.objects.count() == 2


def test_feed_of_a_workgroup_has_its_own_meetings_and_no_draft(client):
    group = WorkgroupFactory()
    shown, cancelled = (
        MeetingFactory(workgroup=group),
        MeetingFactory(workgroup=group, state="cancelled", cancel_reason="x"),
    )
    MeetingFactory(workgroup=group, state="draft")
    MeetingFactory()

    response = client.get(reverse("meetings:workgroup_feed", args=[group.slug]))

    events = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    assert {str(event["uid"]): str(event["status"]) for event in events} == {
        shown.uid: "CONFIRMED",
        cancelled.uid: "CANCELLED",
    }
    assert not response.cookies
