"""The pages of the notices."""

from notices.views.archive import NoticeFeed, notice_detail, notice_list, relay_follow, rfp_detail, rfp_list
from notices.views.provider import mail_events, try_address
from notices.views.subscriptions import confirm, my_preferences, never, preferences, renew, subscribe, unsubscribe

__all__ = [
    "NoticeFeed", "confirm", "mail_events", "my_preferences", "never", "notice_detail", "notice_list", "preferences", "relay_follow",
    "renew", "rfp_detail", "rfp_list", "subscribe", "try_address", "unsubscribe",
]  # fmt: skip
