import pytest
from django.contrib.auth.models import AnonymousUser, Permission

from polls.models import Poll
from polls.rules import can_read_full_table, can_run_polls
from tests.factories import MeetingFactory, MemberFactory, StaffFactory

pytestmark = pytest.mark.django_db


def give(member, codename):
    member.user_permissions.add(Permission.objects.get(codename=codename, content_type__app_label="polls"))
    return type(member).objects.get(pk=member.pk)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("visitor", False),
        ("member", False),
        ("facilitator of another meeting", False),
        ("facilitator of this meeting", True),
        ("facilitator who left", False),
        ("staff without the right", False),
        ("staff with the right", True),
        ("member with the right", False),
    ],
)
def test_can_run_polls(who, expected):
    meeting = MeetingFactory()
    person = StaffFactory() if who.startswith("staff") else MemberFactory(is_facilitator="facilitator" in who)
    if who == "visitor":
        person = AnonymousUser()
    if who == "facilitator who left":
        person.is_active = False
    if who in {"facilitator of this meeting", "facilitator who left"}:
        meeting.facilitators.add(person)
    if who.endswith("with the right"):
        person = give(person, "change_poll")

    assert can_run_polls(person, meeting) is expected


def test_full_table_needs_its_own_right():
    assert not can_read_full_table(AnonymousUser())
    assert not can_read_full_table(give(StaffFactory(), "change_poll"))
    assert can_read_full_table(give(StaffFactory(), "view_full_representation"))


def test_full_table_right_is_a_permission_of_polls():
    assert [name for name, _ in Poll._meta.permissions] == ["view_full_representation", "start_outreach"]
