"""Connections as asyncio streams, by a task's profile.

For what the client library cannot do.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter, open_connection
from base64 import b64encode
from contextlib import suppress
from ssl import SSLContext
from urllib.parse import SplitResult, unquote, urlsplit

from py_pinger.core.probing.cloud_metadata import is_address
from py_pinger.engine.probing.resolver import resolve

# Seconds for connecting to each of a host's addresses but the last, and for looking them up.
NEXT_ADDRESS_AFTER = 2.0
LOOKUP_LIMIT = 10.0

# Bytes; the longest head of a response that is read.
MAX_HEAD = 400 * 1024

_PROXY = 80
_ESTABLISHED = b"200"

Streams = tuple[StreamReader, StreamWriter]


async def connect(host: str, port: int, tls: SSLContext | None, proxy: str | None) -> Streams:
    """Connect to a server, through a tunnel if there is a proxy.

    Raises OSError (also for a failed lookup, TLS, or a proxy that refuses), EOFError, and ValueError for a
    host that cannot be a name or a proxy whose address is not http.
    """
    if proxy is None:
        return await _open(host, port, tls)
    reader, writer = await _tunnel(urlsplit(proxy), f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    if tls:
        try:
            await writer.start_tls(tls, server_hostname=host)
        except BaseException:
            writer.transport.abort()
            raise
    return reader, writer


async def _open(host: str, port: int, tls: SSLContext | None = None) -> Streams:
    """Connect to the first of a host's addresses that takes a connection."""
    # The event loop's own way to do this, happy_eyeballs_delay, is unknown to uvloop.
    *others, last = (host,) if is_address(host) else await resolve(host, LOOKUP_LIMIT)
    name = host if tls else None
    for address in others:
        with suppress(OSError):
            async with asyncio.timeout(NEXT_ADDRESS_AFTER):
                return await open_connection(address, port, ssl=tls, server_hostname=name, limit=MAX_HEAD)
    return await open_connection(last, port, ssl=tls, server_hostname=name, limit=MAX_HEAD)


async def _tunnel(proxy: SplitResult, target: str) -> Streams:
    if proxy.scheme != "http":
        raise ValueError("only proxies with an http address are supported")
    reader, writer = await _open(proxy.hostname or "", proxy.port or _PROXY)
    try:
        await _request_tunnel(reader, writer, target, _credentials(proxy))
    except BaseException:
        writer.transport.abort()
        raise
    return reader, writer


async def _request_tunnel(reader: StreamReader, writer: StreamWriter, target: str, credentials: str) -> None:
    writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{credentials}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if head.split(maxsplit=2)[1:2] != [_ESTABLISHED]:
        raise ConnectionError("the proxy did not open the tunnel")


def _credentials(proxy: SplitResult) -> str:
    if proxy.username is None:
        return ""
    plain = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return f"Proxy-Authorization: Basic {b64encode(plain.encode()).decode()}\r\n"
