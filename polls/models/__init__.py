"""Polls held in a meeting, and their answers."""

from polls.models.polls import Ballot, Choice, Option, Poll, PollEvent

__all__ = ["Ballot", "Choice", "Option", "Poll", "PollEvent"]
