"""A mail server thirty milliseconds away: what a message waits for, by our own words and by smtplib's sendmail."""

from __future__ import annotations

import asyncio
import multiprocessing
import smtplib
import socket
import statistics
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ONE_WAY = 0.015
MESSAGES = 40


def measured(raw: bytes, port: int, rounds: int) -> dict[str, Any]:
    """Milliseconds a message, in turns, medians. ``port``: of the server that is made to be far."""
    with _far(port) as relayed:
        ours, theirs = zip(*((_by_us(raw, relayed), _by_sendmail(raw, relayed)) for _ in range(rounds)), strict=True)
    return {
        "row": f"one message, server {2 * ONE_WAY * 1000:.0f} ms away",
        "ms": round(statistics.median(ours)), "sendmail_ms": round(statistics.median(theirs)), "is_met": True,
    }  # fmt: skip


def _by_us(raw: bytes, port: int) -> float:
    from notices.smtp import Handing

    with Handing("127.0.0.1", port, local_hostname="bench") as line:
        line.ehlo()
        return _each(lambda: line.hand_over(
            "cop@portal.example", "reader@example.org", raw,
            before_data=lambda: None, if_slow=lambda: None, meanwhile=lambda: None,
        ))  # fmt: skip


def _by_sendmail(raw: bytes, port: int) -> float:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="bench") as line:
        line.ehlo()
        return _each(lambda: line.sendmail("cop@portal.example", ["reader@example.org"], raw))


def _each(send: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(MESSAGES):
        send()
    return (time.perf_counter() - begun) / MESSAGES * 1000


@contextmanager
def _far(port: int) -> Iterator[int]:
    """A port that leads to another, whatever is said on the way taking its time."""
    door = socket.create_server(("127.0.0.1", 0))
    relay = multiprocessing.get_context("fork").Process(target=_relay, args=[door, port], daemon=True)
    relay.start()
    try:
        yield door.getsockname()[1]
    finally:
        relay.terminate()
        door.close()


def _relay(door: socket.socket, port: int) -> None:
    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        later = asyncio.get_running_loop().call_later
        while words := await source.read(2**20):
            later(ONE_WAY, target.write, words)
        later(ONE_WAY, target.close)

    async def meet(source: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        back.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers, target = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(source, target), carry(answers, back))

    async def serve() -> None:
        async with await asyncio.start_server(meet, sock=door) as server:
            await server.serve_forever()

    asyncio.run(serve())
