"""A mail server of our own. Its ledger, written and fsynced before each reply, is what the world has seen.

The local part of the address says how it behaves (up to the first “.”): ok, t4 (451 twice), t4x (451 for ever), p5 (550
at RCPT), d5 (554 after DATA), drop (takes the message, then hangs up without a word).
"""

import os
import socket
import warnings
from collections import Counter
from email import message_from_bytes
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from aiosmtpd.controller import Controller


class _Handler:
    def __init__(self, ledger: Path) -> None:
        self.ledger, self.refused, self.messages = ledger, Counter(), []

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802
        mode = _mode(address)
        if mode == "p5":
            return "550 5.1.1 No such mailbox"
        if mode == "t4x" or (mode == "t4" and self.refused[address] < 2):
            self.refused[address] += 1
            return "451 4.7.1 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        address = envelope.rcpt_tos[0]
        if _mode(address) == "d5":
            return "554 5.6.0 Not like this"
        message = message_from_bytes(envelope.content)
        with self.ledger.open("a") as book:
            book.write(f"{message['Message-ID']} {address}\n")
            book.flush()
            os.fsync(book.fileno())
        self.messages.append(message)
        if _mode(address) == "drop":
            server.transport.abort()
        return "250 Taken"


def _mode(address: str) -> str:
    return address.partition("@")[0].partition(".")[0]


class Sink:
    def __init__(self, folder: Path) -> None:
        self.ledger = folder / "ledger"
        self.ledger.touch()
        self._handler = _Handler(self.ledger)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._controller = Controller(self._handler, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> "Sink":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def messages(self) -> list:
        return self._handler.messages

    def seen(self) -> Counter:
        """How often each message was taken, by its Message-ID."""
        return Counter(line.split()[0] for line in self.ledger.read_text().splitlines())
