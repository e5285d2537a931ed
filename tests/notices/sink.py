"""A mail server of our own. Its ledger, written and fsynced before each reply, is what the world has seen.

The local part of the address says how it behaves (up to the first “.”):

    ok      takes it                                t4      451 at RCPT twice, then takes it (a greylist)
    t421    421 at RCPT twice, and hangs up         t4x     451 at RCPT for ever
    p5      550 at RCPT                             d5      554 after DATA
    d4      451 after DATA once                     slow    takes it, late
    rhang   no answer to RCPT, once                 hang    takes it, and never says so
    drop    takes it, and hangs up without a word   half    takes it, and hangs up in the middle of its answer
    lost    hangs up after DATA without taking it
"""

import asyncio
import os
import socket
import time
import warnings
from collections import Counter
from email import message_from_bytes
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from aiosmtpd.controller import Controller

AMBIGUOUS = {"drop", "hang", "half", "lost"}  # nobody on our side can know whether these arrived
NEVER_TAKEN = {"p5", "d5", "t4x", "lost"}


class _Handler:
    def __init__(self, ledger: Path, *, most: int, slow: float, each: float, pipelining: bool) -> None:
        self.pipelining = pipelining
        self.ledger, self.refused, self.messages, self.most = ledger, Counter(), [], most
        self.slow, self.each, self.last, self.connections = slow, each, time.monotonic(), 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return [*responses[:-1], *(["250-PIPELINING"] if self.pipelining else []), responses[-1]]

    async def handle_MAIL(self, server, session, envelope, address, mail_options):  # noqa: N802
        session.taken = getattr(session, "taken", 0) + 1
        if self.most and session.taken > self.most:
            return "421 4.7.0 Too many messages on one connection"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802
        mode, before = mode_of(address), self.refused[address]
        await asyncio.sleep(self.each)
        self.refused[address] += 1
        if mode == "p5":
            return "550 5.1.1 No such mailbox"
        if mode == "t4x" or (mode == "t4" and before < 2):
            return "451 4.7.1 Try again later"
        if mode == "t421" and before < 2:
            return "421 4.3.2 Not now"
        if mode == "rhang" and before < 1:
            await asyncio.sleep(self.slow * 20)
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        address = envelope.rcpt_tos[0]
        mode = mode_of(address)
        if mode == "d5":
            return "554 5.6.0 Not like this"
        if mode == "d4" and self.refused[f"data {address}"] < 1:
            self.refused[f"data {address}"] += 1
            return "451 4.3.0 Try again later"
        if mode != "lost":
            self._take(message_from_bytes(envelope.content), address)
        if mode == "slow":
            await asyncio.sleep(self.slow)
        if mode == "hang":
            await asyncio.sleep(self.slow * 20)
        if mode == "half":
            server.transport.write(b"25")
        if mode in AMBIGUOUS:
            server.transport.close() if mode == "half" else server.transport.abort()
        return "250 Taken"

    def _take(self, message, address: str) -> None:
        with self.ledger.open("a") as book:
            book.write(f"{message['Message-ID']} {address} {time.time():.3f}\n")
            book.flush()
            os.fsync(book.fileno())
        self.last = time.monotonic()
        self.messages.append(message)


def mode_of(address: str) -> str:
    return address.partition("@")[0].partition(".")[0]


class Sink:
    """``most``: messages it takes on one connection, then 421. ``slow`` and ``each``: seconds, for some or for all.

    ``pipelining``: it takes several commands at once (RFC 2920).
    """

    def __init__(
        self, folder: Path, *, most: int = 0, slow: float = 0.2, each: float = 0, pipelining: bool = True
    ) -> None:
        self.ledger = folder / "ledger"
        self.ledger.touch()
        self._handler = _Handler(self.ledger, most=most, slow=slow, each=each, pipelining=pipelining)
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

    @property
    def last(self) -> float:
        """When it last took a message, by the monotonic clock."""
        return self._handler.last

    @property
    def connections(self) -> int:
        """How often somebody introduced themselves."""
        return self._handler.connections

    def seen(self) -> Counter:
        """How often each message was taken, by its Message-ID."""
        return Counter(line.split()[0] for line in self.ledger.read_text().splitlines())
