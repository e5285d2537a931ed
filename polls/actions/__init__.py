"""What can happen in the room: the front door for other apps."""

from polls.actions.ballots import cast_ballot, own_choices, own_text, voter_key, was_counted
from polls.actions.polls import (
    close_poll,
    import_published,
    open_poll,
    prepare_category_poll,
    prepare_poll,
    publish_poll,
    reset_poll,
)

__all__ = [
    "cast_ballot",
    "close_poll",
    "import_published",
    "open_poll",
    "own_choices",
    "own_text",
    "prepare_category_poll",
    "prepare_poll",
    "publish_poll",
    "reset_poll",
    "voter_key",
    "was_counted",
]
