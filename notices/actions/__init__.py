"""What can happen with messages, notices and subscriptions: the front door for other apps."""

from notices.actions.bounces import handle_bounce, hear, try_address_again
from notices.actions.calls import tell_call
from notices.actions.digests import owe_period_digests, period_digests
from notices.actions.drafts import draft_correction, draft_notice, save_draft
from notices.actions.fanout import start_sending
from notices.actions.forgetting import empty_deliveries, forget_referred_addresses
from notices.actions.messages import (
    ask_to_confirm,
    decide,
    lift_suppression,
    owe,
    owe_alike,
    retry,
    retry_failed,
    suppress,
)
from notices.actions.notices import (
    cancel,
    close_finished,
    pause,
    release,
    resume,
    send_test,
    take_back,
    why_no_draft,
)  # fmt: skip
from notices.actions.outreach import count_joining, count_visit, make_relay
from notices.actions.proposals import owe_proposal, refuse_proposals
from notices.actions.public_notices import owe_public_notice
from notices.actions.renewals import end_unrenewed, remind_to_renew, renew
from notices.actions.rfps import add_update, publish_rfp
from notices.actions.subscribers import (
    confirm_subscription,
    follow,
    keep_topic,
    make_subscribers,
    save_preferences,
    subscriber_for,
    unsubscribe,
)
from notices.actions.withdrawing import say_anew, withdraw
from notices.digest import Digest, Reader, keep, write
from notices.message import Shared, share

__all__ = [
    "Digest",
    "Reader",
    "Shared",
    "add_update",
    "ask_to_confirm",
    "cancel",
    "close_finished",
    "confirm_subscription",
    "count_joining",
    "count_visit",
    "decide",
    "draft_correction",
    "draft_notice",
    "empty_deliveries",
    "end_unrenewed",
    "follow",
    "forget_referred_addresses",
    "handle_bounce",
    "hear",
    "keep",
    "keep_topic",
    "lift_suppression",
    "make_relay",
    "make_subscribers",
    "owe",
    "owe_alike",
    "owe_period_digests",
    "owe_proposal",
    "owe_public_notice",
    "pause",
    "period_digests",
    "publish_rfp",
    "refuse_proposals",
    "release",
    "remind_to_renew",
    "renew",
    "resume",
    "retry",
    "retry_failed",
    "save_draft",
    "save_preferences",
    "say_anew",
    "send_test",
    "share",
    "start_sending",
    "subscriber_for",
    "suppress",
    "take_back",
    "tell_call",
    "try_address_again",
    "unsubscribe",
    "why_no_draft",
    "withdraw",
    "write",
]
