"""What never stands in a log: the tokens in personal links. Whoever reads one there could use it."""

import logging
import re

# The addresses whose next part is a token.
TOKEN = re.compile(
    r"(/calendar/|/accounts/come-back/|/notices/(?:preferences|unsubscribe|subscribe)/|/rsvp/(?:confirm/)?)(?!confirm/)[^/\s]+"
)


class HideTokens(logging.Filter):
    """Put “…” in the place of a token in an address, in the message and in what is filled into it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _hidden(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(argument) for argument in record.args)
        return True


def _hidden(value: object) -> object:
    return TOKEN.sub(r"\1…", value) if isinstance(value, str) else value
