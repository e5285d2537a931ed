"""Polls held in a meeting, their answers and what was published of them; and the room: who speaks, what is asked."""

from polls.models.answers import OtherText, Receipt
from polls.models.polls import Ballot, Choice, Option, Poll, PollEvent
from polls.models.room import Comment, Question, Room, SpeakerRequest, Upvote
from polls.models.saved import SavedQuestion
from polls.models.tables import PublishedTable

__all__ = [
    "Ballot",
    "Choice",
    "Comment",
    "Option",
    "OtherText",
    "Poll",
    "PollEvent",
    "PublishedTable",
    "Question",
    "Receipt",
    "Room",
    "SavedQuestion",
    "SpeakerRequest",
    "Upvote",
]
