"""A server on its own thread where each page is bad in another way, except a healthy one."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from socket import SO_LINGER, SOL_SOCKET
from struct import pack
from threading import Event, Thread
from typing import Self
from urllib.parse import quote, unquote

from tests.support.task_pages import rendered, report

from py_pinger.core.model.check import Cause, Status

# Seconds between two bytes of a slow server: a whole answer takes far longer than a timeout.
SLOWLY = 0.05

HEALTHY = "healthy"
ROTATING = "rotating"


@dataclass(frozen=True)
class Peer:
    """One request, as the server sees it; `head` is the whole of it."""

    reader: StreamReader
    writer: StreamWriter
    head: bytes = b""

    @property
    def path(self) -> str:
        """The requested path."""
        return self.head.split(b" ")[1].decode()

    async def send(self, *parts: bytes) -> None:
        """Send bytes as they stand."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def hang(self) -> None:
        """Send nothing while the client waits."""
        await self.reader.read()

    def reset(self) -> None:
        """Reset the connection."""
        self.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Peer], Awaitable[object]]


@dataclass(frozen=True)
class Kind:
    """A kind of bad answer, and the right verdict; `reason` is the beginning of its reason.

    One that is `early` does not wait for the request, so it has a port of its own.
    """

    name: str
    manner: Behaviour
    status: Status
    cause: Cause | None
    reason: str
    early: bool = False
    scheme: str = "http"


class Hostile:
    """Serves kinds, each at its own path or port, and a healthy page."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._polite = [kind for kind in self._kinds.values() if not kind.early]
        self._ports: dict[str, int] = {}
        self._turns: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._ready = Event()
        self._over = asyncio.Event()
        self._thread = Thread(target=self._run, daemon=True)

    def url(self, name: str) -> str:
        """Return the address of a kind, of HEALTHY, or of ROTATING with any path below it."""
        kind = self._kinds.get(name)
        port = self._ports.get(name) or self._ports[HEALTHY]
        return f"{kind.scheme if kind else 'http'}://127.0.0.1:{port}/{quote(name)}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        servers = [await asyncio.start_server(self._shared, "127.0.0.1", 0, backlog=1024)]
        self._ports[HEALTHY] = servers[0].sockets[0].getsockname()[1]
        for kind in self._kinds.values():
            if kind.early:
                servers.append(await asyncio.start_server(_alone(kind), "127.0.0.1", 0))
                self._ports[kind.name] = servers[-1].sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        for server in servers:
            server.close()

    async def _shared(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError, EOFError, asyncio.CancelledError):
            while await self._treat(Peer(reader, writer, await reader.readuntil(b"\r\n\r\n"))):
                pass
        writer.close()

    async def _treat(self, peer: Peer) -> bool:
        """Answer one request; return True if the connection can take another."""
        name = unquote(peer.path[1:].partition("/")[0])
        if name == HEALTHY:
            await peer.send(page(report()))
            return True
        if name == ROTATING:
            self._turns[peer.path] += 1
            name = self._polite[self._turns.total() % len(self._polite)].name
        return bool(await self._kinds[name].manner(peer))


def _alone(kind: Kind) -> Callable[[StreamReader, StreamWriter], Awaitable[None]]:
    async def connected(reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError, EOFError, asyncio.CancelledError):
            await kind.manner(Peer(reader, writer))
        writer.close()

    return connected


def page(body: object, status: str = "200 OK", *headers: str) -> bytes:
    """Return a whole answer."""
    content = rendered(body)
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *headers, "", "")
    return "\r\n".join(lines).encode() + content


def sends(*parts: bytes) -> Behaviour:
    """Send bytes as they stand, then hang up."""
    return lambda peer: peer.send(*parts)


def shows(body: object, status: str = "200 OK", *headers: str) -> Behaviour:
    """Answer properly, whatever the body; rendered at the time, and the connection stays."""

    async def manner(peer: Peer) -> bool:
        await peer.send(page(body, status, *headers))
        return True

    return manner


def sends_and_hangs(*parts: bytes) -> Behaviour:
    """Send bytes as they stand, then nothing."""

    async def manner(peer: Peer) -> None:
        await peer.send(*parts)
        await peer.hang()

    return manner


def floods(start: bytes, again: bytes) -> Behaviour:
    """Send the same bytes while the client reads."""

    async def manner(peer: Peer) -> None:
        await peer.send(start)
        for part in repeat(again):
            await peer.send(part)

    return manner


def trickles(start: bytes, again: bytes) -> Behaviour:
    """Send the same few bytes slowly, without an end."""

    async def manner(peer: Peer) -> None:
        await peer.send(start)
        for part in repeat(again):
            await asyncio.sleep(SLOWLY)
            await peer.send(part)

    return manner


def redirects(location: str) -> Behaviour:
    """Redirect."""
    return shows(b"", "302 Found", f"Location: {location}")
