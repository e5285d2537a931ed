"""How a membership begins, changes and is left. Every function is one transaction; times are passed in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from cop_portal.errors import Refused
from members.actions.levels import begin_level, check_expectations
from members.actions.record import record
from members.enums import Level, MemberAct, ReferralState
from members.models import Member, Referral
from privacy.actions import give_consent
from privacy.disposal import no_new_holds, not_held
from privacy.enums import NoticeKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import Group

REFERRAL_DAYS = 30
REFERRALS_AT_MOST = 20  # of one person in so many days
UNCONFIRMED_DAYS = 7


@transaction.atomic
def join(
    member: Member,
    *,
    level: str,
    agreed: bool,
    notice_id: int | None = None,
    language: str = "en",
    by: Member | None = None,
    now: datetime,
) -> Member:
    """Save a new person with their level and their consent to the membership notice, all three or nothing.

    ``member`` is not saved yet and carries the name and (unless staff enter somebody without one) the e-mail.
    ``agreed``: the expectations of a contributing level were ticked. ``by``: the staff member who enters somebody
    and has read the notice to them. An open referral of this address becomes joined. Owes nothing: notices find
    members by themselves.
    Refuses: ``expectations`` (not ticked), ``address_taken``, ``no_notice`` and ``stale_notice`` (privacy.actions).
    """
    check_expectations(level, agreed=agreed)
    member.clean()
    member.joined_at, member.entered_by = now, by
    if not member.password:
        member.set_unusable_password()
    try:
        with transaction.atomic():
            member.save()
    except IntegrityError as error:
        if "member_one_per_email" not in str(error):
            raise
        raise Refused("Somebody with this e-mail address is entered already.", code="address_taken") from error
    give_consent(member, key=NoticeKey.MEMBERSHIP, language=language, notice_id=notice_id, read_by=by, now=now)
    begin_level(member, timezone.localdate(now), level=level, agreed=agreed, by=by, now=now)
    if by is not None:
        record(member, MemberAct.ENTERED, by=by, about=Level(level).label, now=now)
    if member.email:
        asked = Referral.objects.filter(state=ReferralState.ASKED, email__iexact=member.email)
        asked.update(state=ReferralState.JOINED, email="")
    return member


@transaction.atomic
def set_rights(member: Member, *, is_staff: bool, groups: Iterable[Group], by: Member, now: datetime) -> Member:
    """Give a person exactly these staff groups, or none. Open sessions feel it with their next request.

    Refuses: ``superuser_only`` (who asks is none), ``own_account``, ``groups_without_staff`` (rights nobody could use).
    """
    if not by.is_superuser:
        raise Refused("Only a superuser changes staff rights.", code="superuser_only")
    if member.pk == by.pk:
        raise Refused("You cannot change your own rights.", code="own_account")
    chosen = list(groups)
    if chosen and not is_staff:
        raise Refused(
            "These groups work in the staff's room. Let the person in, or take the groups away.",
            code="groups_without_staff",
        )
    member = Member.objects.select_for_update().get(pk=member.pk)
    member.is_staff = is_staff
    member.save(update_fields=["is_staff"])
    member.groups.set(chosen)
    names = ", ".join(sorted(group.name for group in chosen))
    record(member, MemberAct.RIGHTS, by=by, about=names or ("Staff" if is_staff else "None"), now=now)
    return member


@transaction.atomic
def remove_second_factors(member: Member, *, by: Member, now: datetime) -> int:
    """Take away the factors of somebody who lost theirs; staff are led to set up new ones. Returns how many there were.

    Refuses: ``superuser_only``, ``own_account`` (two people are needed), ``no_factor``.
    """
    if not by.is_superuser:
        raise Refused("Only a superuser removes second factors.", code="superuser_only")
    if member.pk == by.pk:
        raise Refused(
            "You cannot remove your own here. Another superuser does it, or you on your own page.", code="own_account"
        )
    removed, _ = Authenticator.objects.filter(user=member).delete()
    if not removed:
        raise Refused("There is no second factor to remove.", code="no_factor")
    record(member, MemberAct.FACTORS_REMOVED, by=by, now=now)
    return removed


@transaction.atomic
def refer(member: Member, *, email: str, names_referrer: bool, may_write: bool = True, now: datetime) -> Referral:
    """Propose somebody. Returns the row; one message is owed about it only if it carries an address.

    An address that is a member's, was proposed already or wants no mail (``may_write`` is False) is not kept, but the
    row is written and counts all the same: neither the answer, nor the limit, nor one's own download tells who is
    registered. Refuses: ``too_many`` (twenty proposals of one person in thirty days, whatever became of them).
    """
    Member.objects.select_for_update().get(pk=member.pk)
    address = email.strip().lower()
    if member.referrals.filter(created_at__gt=now - timedelta(days=REFERRAL_DAYS)).count() >= REFERRALS_AT_MOST:
        raise Refused(
            f"You have proposed {REFERRALS_AT_MOST} people in {REFERRAL_DAYS} days. Please wait before you propose more.",
            code="too_many",
        )
    is_member = Member.objects.filter(email__iexact=address).exists()
    is_asked = Referral.objects.filter(state=ReferralState.ASKED, email=address).exists()
    row = Referral(referrer=member, names_referrer=names_referrer, created_at=now)
    try:
        with transaction.atomic():
            return _write_referral(row, address=address if may_write and not is_member and not is_asked else "")
    except IntegrityError:  # two propose the same person at once: the constraint has decided
        return _write_referral(row, address="")


def _write_referral(row: Referral, *, address: str) -> Referral:
    row.email, row.state = address, ReferralState.ASKED if address else ReferralState.FORGOTTEN
    row.save()
    return row


@transaction.atomic
def forget_referral(referral: Referral) -> None:
    """Take the address out of an open proposal now, unless a legal hold stands on it. Twice is once."""
    no_new_holds()
    asked = Referral.objects.filter(pk=referral.pk, state=ReferralState.ASKED)
    not_held(asked, kind="referrals", member=["referrer"]).update(state=ReferralState.FORGOTTEN, email="")


@transaction.atomic
def forget_unanswered_referrals(*, now: datetime) -> int:
    """Take the address out of every proposal that was not answered in 30 days, unless a legal hold stands on it.

    Returns how many.
    """
    no_new_holds()
    asked = not_held(Referral.objects.filter(state=ReferralState.ASKED), kind="referrals", member=["referrer"])
    old = asked.filter(created_at__lte=now - timedelta(days=REFERRAL_DAYS))
    forgotten: int = old.update(state=ReferralState.FORGOTTEN, email="")
    return forgotten


def forget_unconfirmed(*, now: datetime) -> int:
    """Delete who joined and never confirmed the address within seven days: perhaps somebody else typed it.

    Returns how many. Whoever is tied to anything else by now is left alone.
    """
    forgotten = 0
    for member in Member.objects.unconfirmed(before=now - timedelta(days=UNCONFIRMED_DAYS)):
        try:
            with transaction.atomic():
                no_new_holds()
                if not not_held(Member.objects.filter(pk=member.pk), kind="unconfirmed_addresses", member=["pk"]):
                    continue
                member.periods.all().delete()
                member.consents.all().delete()
                member.delete()
        except ProtectedError:
            continue
        forgotten += 1
    return forgotten
