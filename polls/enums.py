from django.db.models import TextChoices


class PollKind(TextChoices):
    CATEGORIES = "categories", "Participant categories"
    CONSENSUS = "consensus", "Consensus by thumbs"
    ONE = "one", "One choice"
    MANY = "many", "Several choices"
    SCALE = "scale", "Scale"


# Kinds in which a ballot may hold more than one choice.
MULTIPLE = frozenset({PollKind.CATEGORIES, PollKind.MANY})


class PollState(TextChoices):
    DRAFT = "draft", "Draft"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"
    PUBLISHED = "published", "Published"


# Kinds whose answers are written by those who prepare them, and which may therefore offer "other" with a text.
WRITTEN = frozenset({PollKind.ONE, PollKind.MANY})

# A reset (with a reason) leads from anywhere but draft back to draft and throws the ballots away.
POLL_NEXT = {
    PollState.DRAFT: frozenset({PollState.OPEN}),
    PollState.OPEN: frozenset({PollState.CLOSED, PollState.DRAFT}),
    PollState.CLOSED: frozenset({PollState.PUBLISHED, PollState.DRAFT}),
    PollState.PUBLISHED: frozenset({PollState.DRAFT}),
}

# What is done next with a poll in this state, as a word in an address and as words on a button.
NEXT_VERB: dict[str, tuple[str, str]] = {
    PollState.DRAFT: ("open", "Open the poll"),
    PollState.OPEN: ("close", "Close the poll"),
    PollState.CLOSED: ("publish", "Publish the results"),
}


class TextState(TextChoices):
    """What became of the words beside "other". They are shown to nobody but staff until staff approve them."""

    WAITING = "waiting", "To be looked at"
    SHOWN = "shown", "Shown"
    HIDDEN = "hidden", "Not shown"
