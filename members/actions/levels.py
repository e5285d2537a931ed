"""The choice of a level, from a day on. Every public function is one transaction; times are passed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cop_portal.errors import Refused
from members.actions.record import record
from members.enums import Level, MemberAct
from members.models import Member, MembershipPeriod
from members.rules import LEVEL_DATE_WITHIN, must_confirm_expectations

if TYPE_CHECKING:
    from datetime import date, datetime


@transaction.atomic
def set_level(
    member: Member,
    *,
    level: str,
    now: datetime,
    agreed: bool = False,
    by: Member | None = None,
    reason: str = "",
    starts_on: date | None = None,
) -> MembershipPeriod:
    """From ``starts_on`` (today, unless told) the person holds this level; the history stays.

    A change that was planned is replaced. The same level again changes nothing. A person's own choice needs ``agreed``
    for a contributing level and begins today or within a year; staff (``by``) need a ``reason`` instead, and may
    correct what was held, from a day of the last year on: rights on a past meeting follow the level of its date.
    Refuses: ``expectations``, ``reason_missing``, ``inactive`` (a closed membership is reopened first), ``date``
    (outside the bounds), ``own_level`` (nobody corrects their own past).
    """
    member, today = _locked(member), timezone.localdate(now)
    starts_on = starts_on or today
    if by is not None and not reason.strip():
        raise Refused("Please give the reason for the change; it is kept with the level.", code="reason_missing")
    _check_date(starts_on, today, by=by, member=member)
    if by is None and member.level_on(starts_on) != level:
        check_expectations(level, agreed=agreed)
    replaces_plan = member.periods.planned(today).exists()
    period = begin_level(member, starts_on, level=level, agreed=agreed, by=by, reason=reason.strip(), now=now)
    if by is not None and (replaces_plan or period.recorded_at == now):
        about = f"{Level(level).label}, from {starts_on}"
        record(member, MemberAct.LEVEL_SET, by=by, about=about, why=reason, now=now)
    return period


@transaction.atomic
def take_back_level_change(member: Member, *, now: datetime) -> bool:
    """Forget a change of level that is to come; the level held goes on. Returns whether there was one.

    Twice changes nothing. Refuses: ``inactive``.
    """
    return _forget_plan(_locked(member), today=timezone.localdate(now))


def check_expectations(level: str, *, agreed: bool) -> None:
    """Refuses: ``expectations`` (a contributing level is only held by somebody who ticked what it expects)."""
    if must_confirm_expectations(level) and not agreed:
        raise Refused("Please confirm what this level expects of you, or choose another level.", code="expectations")


def begin_level(
    member: Member, on: date, *, level: str, agreed: bool, by: Member | None, reason: str = "", now: datetime
) -> MembershipPeriod:
    """Write that the person holds the level from this day on, instead of what was held or planned from it on.

    Returns the period, or the one that stands already. In the transaction of an action that locked the person.
    """
    _forget_plan(member, today=timezone.localdate(now))
    standing = member.periods.on(on).filter(level=level, ends_on__isnull=True).first()
    if standing is not None:
        return standing
    end_level(member, on)
    return MembershipPeriod.objects.create(
        member=member,
        level=level,
        starts_on=on,
        agreed_at=now if agreed and must_confirm_expectations(level) else None,
        changed_by=by,
        reason=reason,
        recorded_at=now,
    )


def end_level(member: Member, on: date) -> None:
    """No level from this day on, and none to come. What began later, or the same day, was held on no day.

    In the transaction of an action that locked the person.
    """
    # In this order: the database refuses two spans that overlap at any moment.
    member.periods.filter(starts_on__gt=on).update(ends_on=F("starts_on"))
    member.periods.on(on).update(ends_on=on)


def _forget_plan(member: Member, *, today: date) -> bool:
    plan = member.periods.planned(today).first()
    if plan is None:
        return False
    plan.delete()
    member.periods.filter(ends_on=plan.starts_on, starts_on__lte=today).update(ends_on=None)
    return True


def _locked(member: Member) -> Member:
    row = Member.objects.select_for_update().get(pk=member.pk)
    if not row.is_active:
        raise Refused("This membership is closed. Reopen it first.", code="inactive")
    return row


def _check_date(starts_on: date, today: date, *, by: Member | None, member: Member) -> None:
    if abs(starts_on - today) > LEVEL_DATE_WITHIN:
        raise Refused("Please choose a day that is at most a year away.", code="date")
    if starts_on < today and by is None:
        raise Refused("Please choose today or a later day.", code="date")
    if starts_on < today and by is not None and by.pk == member.pk:
        raise Refused("Somebody else must correct what you held in the past.", code="own_level")
