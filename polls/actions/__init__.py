"""What can happen in the room: the front door for other apps."""

from polls.actions.polls import (
    cast_ballot,
    close_poll,
    import_published,
    open_poll,
    own_choices,
    prepare_category_poll,
    prepare_poll,
    publish_poll,
    reset_poll,
    voter_key,
)

__all__ = [
    "cast_ballot",
    "close_poll",
    "import_published",
    "open_poll",
    "own_choices",
    "prepare_category_poll",
    "prepare_poll",
    "publish_poll",
    "reset_poll",
    "voter_key",
]
