"""The line to the mail server: one connection, and a verdict on everything that can go wrong on it."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.utils.module_loading import import_string

from notices.enums import DeliveryState
from notices.smtp import Handing, HandingSSL
from notices.wire import Letter, mailbox

NO_SUCH_MAILBOX = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")


BROKEN: dict[type[Exception], str] = {
    smtplib.SMTPServerDisconnected: "the server hung up",
    TimeoutError: "the server did not answer in time",
    ConnectionRefusedError: "the server takes no connection",
    ConnectionError: "the connection was cut",
    socket.gaierror: "no server of this name is known",
    ssl.SSLError: "no secure connection could be agreed on",
}


class Withdrawn(Exception):
    """At the last instant the message was not to be sent any more (cancelled, unsubscribed, taken by another)."""


@dataclass(frozen=True)
class Verdict:
    """What follows from an error: again later (queued), never (failed), or a person decides (unknown)."""

    state: DeliveryState
    reason: str
    line_is_down: bool = False
    no_such_mailbox: bool = False


class _SmtpBackend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return HandingSSL if self.use_ssl else Handing


class Line:
    """One connection for all batches of a run; opened when needed, and again after the server has hung up."""

    def __init__(self) -> None:
        self._smtp: _SmtpBackend | None = None
        self._other: BaseEmailBackend | None = None
        self._sender = mailbox(settings.MAIL_FROM)
        self.begun = False
        if issubclass(import_string(settings.EMAIL_BACKEND), EmailBackend):
            self._smtp = _SmtpBackend()
        else:  # the development mailbox, the tests' own, or a provider's interface
            self._other = get_connection()

    def send(
        self,
        letter: Letter,
        *,
        before_data: Callable[[], None],
        if_slow: Callable[[], None],
        meanwhile: Callable[[], None],
    ) -> None:
        """Hand one message over; ``before_data`` runs just before the server is given it, and may raise.

        ``if_slow`` runs before that, where the server lets us wait: what is left to write down should not wait with us.
        ``meanwhile`` runs while the server thinks about what it was given. It must not raise, nor take long.
        """
        self.begun = False
        if self._other:
            letter.message.message()  # what cannot be written down fails here, while it is still ours
            before_data()
            self.begun = True
            self._other.send_messages([letter.message])
            return
        raw = letter.raw
        if not self._is_open:
            if_slow()
        connection = self._open()
        try:
            connection.hand_over(
                self._sender, mailbox(letter.message.to[0]), raw,
                before_data=before_data, if_slow=if_slow, meanwhile=meanwhile,
            )  # fmt: skip
        finally:
            self.begun = connection.begun

    @property
    def _is_open(self) -> bool:
        held: Any = self._smtp and self._smtp.connection
        return bool(held and held.sock)  # without a socket: the server hung up (421, a dropped line)

    def _open(self) -> Any:
        assert self._smtp is not None  # noqa: S101 - the type checker's question, answered by __init__
        if self._smtp.connection is not None and not self._is_open:
            self.close()
        try:
            self._smtp.open()
        except (OSError, smtplib.SMTPException) as error:
            raise LineDown(_words(error)) from error
        return self._smtp.connection

    def close(self) -> None:
        if self._smtp:
            try:
                self._smtp.close()
            except (OSError, smtplib.SMTPException, ssl.SSLError):
                self._smtp.connection = None


class LineDown(Exception):
    """No connection to the mail server: nothing was handed over, and nothing will be for now."""


def judge(error: Exception, *, begun: bool) -> Verdict:
    """What an error means for the message. ``begun``: the server was given it when the error came, and may have it."""
    if isinstance(error, (LineDown, smtplib.SMTPHeloError)):
        return Verdict(DeliveryState.QUEUED, f"No connection: {error}", line_is_down=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code, error.smtp_error, begun=begun)
    if isinstance(error, (smtplib.SMTPException, OSError)):
        if begun:
            return Verdict(
                DeliveryState.UNKNOWN, f"The line broke before the server said whether it has it: {_words(error)}"
            )
        return Verdict(DeliveryState.QUEUED, f"The line broke: {_words(error)}")
    return Verdict(DeliveryState.FAILED, f"It cannot be written as a message: {type(error).__name__}")


def _by_code(code: int, words: bytes | str, *, begun: bool) -> Verdict:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    reason = f"The server said {code} {said}"[:300]
    if 400 <= code < 500:
        return Verdict(DeliveryState.QUEUED, reason)
    if 500 <= code < 600:
        return Verdict(DeliveryState.FAILED, reason, no_such_mailbox=said.startswith(NO_SUCH_MAILBOX))
    return Verdict(DeliveryState.UNKNOWN if begun else DeliveryState.QUEUED, reason)


def _words(error: Exception) -> str:
    """What happened, for whoever reads the list of messages; for what we do not know, the name that a search finds."""
    return next((words for kind, words in BROKEN.items() if isinstance(error, kind)), type(error).__name__)
