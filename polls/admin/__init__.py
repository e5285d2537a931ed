"""The staff's room for polls, and for what was said and asked beside them."""

from polls.admin.polls import PollAdmin
from polls.admin.room import CommentAdmin, QuestionAdmin
from polls.admin.texts import OtherTextAdmin, SavedQuestionAdmin

__all__ = ["CommentAdmin", "OtherTextAdmin", "PollAdmin", "QuestionAdmin", "SavedQuestionAdmin"]
