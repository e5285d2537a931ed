"""What can happen in the room: the front door for other apps."""

from polls.actions.ballots import cast_ballot, own_choices, own_text, voter_key, was_counted
from polls.actions.outreach import begin_outreach, notices_about
from polls.actions.polls import (
    close_poll,
    import_published,
    open_poll,
    prepare_category_poll,
    prepare_poll,
    publish_poll,
    reset_poll,
)
from polls.actions.questions import (
    answer_question,
    ask_question,
    mark_question,
    merge_question,
    publish_handout,
    upvote,
)
from polls.actions.ready import decide_text, forget_receipts, prepare_category_polls, prepare_saved, save_question
from polls.actions.room import (
    ask_to_speak,
    call_speaker,
    decide_comment,
    end_speaking,
    go_to_item,
    pass_over,
    put_on_screen,
    send_comment,
    withdraw_request,
)
from polls.actions.tables import COMPARED, keep_first_versions, publish_version, tables_out_of_date
from polls.person_key import person_key

__all__ = [
    "COMPARED",
    "answer_question",
    "ask_question",
    "ask_to_speak",
    "begin_outreach",
    "call_speaker",
    "cast_ballot",
    "close_poll",
    "decide_comment",
    "decide_text",
    "end_speaking",
    "forget_receipts",
    "go_to_item",
    "import_published",
    "keep_first_versions",
    "mark_question",
    "merge_question",
    "notices_about",
    "open_poll",
    "own_choices",
    "own_text",
    "pass_over",
    "person_key",
    "prepare_category_poll",
    "prepare_category_polls",
    "prepare_poll",
    "prepare_saved",
    "publish_handout",
    "publish_poll",
    "publish_version",
    "put_on_screen",
    "reset_poll",
    "save_question",
    "send_comment",
    "tables_out_of_date",
    "upvote",
    "voter_key",
    "was_counted",
    "withdraw_request",
]
