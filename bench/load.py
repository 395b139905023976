"""Clients that request the same page repeatedly, on persistent connections."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

import uvloop

from bench.lateness import share
from bench.port import HOME

_END = b"\r\n\r\n"


@dataclass(slots=True)
class Load:
    """The results: how often each status came, and the seconds of each response."""

    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds

    def wait(self, part: float) -> float:
        """Return the seconds within which this part of all answers came."""
        return share(sorted(self.waits), part)


def ask(
    port: int, target: str, seconds: float, clients: int, headers: Mapping[str, str] | None = None
) -> Load:
    """Request a page of this machine for so many seconds, each client as fast as it gets responses."""
    lines = [f"GET {target} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return uvloop.run(_ask(port, "\r\n".join((*lines, "", "")).encode(), seconds, clients))


async def _ask(port: int, request: bytes, seconds: float, clients: int) -> Load:
    load, loop = Load(), asyncio.get_running_loop()
    began = monotonic()
    asking = [_Client(request, load, began + seconds) for _ in range(clients)]
    for client in asking:
        await loop.create_connection(lambda client=client: client, HOME, port)  # type: ignore[misc]  # mypy cannot infer it
    await asyncio.gather(*(client.over for client in asking))
    load.seconds = monotonic() - began
    return load


class _Client(asyncio.Protocol):
    """One connection, one request at a time, until the moment `end`, monotonic."""

    _transport: asyncio.Transport

    def __init__(self, request: bytes, load: Load, end: float) -> None:
        self._request = request
        self._load = load
        self._end = end
        self._head = b""
        self._missing = 0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a client's connection is of this type
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._read_head(data)
        if not self._missing and not self._head:
            self._answered()

    def _read_head(self, data: bytes) -> None:
        self._head += data
        head, end, body = self._head.partition(_END)
        if end:
            self._head = b""
            self._status = int(head[9:12])
            self._missing = _length(head) - len(body)

    def _answered(self) -> None:
        now = monotonic()
        self._load.statuses[self._status] += 1
        self._load.waits.append(now - self._sent)
        if now < self._end:
            self._send()
        else:
            self.over.set_result(None)
            self._transport.close()

    def _send(self) -> None:
        self._sent = monotonic()
        self._transport.write(self._request)


def _length(head: bytes) -> int:
    _, name, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if name and b" 304 " not in head[:20] else 0
