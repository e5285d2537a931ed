import time
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.utils.timezone import localdate

from members.enums import Level
from members.models import Member
from members.rights import RIGHTS
from privacy.models import SensitiveView
from tests.factories import (
    ConsentNoticeFactory,
    MemberFactory,
    MembershipPeriodFactory,
    ParticipantCategoryFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/members/member/"


def grant(staff, group_name):
    """Put the person into a staff group with the rights that setup_portal gives it."""
    group, _ = Group.objects.get_or_create(name=group_name)
    for right in RIGHTS[group_name]:
        app, codename = right.split(".")
        group.permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    staff.groups.add(group)
    return staff


@pytest.fixture
def staff(sign_in):
    return sign_in(grant(StaffFactory(name="Zoe Staff"), "Membership"))


def act(client, action, people, **answers):
    return client.post(PEOPLE, {"action": action, "_selected_action": [p.pk for p in people], **answers}, follow=True)


def shown(client, query=""):
    return list(client.get(f"{PEOPLE}?{query}").context["cl"].result_list)


def test_list_shows_the_active_with_their_level_now(staff):
    full = MembershipPeriodFactory(level="full", member__name="Ada").member
    none, closed = MemberFactory(name="Bea"), MemberFactory(name="Cid", is_active=False)

    assert [(m.name, m.level_then) for m in shown(staff)] == [("Ada", "full"), ("Bea", None), ("Zoe Staff", None)]
    assert shown(staff, "level=full") == [full]
    assert shown(staff, "level=none") == [none]
    assert shown(staff, "active=no") == [closed]
    assert len(shown(staff, "active=all")) == 4


@pytest.mark.parametrize("item_count", [1, 30])
def test_list_costs_the_same_for_one_and_for_thirty(staff, item_count, django_assert_num_queries):
    MembershipPeriodFactory.create_batch(item_count)
    staff.get(PEOPLE)

    with django_assert_num_queries(12):
        response = staff.get(PEOPLE)

    assert len(response.context["cl"].result_list) == item_count + 1


def test_lists_searches_and_pages_are_recorded(staff):
    member = MemberFactory(name="Ada")

    assert shown(staff, "q=Ada") == [member]
    staff.get(f"{PEOPLE}{member.pk}/change/")

    looks = SensitiveView.objects.order_by("pk").values_list("what", "subject", "people__member", "why", "group")
    assert list(looks) == [
        ("list: members", None, member.pk, "membership work", "Membership"),
        ("a person's page", member.pk, None, "membership work", "Membership"),
    ]


def test_entering_somebody_without_an_address(staff):
    ConsentNoticeFactory()
    values = {"name": "Ada", "level": "public", "notice_read": "on"}

    staff.post(f"{PEOPLE}add/", values)

    member = Member.objects.get(name="Ada")
    assert (member.email, member.entered_by.name, member.periods.get().level) == (None, "Zoe Staff", "public")
    assert member.consents.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"notice_read": ""}, "notice_read"),
        ({"level": "full"}, "agreed"),
        ({"email": "zoe@example.org"}, "__all__"),
        ({"name": ""}, "name"),
    ],
)
def test_entering_somebody_is_refused_and_leaves_nothing_behind(staff, changes, field):
    ConsentNoticeFactory()
    MemberFactory(email="zoe@example.org")
    before = Member.objects.count()

    response = staff.post(f"{PEOPLE}add/", {"name": "Ada", "level": "public", "notice_read": "on"} | changes)

    assert field in response.context["adminform"].form.errors
    assert Member.objects.count() == before


def test_setting_a_level_asks_for_the_reason(staff):
    member = MembershipPeriodFactory(level="public").member

    assert act(staff, "set_level", [member]).templates[0].name == "admin/privacy/confirm.html"
    day = localdate() - timedelta(days=9)
    act(staff, "set_level", [member], confirmed="yes", level="full", starts_on=day, reason="")
    assert member.periods.count() == 1

    act(staff, "set_level", [member], confirmed="yes", level="full", starts_on=day, reason="asked by phone")
    period = member.periods.get(ends_on=None)
    assert (period.level, period.reason, period.changed_by.name) == (Level.FULL, "asked by phone", "Zoe Staff")
    assert period.starts_on == day


def test_deactivating_and_activating_ask_first_and_never_delete(staff):
    member = MemberFactory()

    act(staff, "deactivate", [member])
    assert Member.objects.get(pk=member.pk).is_active
    act(staff, "deactivate", [member], confirmed="yes", reason="")
    assert Member.objects.get(pk=member.pk).is_active
    act(staff, "deactivate", [member], confirmed="yes", reason="Asked to pause")
    assert not Member.objects.get(pk=member.pk).is_active
    staff.post(
        f"{PEOPLE}?active=no",
        {"action": "activate", "_selected_action": [member.pk], "confirmed": "yes", "reason": "Back"},
    )
    assert Member.objects.get(pk=member.pk).is_active
    assert staff.get(f"{PEOPLE}{member.pk}/delete/").status_code == 403


def test_rights_cannot_be_typed_into_a_persons_page(staff):
    member = MemberFactory()
    values = {"name": "New", "email": member.email, "is_staff": "on", "is_superuser": "on", "is_active": ""}

    response = staff.post(
        f"{PEOPLE}{member.pk}/change/",
        values
        | {
            f"{row}-{count}_FORMS": 0 for row in ("periods", "attestations", "events") for count in ("TOTAL", "INITIAL")
        },
    )

    saved = Member.objects.get(pk=member.pk)
    assert response.status_code == 302
    assert (saved.name, saved.is_staff, saved.is_superuser, saved.is_active) == ("New", False, False, True)


def test_rights_are_set_by_a_superuser_who_proved_it_lately(sign_in, staff):
    member, group = MemberFactory(), Group.objects.create(name="Meetings")
    values = {"confirmed": "yes", "is_staff": "on", "groups": [group.pk]}

    act(staff, "set_rights", [member], **values)
    assert not member.groups.exists()

    root = sign_in(StaffFactory(is_superuser=True))
    act(root, "set_rights", [member], **values)
    assert list(member.groups.all()) == [group]

    session = root.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time() - 301, "type": "totp"}]
    session.save()
    response = root.post(PEOPLE, {"action": "set_rights", "_selected_action": [member.pk], "confirmed": "yes"})
    assert response.url.startswith("/accounts/2fa/reauthenticate/")
    assert list(member.groups.all()) == [group]


def test_categories_and_groups_are_never_deleted_here(sign_in):
    root = sign_in(StaffFactory(is_superuser=True))
    category = ParticipantCategoryFactory()

    assert root.get(f"/admin/members/participantcategory/{category.pk}/delete/").status_code == 403
    for path in ("auth/group", "account/emailaddress", "mfa/authenticator", "usersessions/usersession"):
        assert root.get(f"/admin/{path}/").status_code == 404


def test_somebody_whose_address_is_not_confirmed_is_not_among_the_active(staff):
    waiting = MemberFactory()
    EmailAddress.objects.create(user=waiting, email=waiting.email, primary=True, verified=False)

    assert waiting not in shown(staff)
    assert shown(staff, "active=unconfirmed") == [waiting]


def test_removing_second_factors_is_told_to_the_person_and_logged(sign_in):
    root, person = sign_in(StaffFactory(is_superuser=True)), StaffFactory()
    theirs = sign_in(person)
    assert theirs.get("/admin/").status_code == 200

    act(root, "remove_second_factors", [person], confirmed="yes")

    assert theirs.get("/admin/").url == "/accounts/2fa/"
    assert [message.to for message in mail.outbox] == [[person.email]]
    assert LogEntry.objects.get().change_message == "Second factors removed"


@pytest.mark.parametrize("group", [name for name, rights in RIGHTS.items() if "members.view_member" not in rights])
def test_groups_without_the_right_see_no_people(sign_in, group):
    member = MemberFactory()
    client = sign_in(grant(StaffFactory(), group))

    assert client.get(PEOPLE).status_code == 403
    assert client.get(f"{PEOPLE}{member.pk}/change/").status_code == 403
    assert not SensitiveView.objects.filter(subject=member).exists()


@pytest.mark.parametrize("action", ["activate", "set_rights", "remove_second_factors"])
def test_what_matters_is_asked_first(sign_in, action):
    root, member = sign_in(StaffFactory(is_superuser=True)), MemberFactory()

    page = act(root, action, [member])

    assert page.templates[0].name == "admin/privacy/confirm.html"
    assert [row.pk for row in page.context["objects"]] == [member.pk]


def test_a_refusal_is_told_and_stops_none_of_the_others(sign_in):
    me, other = StaffFactory(is_superuser=True), MemberFactory()

    page = act(sign_in(me), "deactivate", [me, other], confirmed="yes", reason="Asked")

    assert [message.level_tag for message in page.context["messages"]] == ["error", "success"]
    assert list(Member.objects.filter(is_active=False)) == [other]


def test_removing_second_factors_needs_a_late_proof(sign_in):
    root, person = sign_in(StaffFactory(is_superuser=True)), StaffFactory()
    sign_in(person)
    session = root.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time() - 301, "type": "totp"}]
    session.save()

    response = root.post(PEOPLE, {"action": "remove_second_factors", "_selected_action": [person.pk], "confirmed": "y"})

    assert response.url.startswith("/accounts/2fa/reauthenticate/")
    assert person.authenticator_set.exists()


def test_staff_too_are_asked_what_a_number_is_for(staff):
    member = MemberFactory(name="Ada", phone="612-555-0100")
    number = {"reach_by": "email", "phone": "651-555-0100"}
    forms = {
        f"{row}-{count}_FORMS": 0 for row in ("periods", "attestations", "events") for count in ("TOTAL", "INITIAL")
    }

    changed = staff.post(f"{PEOPLE}{member.pk}/change/", {"name": "Ada", **number, **forms})
    entered = staff.post(f"{PEOPLE}add/", {"name": "Bea", "level": "public", "notice_read": "on", **number})

    for page in (changed, entered):
        assert "phone" in page.context["adminform"].form.errors
    member.refresh_from_db()
    assert (member.phone, member.events.count()) == ("612-555-0100", 0)


def test_what_staff_change_on_a_page_is_written_down_without_its_value(staff):
    member = MemberFactory(name="Ada")
    forms = {
        f"{row}-{count}_FORMS": 0 for row in ("periods", "attestations", "events") for count in ("TOTAL", "INITIAL")
    }

    staff.post(f"{PEOPLE}{member.pk}/change/", {"name": "Ada", "reach_by": "call", "phone": "651-555-0100", **forms})

    assert [(event.what, event.about, event.by.name) for event in member.events.all()] == [
        ("profile", "reach by, phone", "Zoe Staff")
    ]
    assert "Profile changed by staff" in staff.get(f"{PEOPLE}{member.pk}/change/").content.decode()
