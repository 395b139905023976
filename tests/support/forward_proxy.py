"""A forward proxy: tunnels, and plain requests by their whole URL, for those who know the password."""

from __future__ import annotations

from asyncio import StreamReader, StreamWriter, TaskGroup, open_connection
from base64 import b64encode
from contextlib import suppress
from urllib.parse import urlsplit

from tests.support.tcp_server import Behaviour, Peer, Request, answer

TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
WHO_ARE_YOU = answer(b"", "407 Proxy Authentication Required", "Proxy-Authenticate: Basic")
UNKNOWN = answer(b"", "502 Bad Gateway")


def forwarding(credentials: str | None = None) -> Behaviour:
    """Forward requests with these credentials, `user:password`, or all if there are none."""
    wanted = credentials and f"Basic {b64encode(credentials.encode()).decode()}"

    async def manner(peer: Peer) -> None:
        request = await peer.request()
        if wanted and request.headers.get("proxy-authorization") != wanted:
            await peer.send(WHO_ARE_YOU)
            return
        try:
            await _forward(peer, request)
        except OSError:
            await peer.send(UNKNOWN)

    return manner


async def _forward(peer: Peer, request: Request) -> None:
    method, target, _ = request.line.split(" ")
    tunnel = method == "CONNECT"
    url = urlsplit(f"//{target}" if tunnel else target)
    reader, writer = await open_connection(url.hostname, url.port)
    try:
        if tunnel:
            await peer.send(TUNNEL)
        else:
            host = f"Host: {url.netloc}"
            writer.write(f"{method} {url.path} HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n".encode())
        async with TaskGroup() as ways:
            ways.create_task(_pour(reader, peer.writer))
            ways.create_task(_pour(peer.reader, writer))
    finally:
        writer.transport.abort()


async def _pour(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
