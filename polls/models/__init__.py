"""Polls held in a meeting, their answers, and what was published of them."""

from polls.models.answers import OtherText, Receipt
from polls.models.polls import Ballot, Choice, Option, Poll, PollEvent
from polls.models.saved import SavedQuestion
from polls.models.tables import PublishedTable

__all__ = ["Ballot", "Choice", "Option", "OtherText", "Poll", "PollEvent", "PublishedTable", "Receipt", "SavedQuestion"]
