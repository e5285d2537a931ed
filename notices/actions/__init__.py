"""What can happen with messages, notices and subscriptions: the front door for other apps."""

from notices.actions.messages import owe
from notices.actions.subscribers import subscriber_for

__all__ = ["owe", "subscriber_for"]
