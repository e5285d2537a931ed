"""What is told to whom, and each message that is owed."""

from notices.models.digests import DigestRun
from notices.models.ledger import Call, Delivery, DeliveryEvent
from notices.models.notices import Notice
from notices.models.outreach import JOIN_PAGE, Mention, OutreachPartner, Relay, own_path
from notices.models.people import Subscriber, Subscription, Suppression
from notices.models.requests import Rfp, RfpUpdate
from notices.models.subjects import Topic

__all__ = [
    "JOIN_PAGE",
    "Call",
    "Delivery",
    "DeliveryEvent",
    "DigestRun",
    "Mention",
    "Notice",
    "OutreachPartner",
    "Relay",
    "Rfp",
    "RfpUpdate",
    "Subscriber",
    "Subscription",
    "Suppression",
    "Topic",
    "own_path",
]
