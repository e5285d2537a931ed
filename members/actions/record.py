"""The record of what staff do to memberships and for people: one line, in the transaction of the act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from members.models import MemberEvent

if TYPE_CHECKING:
    from datetime import datetime

    from members.enums import MemberAct
    from members.models import Member


def record(
    member: Member, what: MemberAct, *, by: Member, now: datetime, about: str = "", why: str = ""
) -> MemberEvent:
    """Write down one act; call it in the act's own transaction. The person and an auditor read it.

    ``about`` names a level, a meeting or the fields that changed, ``why`` the reason: never a private value.
    """
    return MemberEvent.objects.create(
        member=member, what=what, by=by, about=about.strip()[:200], why=why.strip()[:200], at=now
    )
