from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from cop_portal import reference_data
from meetings.models import Duty
from members.enums import StaffGroup
from members.models import Interest, ParticipantCategory
from members.rights import RIGHTS
from privacy.models import ConsentNotice
from stipends.models import StipendPolicy, TaxThreshold

pytestmark = pytest.mark.django_db


def setup():
    call_command("setup_portal", verbosity=0)


def labels(day):
    return list(ParticipantCategory.objects.in_force(day).values_list("label", flat=True))


def test_twice_is_once():
    setup()
    counts = [model.objects.count() for model in (Group, Duty, ParticipantCategory, Interest, ConsentNotice)]

    setup()

    assert [model.objects.count() for model in (Group, Duty, ParticipantCategory, Interest, ConsentNotice)] == counts
    assert (StipendPolicy.objects.count(), TaxThreshold.objects.count()) == (1, 2)


def test_categories_of_2022_are_thirteen_and_the_fourteenth_came_later():
    setup()

    then, now = labels(date(2022, 9, 14)), labels(date(2025, 7, 1))

    assert len(then) == 13
    assert then[0] == "Researcher or member of the academic community"
    assert then[5] == "Department of Corrections"
    assert then[-2:] == now[-2:] == ["Other", "Unknown / no response"]
    assert [label for label in now if label not in then] == ["Direct Care and Treatment"]
    assert labels(date(2025, 6, 30)) == then
    sensitive = ParticipantCategory.objects.filter(is_sensitive=True).values_list("order", flat=True)
    assert list(sensitive) == [80, 90, 100]


def test_money_is_as_the_law_says():
    setup()

    policy = StipendPolicy.objects.get()
    assert (policy.cap, policy.per, policy.minimum_minutes, policy.claim_days) == (Decimal("55.00"), "date", 60, 60)
    assert dict(TaxThreshold.objects.values_list("year", "amount")) == {2023: Decimal(600), 2026: Decimal(2000)}


def test_notices_name_who_may_lawfully_receive_the_data():
    setup()

    for key in reference_data.NOTICES:
        notice = ConsentNotice.objects.in_force(key)
        for word in ("court order", "legislative auditor", "state auditor", "counsel"):
            assert word in notice.recipients
        assert all(text for _, text in notice.parts)


def test_every_staff_group_has_exactly_its_rights():
    setup()
    stray = Permission.objects.get(codename="delete_member")
    Group.objects.get(name=StaffGroup.AUDITOR).permissions.add(stray)

    setup()

    assert set(RIGHTS) == set(StaffGroup.values)
    for name, rights in RIGHTS.items():
        held = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{codename}" for app, codename in held} == set(rights)


def test_auditors_only_read():
    assert [right for right in RIGHTS[StaffGroup.AUDITOR] if not right.split(".")[1].startswith("view_")] == []


def test_no_group_deletes_people_or_records():
    kept = {"member", "membershipperiod", "consent", "sensitiveview", "datarequest", "claim", "claimevent", "delivery"}
    deleting = {right for rights in RIGHTS.values() for right in rights if ".delete_" in right}

    assert {right for right in deleting if right.split("delete_")[1] in kept} == set()


def test_a_right_that_no_model_has_stops_the_setup(monkeypatch):
    monkeypatch.setitem(RIGHTS, StaffGroup.AUDITOR, ["members.fly_member"])

    with pytest.raises(CommandError):
        setup()

    assert not ParticipantCategory.objects.exists()
