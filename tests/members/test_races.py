"""Many at once on PostgreSQL: the database is the referee. Each with a control that shows what it referees."""

import threading
from datetime import date

import pytest
from django.db import connection, connections

from cop_portal.errors import Refused
from members import actions
from members.models import Member, MembershipPeriod
from privacy.models import Consent
from tests.factories import ConsentNoticeFactory, MembershipPeriodFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CLIENTS = 20


def all_at_once(act):
    """Run ``act(number)`` in real threads from one start; returns what each said: a result or the exception."""
    start, said = threading.Barrier(CLIENTS), [None] * CLIENTS

    def run(number):
        try:
            start.wait()
            said[number] = act(number)
        except Exception as error:  # noqa: BLE001 -- every failure is an answer here
            said[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def join(now, number):
    return actions.join(Member(name=f"P{number}", email="one@example.org"), level="public", agreed=False, now=now)


def test_of_twenty_joining_with_one_address_one_is_a_member(now):
    ConsentNoticeFactory()

    said = all_at_once(lambda number: join(now, number))

    refused = [answer.code for answer in said if isinstance(answer, Refused)]
    assert refused == ["address_taken"] * (CLIENTS - 1)
    assert Member.objects.count() == Consent.objects.count() == MembershipPeriod.objects.count() == 1


def test_control_without_the_constraint_all_twenty_would_be_members(now):
    ConsentNoticeFactory()
    constraint = next(row for row in Member._meta.constraints if row.name == "member_one_per_email")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Member, constraint)
    try:
        all_at_once(lambda number: join(now, number))

        assert Member.objects.count() == CLIENTS
    finally:
        Consent.objects.all().delete()
        MembershipPeriod.objects.all().delete()
        Member.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Member, constraint)


def test_twenty_changes_of_one_level_leave_one_level(now):
    member = MembershipPeriodFactory(level="public", starts_on=date(2026, 1, 1)).member
    levels = ["full", "specialty"]

    said = all_at_once(lambda number: actions.set_level(member, level=levels[number % 2], agreed=True, now=now))

    assert [answer for answer in said if isinstance(answer, Exception)] == []
    assert member.periods.filter(ends_on=None).count() == 1
    assert member.periods.exclude(ends_on=None).filter(starts_on__lt=date(2027, 1, 20)).count() == 1


def test_plans_choices_and_retreats_at_once_leave_one_level_a_day(now):
    """Two tabs and a phone: whatever comes last, nothing is held twice and something is held."""
    member = MembershipPeriodFactory(level="public", starts_on=date(2026, 1, 1)).member
    later = date(2027, 3, 1)
    acts = [
        lambda: actions.set_level(member, level="full", agreed=True, now=now),
        lambda: actions.set_level(member, level="specialty", agreed=True, starts_on=later, now=now),
        lambda: actions.set_level(member, level="public", starts_on=later, now=now),
        lambda: actions.take_back_level_change(member, now=now),
    ]

    said = all_at_once(lambda number: acts[number % 4]())

    assert [answer for answer in said if isinstance(answer, Exception)] == []
    assert [member.periods.on(day).count() for day in (date(2026, 6, 1), date(2027, 1, 20), later)] == [1, 1, 1]
    assert member.periods.filter(ends_on=None).count() == 1


def test_control_without_the_lock_some_changes_fail(now, monkeypatch):
    member = MembershipPeriodFactory(level="public", starts_on=date(2026, 1, 1)).member
    monkeypatch.setattr("members.querysets.MemberQuerySet.select_for_update", lambda self: self)
    levels = ["full", "specialty"]

    said = all_at_once(lambda number: actions.set_level(member, level=levels[number % 2], agreed=True, now=now))

    assert [answer for answer in said if isinstance(answer, Exception)] != []
    assert member.periods.filter(ends_on=None).count() == 1  # the constraint holds even then
