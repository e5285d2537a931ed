"""A person's e-mail address: they sign in with it, so it changes with two proofs, or with staff's help on the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from cop_portal.errors import Refused
from members.actions.record import record
from members.enums import MemberAct
from members.models import Member

if TYPE_CHECKING:
    from datetime import datetime


@transaction.atomic
def change_address(member: Member, *, email: str) -> str:
    """Take a new address whose owner and the old one's are both proved. Returns the old one, which is to be told.

    Refuses: ``address_taken``.
    """
    member = Member.objects.select_for_update().get(pk=member.pk)
    return _set_address(member, email, verified=True)


@transaction.atomic
def replace_address(member: Member, *, email: str, by: Member, reason: str, now: datetime) -> str:
    """Give somebody who lost the old mailbox a new address; nothing is sent until they confirm it by signing in.

    Returns the old address (it is to be told), or nothing. Recorded with the reason. A second factor stays.
    Refuses: ``own_account``, ``superuser_only`` (the person is staff), ``reason_missing``, ``inactive``,
    ``address_taken``.
    """
    member = Member.objects.select_for_update().get(pk=member.pk)
    if member.pk == by.pk:
        raise Refused("You cannot do this for yourself. Change your address on your own page.", code="own_account")
    if member.is_staff and not by.is_superuser:
        raise Refused("Only a superuser gives staff another address.", code="superuser_only")
    if not reason.strip():
        raise Refused("Please say how you made sure that it is they who ask; it is kept.", code="reason_missing")
    if not member.is_active:
        raise Refused("This membership is closed. Reopen it first.", code="inactive")
    old = _set_address(member, email, verified=False)
    record(member, MemberAct.ADDRESS_OFFERED, by=by, why=reason, now=now)
    return old


def change_unproved_address(member: Member, *, email: str) -> bool:
    """Note an address that is still to be proved, for somebody who has none yet. False where it is another's.

    Nothing tells the two apart for who asks: the caller answers both alike.
    """
    try:
        _set_address(Member.objects.select_for_update().get(pk=member.pk), email, verified=False)
    except Refused:
        return False
    return True


def _set_address(member: Member, email: str, *, verified: bool) -> str:
    old, member.email = member.email or "", email.strip().lower()
    EmailAddress.objects.filter(user=member).delete()
    try:
        with transaction.atomic():
            member.save(update_fields=["email"])
            EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=verified)
    except IntegrityError as error:
        raise Refused("This address cannot be used here.", code="address_taken") from error
    return old
