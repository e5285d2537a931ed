"""The membership staff's room."""

from members.admin.people import MemberAdmin, ReferralAdmin
from members.admin.words import InterestAdmin, ParticipantCategoryAdmin

__all__ = ["InterestAdmin", "MemberAdmin", "ParticipantCategoryAdmin", "ReferralAdmin"]
