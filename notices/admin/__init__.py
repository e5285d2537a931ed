"""The staff's room of the notices: drafts and their release, requests, what was sent to whom, and partners."""

from notices.admin.calls import CallAdmin
from notices.admin.ledger import DeliveryAdmin
from notices.admin.mentions import MentionAdmin
from notices.admin.notices import NoticeAdmin
from notices.admin.outreach import OutreachPartnerAdmin
from notices.admin.people import SubscriberAdmin, SuppressionAdmin
from notices.admin.rfps import RfpAdmin

__all__ = [
    "CallAdmin", "DeliveryAdmin", "MentionAdmin", "NoticeAdmin", "OutreachPartnerAdmin", "RfpAdmin", "SubscriberAdmin", "SuppressionAdmin",
]  # fmt: skip
