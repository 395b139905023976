"""A small server for the pages that misbehave or change, and for a Slack that records messages.

It runs on a loop and a thread of its own; answers stand ready as bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from threading import Thread
from time import monotonic
from typing import Self

import uvloop

from bench.farm.page import Kind, body, last_round_run
from bench.farm.slack import Slack
from bench.port import free_port

# Seconds that a slow page takes.
SLOWNESS = 0.5

# Seconds after which the pages are rendered again, so that they never become out of date.
FRESH = 1.0

BACKLOG = 4096

_LENGTH = b"content-length:"
_END = b"\r\n\r\n"


class HostileServer:
    """Serves at each of the addresses, on `port`; `slack` has what was posted to it.

    `served` tells when each page was first asked for since it was last switched, in monotonic seconds.
    """

    def __init__(self, addresses: Sequence[str]) -> None:
        self.port = free_port()
        self.slack = Slack()
        self.requests = 0
        self.served: dict[str, float] = {}
        self._addresses = addresses
        self._failing: frozenset[str] = frozenset()
        self._well = self._ill = b""
        self._up: Future[asyncio.AbstractEventLoop] = Future()
        self._over = asyncio.Event()
        self._thread = Thread(target=self._run, name="hostile pages", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._loop = self._up.result()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def switch(self, paths: Sequence[str], *, failing: bool) -> float:
        """Let pages say from now on that their task fails, or that it is ok; return when, monotonic."""
        changed = frozenset(paths)
        self._failing = self._failing | changed if failing else self._failing - changed
        for path in paths:
            self.served.pop(path, None)
        return monotonic()

    def answer(self, exchange: Exchange, target: str, posted: bytes) -> None:
        """Answer a request in the manner of its target."""
        self.requests += 1
        kind = target.split("/", 2)[1]
        if kind == Kind.SWITCHED:
            exchange.send(self._ill if target in self._failing else self._well)
            self.served.setdefault(target, monotonic())
        elif kind == Kind.SLOW:
            self._loop.call_later(SLOWNESS, exchange.send, self._well)
        elif kind == Kind.CLOSING:
            exchange.hang_up()
        elif posted:
            exchange.send(_answer(self.slack.take(posted, monotonic())))
        elif kind != Kind.HANGING:
            exchange.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    def _run(self) -> None:
        try:
            uvloop.run(self._serve())
        except OSError as fault:
            self._up.set_exception(fault)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._write_pages(loop)
        server = await loop.create_server(
            lambda: Exchange(self), list(self._addresses), self.port, backlog=BACKLOG
        )
        self._up.set_result(loop)
        async with server:
            await self._over.wait()

    def _write_pages(self, loop: asyncio.AbstractEventLoop) -> None:
        now = datetime.now(UTC)
        lastrun = last_round_run(now)
        self._well = _answer(body(Kind.HEALTHY, lastrun, now).encode())
        self._ill = _answer(body(Kind.FAILING, lastrun, now).encode())
        loop.call_later(FRESH, self._write_pages, loop)


class Exchange(asyncio.Protocol):
    """One connection: a request at a time, as the clients that we measure send them."""

    _transport: asyncio.Transport

    def __init__(self, server: HostileServer) -> None:
        self._server = server
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to answer on."""
        self._transport = transport  # type: ignore[assignment]  # a server's connections are of this type

    def data_received(self, data: bytes) -> None:
        """Answer as soon as the request is whole."""
        self._received += data
        head, end, posted = self._received.partition(_END)
        if end and len(posted) >= _body_length(head):
            self._received = b""
            self._server.answer(self, head.split(b" ", 2)[1].decode(), posted)

    def send(self, answer: bytes) -> None:
        """Send a whole response, if the client still waits for it."""
        if not self._transport.is_closing():
            self._transport.write(answer)

    def hang_up(self) -> None:
        """Close the connection without a response."""
        self._transport.close()


def _body_length(head: bytes) -> int:
    _, name, rest = head.lower().partition(_LENGTH)
    return int(rest.partition(b"\r\n")[0]) if name else 0


def _answer(content: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content
