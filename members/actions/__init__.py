"""What can happen with people and their memberships: the front door for other apps."""

from members.actions.memberships import (
    activate,
    deactivate,
    forget_unanswered_referrals,
    forget_unconfirmed,
    join,
    leave,
    refer,
    remove_second_factors,
    set_level,
    set_rights,
)

__all__ = [
    "activate",
    "deactivate",
    "forget_unanswered_referrals",
    "forget_unconfirmed",
    "join",
    "leave",
    "refer",
    "remove_second_factors",
    "set_level",
    "set_rights",
]
