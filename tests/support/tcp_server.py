"""Servers on loopback that do exactly what a test says, and record the requests they get."""

from __future__ import annotations

from asyncio import (
    IncompleteReadError,
    Server,
    StreamReader,
    StreamWriter,
    Task,
    create_task,
    gather,
    start_server,
)
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from ssl import SSLContext
from struct import pack

Behaviour = Callable[["Peer"], Awaitable[None]]

PAGE = b'{"status": "ok"}'


@dataclass(frozen=True)
class Request:
    """A request to a server; the names of headers are in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Peer:
    """One connection, seen from the server."""

    reader: StreamReader
    writer: StreamWriter
    site: Site

    async def request(self) -> Request:
        """Read the next request."""
        line, *rest = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest if one)
        }
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        request = Request(line, headers, body)
        self.site.requests.append(request)
        return request

    async def send(self, data: bytes) -> None:
        """Send bytes as they stand."""
        self.writer.write(data)
        await self.writer.drain()

    def abort(self) -> None:
        """Reset the connection."""
        self.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class Site:
    """One server."""

    port: int = 0
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """A page on it."""
        return f"{self.origin}/task"


class Farm:
    """Starts servers, and stops them all."""

    def __init__(self) -> None:
        self._servers: list[Server] = []
        self._tasks: set[Task[None]] = set()
        self._writers: list[StreamWriter] = []

    async def serve(
        self, manner: Behaviour, tls: SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
    ) -> Site:
        """Start a server that treats each connection in this manner."""
        site = Site(scheme="https" if tls else "http")

        def connected(reader: StreamReader, writer: StreamWriter) -> None:
            site.connections += 1
            self._writers.append(writer)
            self._tasks.add(create_task(_treat(manner, Peer(reader, writer, site))))

        server = await start_server(connected, host, port, ssl=tls)
        self._servers.append(server)
        site.port = server.sockets[0].getsockname()[1]
        return site

    async def stop(self) -> None:
        """Stop all servers, whatever they are doing."""
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


async def _treat(manner: Behaviour, peer: Peer) -> None:
    try:
        with suppress(IncompleteReadError, ConnectionError):
            await manner(peer)
    finally:
        peer.writer.close()


def answer(body: bytes = PAGE, status: str = "200 OK", *headers: str) -> bytes:
    """Return an HTTP answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


def saying(*parts: bytes) -> Behaviour:
    """Answer the first request with these bytes, then close."""

    async def manner(peer: Peer) -> None:
        await peer.request()
        for part in parts:
            await peer.send(part)

    return manner


def answering(reply: Callable[[Request], bytes]) -> Behaviour:
    """Answer each request on one connection, as HTTP wants it."""

    async def manner(peer: Peer) -> None:
        while True:
            await peer.send(reply(await peer.request()))

    return manner
