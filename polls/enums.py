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


class OnScreen(TextChoices):
    """What the projector shows: what comes by itself, or one thing that those who run the meeting chose."""

    BY_ITSELF = "by_itself", "What is going on"
    WELCOME = "welcome", "Welcome and the way in"
    RESULTS = "results", "The results last published"
    SPEAKERS = "speakers", "Who speaks and who waits"
    QUESTIONS = "questions", "Questions"


class SpeakerState(TextChoices):
    WAITING = "waiting", "Waiting"
    SPEAKING = "speaking", "Speaking"
    SPOKEN = "spoken", "Has spoken"
    WITHDRAWN = "withdrawn", "Withdrawn"
    PASSED_OVER = "passed_over", "Passed over"


SPEAKER_NEXT = {
    SpeakerState.WAITING: frozenset({SpeakerState.SPEAKING, SpeakerState.WITHDRAWN, SpeakerState.PASSED_OVER}),
    SpeakerState.SPEAKING: frozenset({SpeakerState.SPOKEN}),
    SpeakerState.SPOKEN: frozenset(),
    SpeakerState.WITHDRAWN: frozenset(),
    SpeakerState.PASSED_OVER: frozenset({SpeakerState.WAITING}),
}


class CommentState(TextChoices):
    PENDING = "pending", "To be read"
    SHOWN = "shown", "Shown"
    HIDDEN = "hidden", "Not shown"


COMMENT_NEXT = {
    CommentState.PENDING: frozenset({CommentState.SHOWN, CommentState.HIDDEN}),
    CommentState.SHOWN: frozenset({CommentState.HIDDEN}),
    CommentState.HIDDEN: frozenset({CommentState.SHOWN}),
}


class QuestionState(TextChoices):
    OPEN = "open", "Open"
    ANSWERED_LIVE = "answered_live", "Answered live"
    LATER = "later", "To be answered later"
    MERGED = "merged", "Asked together with another"
    HIDDEN = "hidden", "Not shown"


_ANY = frozenset({QuestionState.OPEN, QuestionState.ANSWERED_LIVE, QuestionState.LATER, QuestionState.HIDDEN})
QUESTION_NEXT = {
    QuestionState.OPEN: _ANY | {QuestionState.MERGED},
    QuestionState.ANSWERED_LIVE: _ANY,
    QuestionState.LATER: _ANY | {QuestionState.MERGED},
    QuestionState.MERGED: frozenset({QuestionState.OPEN}),
    QuestionState.HIDDEN: frozenset({QuestionState.OPEN}),
}


class Withheld(TextChoices):
    """Why a published table has no breakdown."""

    FEW = "few", "Too few answers"
    EARLIER = "earlier", "Another table from other answers is known"
    SINCE = "since", "Shown before, and no longer"


WITHHELD_WORDS: dict[str, str] = {
    Withheld.FEW: "The breakdown is not shown: with so few answers it would say who gave them.",
    Withheld.EARLIER: "The breakdown is not shown: the question was asked twice, an earlier table is known, and the two "
    "together could say who answered what.",
    Withheld.SINCE: "The breakdown is not shown any more: its sensitive rows are too small.",
}
