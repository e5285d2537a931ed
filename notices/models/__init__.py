"""What is told to whom, and each message that is owed."""

from notices.models.ledger import Call, Delivery, DeliveryEvent, DigestRun
from notices.models.notices import Notice
from notices.models.outreach import JOIN_PAGE, OutreachPartner, Relay, own_path
from notices.models.people import Subscriber, Subscription, Suppression
from notices.models.requests import Rfp, RfpUpdate

__all__ = [
    "JOIN_PAGE",
    "Call",
    "Delivery",
    "DeliveryEvent",
    "DigestRun",
    "Notice",
    "OutreachPartner",
    "Relay",
    "Rfp",
    "RfpUpdate",
    "Subscriber",
    "Subscription",
    "Suppression",
    "own_path",
]
