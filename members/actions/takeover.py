"""Somebody whom staff entered makes the membership their own: the same row, with everything that is on it.

Either staff give the address that the person confirms by signing in (``replace_address``), or they print a one-time
code, and the person types it with an address of their own. The first sign-in takes the membership over.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.crypto import salted_hmac

from cop_portal.errors import Refused
from members.actions.addresses import change_unproved_address
from members.actions.record import record
from members.enums import MemberAct
from members.models import Member, TakeoverCode
from privacy.enums import NoticeKey
from privacy.models import Consent

if TYPE_CHECKING:
    from datetime import datetime

VALID_FOR = timedelta(days=30)
# Read aloud and typed from paper: no letter looks like another or like a number. 20 of 30 letters are 98 bits.
LETTERS, LENGTH, GROUP = "ABCDEFGHJKMNPQRSTVWXYZ23456789", 20, 4


@transaction.atomic
def print_code(member: Member, *, by: Member, reason: str, now: datetime) -> str:
    """A code for the letter to this person, in groups of four; only its digest is kept, and an earlier one is void.

    Refuses: ``own_account``, ``inactive``, ``is_staff``, ``has_address`` (they can sign in already).
    """
    member = Member.objects.select_for_update().get(pk=member.pk)
    if member.pk == by.pk:
        raise Refused("You are signed in: there is nothing to take over.", code="own_account")
    if not member.is_active:
        raise Refused("This membership is closed. Reopen it first.", code="inactive")
    if member.is_staff:
        raise Refused("Staff sign in with their address and a second factor.", code="is_staff")
    if EmailAddress.objects.filter(user=member, verified=True).exists():
        raise Refused("This person signs in already. Give another address if the mailbox is lost.", code="has_address")
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    values = {"digest": _digest(code), "made_by": by, "expires_at": now + VALID_FOR}
    TakeoverCode.objects.update_or_create(member=member, defaults=values)
    record(member, MemberAct.CODE_PRINTED, by=by, why=reason, now=now)
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


@transaction.atomic
def use_code(code: str, *, email: str, now: datetime) -> None:
    """Note the address that the person typed with the code; it is theirs once they sign in by a code mailed to it.

    An address that belongs to another membership changes nothing and is answered alike: nobody learns here who is
    registered. The code stays good until then, so that a mistyped address can be mended. Refuses: ``code``.
    """
    found = TakeoverCode.objects.select_related("member").filter(digest=_digest(code), expires_at__gt=now).first()
    if found is None or not found.member.is_active:
        raise Refused("This code is not good, or no longer. Check it letter by letter, or call us.", code="code")
    change_unproved_address(found.member, email=email)


@transaction.atomic
def take_over(member: Member, *, now: datetime) -> bool:
    """The first sign-in of somebody whom staff entered. Returns whether it was; later ones change nothing.

    The consent that staff took for them ends here: they are asked in their own hand. Refuses nothing.
    """
    entered = member.entered_by_id is not None or TakeoverCode.objects.filter(member=member).exists()
    if not entered or member.events.filter(what=MemberAct.TAKEN_OVER).exists():
        return False
    record(member, MemberAct.TAKEN_OVER, by=member, now=now)
    Consent.objects.standing().filter(member=member, notice__key=NoticeKey.MEMBERSHIP).update(withdrawn_at=now)
    TakeoverCode.objects.filter(member=member).delete()
    return True


def _digest(code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return salted_hmac("members.takeover", plain, algorithm="sha256").hexdigest()
