"""A crowd of phones in one process, behind one proxy: many requests over a few connections that stay open."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    took: float  # milliseconds, from when the phone wanted it, waiting for a free connection included


@dataclass
class Proxy:
    """``connections`` kept open to one server, each used by one request at a time, as a reverse proxy does."""

    port: int
    connections: int
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        for _ in range(self.connections):
            self.free.put_nowait(None)

    async def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        began = time.perf_counter()
        kept = await self.free.get()
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        sent = "\r\n".join([*lines, "", ""]).encode() + body
        try:
            try:
                kept, answer = await self._exchange(kept, sent)
            except (ConnectionError, asyncio.IncompleteReadError):
                if kept is None:
                    raise
                # The server closed it while it was idle; a proxy opens another one.
                kept, answer = await self._exchange(None, sent)
        except BaseException:
            self.free.put_nowait(None)
            raise
        self.free.put_nowait(kept)
        answer.took = (time.perf_counter() - began) * 1000
        return answer

    async def _exchange(self, kept, sent):
        reader, writer = kept or await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        length, status = int(headers.get("content-length", 0)), int(head[0].split()[1])
        body = await reader.readexactly(length) if length and status != 304 else b""
        if headers.get("connection", "").lower() == "close":
            writer.close()
            return None, Answer(status, headers, body, 0)
        return (reader, writer), Answer(status, headers, body, 0)


def percentile(values: list[float], which: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * which / 100))], 1) if ordered else 0.0
