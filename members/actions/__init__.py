"""What can happen with people and their memberships: the front door for other apps."""

from members.actions.addresses import change_address, replace_address
from members.actions.levels import set_level, take_back_level_change
from members.actions.lifecycle import (
    activate,
    choices_are_held,
    come_back,
    correct_deceased,
    deactivate,
    leave,
    mark_deceased,
    strip_given_by_choice,
)
from members.actions.memberships import (
    forget_referral,
    forget_unanswered_referrals,
    forget_unconfirmed,
    join,
    refer,
    remove_second_factors,
    set_rights,
)
from members.actions.profile import replace_category, save_profile, withdraw_attestations
from members.actions.record import record
from members.actions.takeover import print_code, take_over, use_code

__all__ = [
    "activate",
    "change_address",
    "choices_are_held",
    "come_back",
    "correct_deceased",
    "deactivate",
    "forget_referral",
    "forget_unanswered_referrals",
    "forget_unconfirmed",
    "join",
    "leave",
    "mark_deceased",
    "print_code",
    "record",
    "refer",
    "remove_second_factors",
    "replace_address",
    "replace_category",
    "save_profile",
    "set_level",
    "set_rights",
    "strip_given_by_choice",
    "take_back_level_change",
    "take_over",
    "use_code",
    "withdraw_attestations",
]
