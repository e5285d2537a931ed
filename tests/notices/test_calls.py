"""What is owed to people without an address: a list that staff work through, and nothing mailed."""

import pytest

from cop_portal.errors import Refused
from meetings import actions as meetings
from members.enums import Asked
from members.models import Member
from notices import actions
from notices.models import Call, Delivery
from tests.factories import NOW, CallFactory, MeetingFactory, MemberFactory, StaffFactory
from tests.members.test_admin import grant
from tests.stipends.scenes import Scene

pytestmark = pytest.mark.django_db
LIST = "/admin/notices/call/"


def test_a_cancelled_meeting_is_told_by_staff_without_anybodys_links():
    meeting, member, staff = MeetingFactory(), MemberFactory(email=None), StaffFactory()
    meetings.rsvp(meeting, member=member, answer="online", by=staff, now=NOW)
    assert not Call.objects.exists()

    meetings.cancel(meeting, by=staff, reason="Snow", now=NOW)

    call = Call.objects.get()
    assert (call.member, call.about, call.told_at) == (member, "meetings", None)
    assert call.subject_line.startswith("Cancelled: ")
    assert "/answer/" not in call.text
    assert not Delivery.objects.exists()


def test_the_same_thing_is_owed_once():
    member = MemberFactory(email=None)
    for _ in range(2):
        actions.owe(key="k", address="", template="stipends/update", context={}, member=member, now=NOW)

    assert Call.objects.count() == 1


def test_what_one_can_unsubscribe_from_is_not_called_about():
    said = {"address": "", "template": "stipends/update", "context": {}, "unsubscribe_from": "digest"}
    actions.owe(key="k", member=MemberFactory(email=None), now=NOW, **said)

    assert not Call.objects.exists()


def test_telling_says_who_and_how_and_is_done_once():
    call, staff = CallFactory(), StaffFactory()

    actions.tell_call(call, by=staff, how=Asked.PHONE, now=NOW)
    with pytest.raises(Refused) as refusal:
        actions.tell_call(call, by=StaffFactory(), how=Asked.PAPER, now=NOW)

    call.refresh_from_db()
    assert (refusal.value.code, call.told_by, call.told_how) == ("told", staff, "phone")
    assert [(event.what, event.about, event.by) for event in call.member.events.all()] == [
        ("told", call.subject_line, staff)
    ]


def test_a_stipend_is_told_without_a_word_in_the_persons_record():
    scene = Scene()
    Member.objects.filter(pk=scene.member.pk).update(email=None)
    scene.verified()

    call = Call.objects.last()
    actions.tell_call(call, by=scene.verifier, how=Asked.PHONE, now=NOW)

    assert (call.about, call.subject_line, scene.member.events.count()) == ("stipends", "You have an update", 0)


@pytest.mark.parametrize(
    ("group", "seen"), [("Membership", ["meetings"]), ("Stipend verifier", ["stipends"]), ("Auditor", None)]
)
def test_who_is_paid_is_seen_by_those_who_pay(sign_in, group, seen):
    CallFactory(about="meetings"), CallFactory(about="stipends")
    client = sign_in(grant(StaffFactory(), group))

    rows = client.get(LIST).context["cl"].result_list

    assert [row.about for row in rows] == (seen or ["meetings", "stipends"])


def test_ticking_off_empties_the_list(sign_in):
    client, call = sign_in(grant(StaffFactory(), "Membership")), CallFactory()
    asked = {"action": "tell", "_selected_action": call.pk}

    assert "confirmed" in client.post(LIST, asked, follow=True).content.decode()
    assert client.post(LIST, {**asked, "confirmed": "1", "how": "shouted"}).status_code == 422
    client.post(LIST, {**asked, "confirmed": "1", "how": "phone"})

    assert list(client.get(LIST).context["cl"].result_list) == []
    assert list(client.get(f"{LIST}?told=all").context["cl"].result_list) == [call]
