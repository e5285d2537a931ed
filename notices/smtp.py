"""smtplib's connection, with a way of its own to hand one message over.

smtplib's ``sendmail`` waits for the server four times for a message; here it is two times where the server takes several
commands at once (RFC 2920, which nearly every server does). And the server is asked for the message before our side
commits that it is about to get it: whatever it says until then, the message is still ours.
"""

import select
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, cast

from notices.failpoints import failpoint
from notices.wire import as_data

AT_ONCE = 0.05  # seconds: a server that takes longer to answer is waited for
OK, OK_ELSEWHERE, GO_ON, GOING_AWAY = 250, 251, 354, 421  # RFC 5321, 4.2.3
Reply = tuple[int, bytes]
Steps = Sequence[tuple[str, tuple[int, ...]]]  # each a command, and the replies that let one go on


class Handing(smtplib.SMTP):
    """In the clear, or with STARTTLS."""

    begun = False  # whether the server was given the message, to its end: from then on it may have it

    def connect(self, *args: Any, **kwargs: Any) -> Reply:
        reply = super().connect(*args, **kwargs)
        # The last piece of a message is not to wait until the server has acknowledged those before it.
        cast("Any", self.sock).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return reply

    def hand_over(
        self,
        sender: str,
        recipient: str,
        raw: bytes,
        *,
        before_data: Callable[[], None],
        if_slow: Callable[[], None],
        meanwhile: Callable[[], None],
    ) -> None:
        """Hand one message over. Addresses are bare (``wire.mailbox``), ``raw`` has CRLF line ends.

        ``before_data`` runs when all is said but the message itself, and may raise; ``if_slow`` where the server lets us
        wait before that; ``meanwhile`` while it thinks about what it was given, and must neither raise nor take long.

        Raises SMTPResponseException where the server refuses, whatever ``before_data`` raises, and what smtplib raises
        for a line that breaks. Where it is not the server's own word that ends it, the line is closed: a server that
        waits for a message takes anything for one.
        """
        self.begun = False
        self.ehlo_or_helo_if_needed()
        self._open_envelope(sender, recipient, len(raw), if_slow)
        with self._to_its_end():
            before_data()
            if self._has_read_ahead():  # nothing was asked: it goes away, and says so
                raise smtplib.SMTPResponseException(*self.getreply())
            self.send(as_data(raw))  # where this breaks, the end of the message was not sent
            self.begun = True
            meanwhile()
            failpoint("after_data_before_reply")
            reply = self.getreply()
        if reply[0] != OK:
            self._refuse(reply)

    def getreply(self) -> Reply:
        try:
            return super().getreply()
        except smtplib.SMTPResponseException as error:  # no reply of the server's: one that smtplib makes up
            raise smtplib.SMTPServerDisconnected("It talks without end.") from error

    @contextmanager
    def _to_its_end(self) -> Iterator[None]:
        """What is broken off in here closes the line."""
        with ExitStack() as otherwise:
            otherwise.callback(self.close)
            yield
            otherwise.pop_all()

    def _open_envelope(self, sender: str, recipient: str, size: int, if_slow: Callable[[], None]) -> None:
        """Say from whom to whom, until the server asks for the message."""
        said_size = f" SIZE={size}" if self.has_extn("size") else ""
        steps = (
            (f"MAIL FROM:<{sender}>{said_size}", (OK,)),
            (f"RCPT TO:<{recipient}>", (OK, OK_ELSEWHERE)),
            ("DATA", (GO_ON,)),
        )
        say = self._say_together if self.has_extn("pipelining") else self._say_one_by_one
        with self._to_its_end():
            replies = say(steps, if_slow)
        refused = _refusal(replies, steps)
        if refused:
            if replies[-1][0] == GO_ON:  # it asks for a message to nobody: there is no other way to take that back
                self.close()
            self._refuse(refused)

    def _say_together(self, steps: Steps, if_slow: Callable[[], None]) -> list[Reply]:
        self.send("".join(f"{command}\r\n" for command, _ in steps))
        replies: list[Reply] = []
        for _ in steps:
            try:
                replies.append(self._reply(if_slow))
            except OSError:
                if not _refusal(replies, steps):
                    raise
                self.close()  # it has said no, and then hung up: what it said counts
                break
            if replies[-1][0] == GOING_AWAY:
                break
        return replies

    def _say_one_by_one(self, steps: Steps, if_slow: Callable[[], None]) -> list[Reply]:
        replies: list[Reply] = []
        for command, good in steps:
            self.putcmd(command)
            replies.append(self._reply(if_slow))
            if replies[-1][0] not in good:
                break
        return replies

    def _refuse(self, reply: Reply) -> None:
        """The server said no: make the line ready for the next message, or close it if this was no plain no."""
        if reply[0] == GOING_AWAY or not 400 <= reply[0] < 600:
            self.close()
        else:
            with suppress(smtplib.SMTPServerDisconnected):  # the next message will find that out
                self.rset()
        raise smtplib.SMTPResponseException(*reply)

    def _reply(self, if_slow: Callable[[], None]) -> Reply:
        line: Any = self.sock
        if not self._has_read_ahead() and not select.select([line], [], [], AT_ONCE)[0]:
            if_slow()
        return self.getreply()

    def _has_read_ahead(self) -> bool:
        """Whether there is something to read that the socket need not be waited for: replies that came together."""
        line, replies = cast("Any", self.sock), cast("Any", self.file)
        patience = line.gettimeout()
        line.settimeout(0)
        try:
            return bool(replies.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            line.settimeout(patience)


def _refusal(replies: list[Reply], steps: Steps) -> Reply | None:
    """The first reply that lets one not go on."""
    return next((reply for reply, (_, good) in zip(replies, steps, strict=False) if reply[0] not in good), None)


class HandingSSL(Handing, smtplib.SMTP_SSL):
    """TLS from the first byte."""
