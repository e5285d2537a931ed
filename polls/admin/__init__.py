"""The staff's room for polls."""

from polls.admin.polls import PollAdmin

__all__ = ["PollAdmin"]
