"""How a membership ends and begins again. A closed one keeps its row: the history is the same person's.

open -> left (by the person) | deactivated | deceased (by staff) -> open
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from cop_portal.errors import Refused
from members.actions.levels import begin_level, check_expectations, end_level
from members.actions.profile import withdraw_attestations
from members.actions.record import record
from members.enums import Closed, Level, MemberAct, ReachBy
from members.models import Member, MembershipPeriod
from members.querysets import connected_logins
from privacy.actions import give_consent
from privacy.disposal import no_new_holds, not_held
from privacy.enums import NoticeKey
from privacy.models import Consent

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet


@transaction.atomic
def leave(member: Member, *, by: Member | None = None, reason: str = "", now: datetime) -> Member:
    """Close a membership: no level, no sign-in, no mail, and what was given by choice is taken out.

    Name, address, levels, attendance, consents and payments are official records and stay (Minn. Stat. 15.17,
    138.17). Every consent ends with the membership. Where a legal hold stands, what was given by choice stays too, until
    the retention job finds the hold released. Leaving twice changes nothing. ``by``: staff, for a person who
    asked them. Refuses: ``is_staff`` (whoever works here hands the rights back first).
    """
    member = Member.objects.select_for_update().get(pk=member.pk)
    if member.is_staff:
        raise Refused("Staff rights are in the way. Have them removed first.", code="is_staff")
    if not member.is_active:
        return member
    end_level(member, timezone.localdate(now))
    member.is_active, member.closed_as = False, Closed.LEFT
    member.set_unusable_password()
    connected_logins([member]).delete()
    member.save()
    withdraw_attestations(member, now=now)
    no_new_holds()
    if not choices_are_held(member):
        strip_given_by_choice(Member.objects.filter(pk=member.pk))
        member.refresh_from_db()
    Consent.objects.standing().filter(member=member).update(withdrawn_at=now)
    if by is not None:
        record(member, MemberAct.CLOSED, by=by, why=reason, now=now)
    return member


def choices_are_held(member: Member) -> bool:
    """Whether a legal hold keeps what this person gave by choice, so that closing must not take it out."""
    mine = Member.objects.filter(pk=member.pk)
    return not not_held(mine, kind="given_by_choice", member=["pk"]).exists()


def strip_given_by_choice(members: QuerySet[Member]) -> None:
    """Take out what these people gave by choice; who asks has looked for holds."""
    for link in (Member.categories, Member.interests):
        link.through.objects.filter(member__in=members).delete()
    members.update(organization="", phone="", language="", needs_interpreter=False, reach_by=ReachBy.EMAIL)


@transaction.atomic
def deactivate(member: Member, *, by: Member, reason: str, now: datetime) -> Member:
    """Shut a person out at once without touching what is kept about them; ``activate`` undoes it.

    The level goes on, so that nobody loses theirs over a mistake. Who left cannot come back by themselves then.
    Refuses: ``own_account``, ``reason_missing``, ``deceased``.
    """
    member = _held(member, by=by, reason=reason)
    if member.closed_as == Closed.DECEASED:
        raise Refused("This person is recorded as deceased.", code="deceased")
    member.is_active, member.closed_as = False, Closed.DEACTIVATED
    member.save(update_fields=["is_active", "closed_as"])
    record(member, MemberAct.DEACTIVATED, by=by, why=reason, now=now)
    return member


@transaction.atomic
def activate(member: Member, *, by: Member, reason: str, now: datetime) -> Member:
    """Let a person in again whom staff had shut out.

    Refuses: ``own_account``, ``reason_missing``, ``deceased`` (corrected elsewhere), ``left`` (nobody is made a member
    who closed their membership: they choose a level again, see ``come_back``).
    """
    member = _held(member, by=by, reason=reason)
    if member.closed_as == Closed.DECEASED:
        raise Refused("This person is recorded as deceased. Correct that first.", code="deceased")
    if member.closed_as == Closed.LEFT:
        raise Refused("This person closed the membership. Take them in again with the level they choose.", code="left")
    member.is_active, member.closed_as = True, ""
    member.save(update_fields=["is_active", "closed_as"])
    record(member, MemberAct.ACTIVATED, by=by, why=reason, now=now)
    return member


@transaction.atomic
def mark_deceased(member: Member, *, on: date, by: Member, reason: str, now: datetime) -> Member:
    """Record that the person died on this day: the level ends there, and nobody signs in or is mailed any more.

    What is kept about them stays, for as long as its kind is kept. Seats and workgroups are given back by
    ``cop_portal.closing``, which calls this. Refuses: ``own_account``, ``reason_missing``, ``deceased`` (already),
    ``future``, ``is_staff`` (the rights are removed first).
    """
    member = _held(member, by=by, reason=reason)
    if member.closed_as == Closed.DECEASED:
        raise Refused("This is recorded already.", code="deceased")
    if on > timezone.localdate(now):
        raise Refused("This day has not come yet. Please check the date.", code="future")
    if member.is_staff:
        raise Refused("Staff rights are in the way. Have them removed first.", code="is_staff")
    end_level(member, on)
    member.is_active, member.closed_as, member.deceased_on = False, Closed.DECEASED, on
    member.save(update_fields=["is_active", "closed_as", "deceased_on"])
    record(member, MemberAct.DECEASED, by=by, why=reason, now=now)
    return member


@transaction.atomic
def correct_deceased(member: Member, *, by: Member, reason: str, now: datetime) -> Member:
    """The person lives: it was a mistake. They are in again, and the level goes on from the day it was ended.

    Refuses: ``own_account``, ``reason_missing``, ``not_deceased``.
    """
    member = _held(member, by=by, reason=reason)
    if member.closed_as != Closed.DECEASED:
        raise Refused("This person is not recorded as deceased.", code="not_deceased")
    last = member.periods.filter(ends_on=member.deceased_on).first()
    if last is not None and last.ends_on is not None:
        words = "Recorded as deceased by mistake."
        MembershipPeriod.objects.create(
            member=member,
            level=last.level,
            starts_on=last.ends_on,
            agreed_at=last.agreed_at,
            changed_by=by,
            reason=words,
            recorded_at=now,
        )
    member.is_active, member.closed_as, member.deceased_on = True, "", None
    member.save(update_fields=["is_active", "closed_as", "deceased_on"])
    record(member, MemberAct.NOT_DECEASED, by=by, why=reason, now=now)
    return member


@transaction.atomic
def come_back(
    member: Member,
    *,
    level: str,
    agreed: bool,
    notice_id: int | None = None,
    language: str = "en",
    by: Member | None = None,
    reason: str = "",
    now: datetime,
) -> Member:
    """Open a membership again that the person had closed: the same row, and a level chosen anew.

    ``by``: staff, for a person who asked them, and who have read the notice to them. Refuses: ``not_closed``,
    ``deactivated`` (staff activate it first), ``expectations``, ``reason_missing`` (for staff), and what give_consent
    refuses.
    """
    member = Member.objects.select_for_update().get(pk=member.pk)
    if member.is_active:
        raise Refused("This membership is open already. You can simply sign in.", code="not_closed")
    if member.closed_as != Closed.LEFT:
        raise Refused("This membership was closed by staff. Please get in touch with us.", code="deactivated")
    if by is not None and not reason.strip():
        raise Refused("Please say how they asked for it; it is kept.", code="reason_missing")
    check_expectations(level, agreed=agreed)
    member.is_active, member.closed_as = True, ""
    member.save(update_fields=["is_active", "closed_as"])
    if by is not None:
        give_consent(member, key=NoticeKey.MEMBERSHIP, language=language, notice_id=notice_id, read_by=by, now=now)
    else:
        # They opened the link that went to the address; the notice in force is asked at the first page they open.
        proved = {"verified": True, "primary": True}
        EmailAddress.objects.update_or_create(user=member, email=member.email, defaults=proved)
    today = timezone.localdate(now)
    begin_level(member, today, level=level, agreed=agreed, by=by, reason=reason.strip(), now=now)
    record(member, MemberAct.RETURNED, by=by or member, about=Level(level).label, why=reason, now=now)
    return member


def _held(member: Member, *, by: Member, reason: str) -> Member:
    """The person's row, locked, for an act of staff that needs a reason and is not done to oneself."""
    if member.pk == by.pk:
        raise Refused("You cannot do this to your own account.", code="own_account")
    if not reason.strip():
        raise Refused("Please give the reason; it is kept, and the person can see it.", code="reason_missing")
    return Member.objects.select_for_update().get(pk=member.pk)
